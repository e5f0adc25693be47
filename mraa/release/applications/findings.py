"""What is wrong, or may be, with an application's templates; errors are refused before anything is built."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from mraa import names
from mraa.errors import UsageError
from mraa.release.applications.naming import colliding
from mraa.release.applications.roles import as_list, roles, statements_of
from mraa.release.applications.template_file import TemplateFile, properties_of
from mraa.templates.application.models import OFFERED, RESERVED, ROLE_PATH

TABLE, GLOBAL_TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket"
FUNCTION = "AWS::Lambda::Function"

_WRITES = ("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
_CHECK = "dynamodb:ConditionCheckItem"


class Grade(StrEnum):
    """An error is refused; a warning is worth knowing."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """What was found in a file, at a resource, parameter or output; ``fix`` says what to do."""

    grade: Grade
    file: str
    subject: str
    text: str
    fix: str


@dataclass(frozen=True)
class Templates:
    """An application's templates; ``drill_url`` is the output that its drill names, if it has one."""

    name: str
    regional: TemplateFile
    global_: TemplateFile | None = None
    drill_url: str = ""

    @property
    def all(self) -> list[TemplateFile]:
        """Both, the global one first."""
        return [of for of in (self.global_, self.regional) if of]


def find(application: Templates, others: Sequence[Templates], *, has_policy: bool) -> list[Finding]:
    """All findings, errors first; ``others`` are the other applications, ``has_policy`` if one takes our place."""
    found = [
        *_parameters(application, has_policy=has_policy),
        *_outputs(application),
        *_tables(application),
        *_names(application, others),
        *_stores(application),
        *_functions(application),
        *([] if has_policy else _roles(application.regional)),
    ]
    return sorted(found, key=lambda of: of.grade is not Grade.ERROR)


def refuse_errors(found: Sequence[Finding]) -> None:
    """UsageError for the first error."""
    errors = [of for of in found if of.grade is Grade.ERROR]
    if errors:
        first = errors[0]
        more = f" ({len(errors) - 1} more: see `mraa app check`)" if errors[1:] else ""
        raise UsageError(f"{first.file}: {first.subject}: {first.text}{more}.", first.fix)


def given_to_regional(application: Templates, *, has_policy: bool) -> set[str]:
    """The parameters that the regional template gets if it declares them."""
    bounded = set() if has_policy else {ROLE_PATH, names.BOUNDARY}
    return {*OFFERED, *bounded, *(unconditional(application.global_) if application.global_ else ())}


def unconditional(template: TemplateFile) -> list[str]:
    """The outputs that a template always has."""
    return [name for name, of in template.outputs.items() if "Condition" not in of]


def _error(template: TemplateFile, subject: str, text: str, fix: str) -> Finding:
    return Finding(Grade.ERROR, template.label, subject, text, fix)


def _warning(template: TemplateFile, subject: str, text: str, fix: str) -> Finding:
    return Finding(Grade.WARNING, template.label, subject, text, fix)


def _parameters(application: Templates, *, has_policy: bool) -> Iterator[Finding]:
    given = [(application.regional, given_to_regional(application, has_policy=has_policy))]
    if application.global_:
        given.append((application.global_, set(OFFERED)))
    for template, known in given:
        for name, parameter in template.parameters.items():
            if name not in known and "Default" not in parameter:
                yield _error(
                    template,
                    f"parameter {name}",
                    "nobody gives it a value, and it has no Default",
                    f"Give it a Default, or an output of the global template that name. Given are: "
                    f"{', '.join(sorted(known))}.",
                )


def _outputs(application: Templates) -> Iterator[Finding]:
    if application.global_:
        for name in application.global_.outputs:
            if name in RESERVED:
                yield _error(
                    application.global_,
                    f"output {name}",
                    "a parameter of that name is given to every template",
                    "Give the output another name.",
                )
    for name, output in application.regional.outputs.items():
        if any(bad in str(output.get("Value")) for bad in ('"', "\\", "\n")) and isinstance(output.get("Value"), str):
            yield _error(
                application.regional,
                f"output {name}",
                "a text with quotes, backslashes or new lines cannot be kept in the application's SSM parameter",
                "Leave them out.",
            )
    if application.drill_url and application.drill_url not in unconditional(application.regional):
        yield _error(
            application.regional,
            f"output {application.drill_url}",
            "the drill's url names it, and the template has none of that name without a Condition",
            f"Outputs are: {', '.join(unconditional(application.regional)) or 'none'}.",
        )


def _tables(application: Templates) -> Iterator[Finding]:
    """A table in the wrong template: one that is not replicated, or one that each Region would make for both."""
    if application.global_:
        for name, _ in application.global_.of_type(TABLE):
            yield _error(
                application.global_,
                name,
                f"{TABLE} is no global table: its items exist in the primary Region only",
                f"Make it an {GLOBAL_TABLE} with a replica in each Region.",
            )
        for name, properties in application.global_.of_type(GLOBAL_TABLE):
            if len(as_list(properties.get("Replicas") or [])) < 2:
                yield _error(
                    application.global_,
                    name,
                    "it has no replica in the secondary Region",
                    "Replicas: [{Region: !Ref PrimaryRegion}, {Region: !Ref SecondaryRegion}].",
                )
    for name, _ in application.regional.of_type(GLOBAL_TABLE):
        yield _error(
            application.regional,
            name,
            f"each Region would create this {GLOBAL_TABLE}, with its replica in the other one",
            "Move it to the global template.",
        )


def _names(application: Templates, others: Sequence[Templates]) -> Iterator[Finding]:
    for collision in colliding(
        application.name,
        application.regional,
        application.global_,
        {other.name: other.all for other in others},
    ):
        yield Finding(Grade.ERROR, collision.file, collision.logical_id, collision.text, collision.fix)


def _stores(application: Templates) -> Iterator[Finding]:
    for name, _ in application.regional.of_type(TABLE):
        yield _warning(
            application.regional,
            name,
            f"{TABLE} is not replicated: what is written to it is lost with its Region",
            f"Make it an {GLOBAL_TABLE} in the global template, or keep nothing in it that must survive.",
        )
    for template in application.all:
        for name, properties in template.of_type(BUCKET):
            if "ReplicationConfiguration" not in properties:
                yield _warning(
                    template,
                    name,
                    "the bucket is not replicated: its objects are lost with its Region",
                    "Give it a ReplicationConfiguration, or keep nothing in it that must survive.",
                )
            elif "Condition" in template.resources[name]:
                yield _warning(
                    template,
                    name,
                    "a bucket with a Condition is not among what recovery drains and compares",
                    "Give it no Condition.",
                )


def _functions(application: Templates) -> Iterator[Finding]:
    """Functions whose role may write to a table and not check a fence."""
    for template in application.all:
        for name, properties in template.of_type(FUNCTION):
            actions = _actions(template, properties.get("Role"))
            if any(_allows(actions, action) for action in _WRITES) and not _allows(actions, _CHECK):
                yield _warning(
                    template,
                    name,
                    f"it may write to a table, but not check a fence: its role lacks {_CHECK}",
                    f"Allow {_CHECK} on table/${{AppConfigTableName}}, and put a fence's check into each write.",
                )


def _roles(regional: TemplateFile) -> Iterator[Finding]:
    """Roles that the derived permissions do not cover."""
    for name, properties in roles(regional):
        for own in ("Path", "PermissionsBoundary"):
            value = properties.get(own)
            if value is not None and value != {"Ref": ROLE_PATH if own == "Path" else own}:
                yield _error(
                    regional,
                    name,
                    f"a {own} of its own is outside what the derived permissions allow",
                    'Leave it out, or write all permissions in a policy of your own: policy = "policy.json".',
                )


def _actions(template: TemplateFile, role: Any) -> list[str]:
    """What a role of the template may do, by its own policies and those that name it; none of a role elsewhere."""
    match role:
        case {"Fn::GetAtt": [str(title), *_]} | {"Ref": str(title)}:
            pass
        case _:
            return []
    documents: list[Mapping[str, Any]] = []
    for name, resource in template.resources.items():
        attached = properties_of(resource).get("Roles") or []
        if name == title or {"Ref": title} in as_list(attached):
            documents.append(properties_of(resource))
    return [
        action
        for properties in documents
        for statement in statements_of(properties)
        if statement.get("Effect") == "Allow"
        for action in as_list(statement.get("Action", []))
        if isinstance(action, str)
    ]


def _allows(actions: Sequence[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), of.lower()) for of in actions)
