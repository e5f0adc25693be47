"""What to do with a stack as it is, decided from what was read, touching nothing.

Every status that CloudFormation knows has a next step here, for `deploy` and for `destroy`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mraa.errors import StackError, UsageError
from mraa.models import (
    ChangeSet,
    Holding,
    Leftover,
    PropertyChange,
    ResourceChange,
    StackEvent,
    StackFacts,
    StackInstanceFacts,
    StackRequest,
)
from mraa.statuses import Phase, operation_phase, stack_phase

SECONDARY_REGION = "SecondaryRegion"
DELETION_PROTECTION = "DeletionProtection"
SOLUTION_STACK_NAME = "SolutionStackName"

# what the tool knows its own stacks by: a parameter that no other stack is likely to have
_MARKS = {"main": SECONDARY_REGION, "web": SOLUTION_STACK_NAME}

# type -> the properties whose change replaces it (its schema's createOnlyProperties, conditional ones too), for the
# types of the main and the regional template; a test holds them against the schemas
_REPLACING: dict[str, set[str]] = {
    "AWS::ApiGateway::Account": set(),
    "AWS::ApiGateway::Deployment": {"DeploymentCanarySettings", "RestApiId"},
    "AWS::ApiGateway::RestApi": set(),
    "AWS::ApiGateway::Stage": {"RestApiId", "StageName"},
    "AWS::CloudFormation::StackSet": {"PermissionModel", "StackSetName"},
    "AWS::CloudWatch::Dashboard": {"DashboardName"},
    "AWS::DynamoDB::GlobalTable": {"TableName", "KeySchema", "LocalSecondaryIndexes", "GlobalTableSourceArn"},
    "AWS::IAM::Policy": set(),
    "AWS::IAM::Role": {"Path", "RoleName"},
    "AWS::Lambda::EventInvokeConfig": {"FunctionName", "Qualifier"},
    "AWS::Lambda::Function": {"FunctionName", "PackageType", "TenancyConfig", "DurableConfig"},
    "AWS::Lambda::Permission": {
        "Action",
        "EventSourceToken",
        "FunctionName",
        "FunctionUrlAuthType",
        "InvokedViaFunctionUrl",
        "Principal",
        "PrincipalOrgID",
        "SourceAccount",
        "SourceArn",
    },
    "AWS::Logs::LogGroup": {"LogGroupName"},
    # ObjectLockEnabled by its reference page, not by the schema
    "AWS::S3::Bucket": {"BucketName", "BucketNamePrefix", "BucketNamespace", "ObjectLockEnabled"},
    "AWS::S3::BucketPolicy": {"Bucket"},
    "AWS::SSM::Parameter": {"Name", "Type", "DataType"},
}
# our functions keep a resource's id over every update
_REPLACING_CUSTOM = {"ServiceToken"}
_HOLDS_DATA = {"AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::Cognito::UserPool"}
_VALUE_LIMIT = 100
_CONTEXT = 30

_SIGNS = {"Add": "+", "Remove": "-", "Modify": "~", "Import": "+"}


class Action(StrEnum):
    """The next step with a stack."""

    CREATE = "create"
    UPDATE = "update"
    FOLLOW = "follow"
    RECREATE = "delete and create"
    CONTINUE_ROLLBACK = "continue the rollback"
    DELETE = "delete"
    NOTHING = "nothing"


@dataclass(frozen=True)
class NextStep:
    """An action and, for a person, why it is the next one."""

    action: Action
    text: str


_UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
}
# a creation that came to nothing: CloudFormation lets such a stack only be deleted, and it holds no data
_STILLBORN = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


def next_for_deploy(name: str, stack: StackFacts | None) -> NextStep:
    """The next step on the way to a deployed stack ``name``. StackError where only a person can go on."""
    if stack is None or stack.status == "DELETE_COMPLETE":
        return NextStep(Action.CREATE, f"Stack {name} does not exist yet.")
    if stack.status == "REVIEW_IN_PROGRESS":
        return NextStep(Action.CREATE, f"Stack {name} was begun and never created (REVIEW_IN_PROGRESS).")
    if stack_phase(stack.status) is Phase.IN_PROGRESS:
        return NextStep(Action.FOLLOW, f"An operation on stack {name} is running ({stack.status}).")
    if stack.status in _UPDATABLE:
        return NextStep(Action.UPDATE, f"Stack {name} exists ({stack.status}).")
    if stack.status in _STILLBORN:
        return NextStep(
            Action.RECREATE, f"Stack {name} is what a failed creation left ({stack.status}): it can only be deleted."
        )
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        return NextStep(Action.CONTINUE_ROLLBACK, f"Stack {name} could not go back to what it was ({stack.status}).")
    if stack.status == "DELETE_FAILED":
        raise StackError(
            f"Stack {name} is half deleted (DELETE_FAILED{_because(stack)}).",
            "Run `mraa destroy` to finish that first.",
        )
    raise StackError(
        f"Stack {name} is in {stack.status}{_because(stack)}, which this tool cannot bring forward.",
        "Mend it in the CloudFormation console, then run this again.",
    )


def must_wait_for(operation_status: str) -> bool:
    """Whether a stack set operation in that status keeps everybody else from the stack set."""
    return operation_phase(operation_status) in (Phase.PENDING, Phase.IN_PROGRESS)


@dataclass(frozen=True)
class Repair:
    """A stack instance to put right: updated, or (its stack being whole) taken back into the stack set.

    ``stack_id`` is that of the stack to take back, empty for an update; ``is_known`` is whether the stack set lists it.
    """

    region: str
    line: str
    stack_id: str = ""
    is_known: bool = True


def repairs(
    regions: Sequence[str], instances: Sequence[StackInstanceFacts], stacks: Mapping[str, StackFacts | None]
) -> list[Repair]:
    """What brings the stack instances up to date, Region by Region. StackError where a person must go on.

    ``stacks`` are those behind the instances that the stack set leaves out of updates: INOPERABLE ones (a deletion
    failed) and lost ones (somebody took the instance out, or a repair was cut short).
    """
    known = {instance.region: instance for instance in instances}
    found = []
    for region in regions:
        instance, stack = known.get(region), stacks.get(region)
        if instance is not None and instance.status == "CURRENT":
            continue
        told = f"{instance.status}{f': {instance.reason}' if instance.reason else ''}" if instance else "lost"
        if instance is not None and instance.status != "INOPERABLE":
            found.append(Repair(region, f"~ stack instance in {region} ({told}) is brought up to date"))
        elif stack is not None and stack.status in _UPDATABLE:
            line = f"~ stack instance in {region} ({told}) is taken back, its stack {stack.name} being whole"
            found.append(Repair(region, line, stack.stack_id, is_known=instance is not None))
        else:
            left = f"its stack {stack.name} is {stack.status}{_because(stack)}" if stack else "it has no stack any more"
            raise StackError(
                f"The stack instance in {region} ({told}) cannot be taken back: {left}.",
                "Data is safe: tables and buckets are kept. How to make the Region anew: docs/deploying.md, "
                '"A Region half deleted".',
            )
    return found


def rollback_lines(stuck: Sequence[StackEvent], skip: Sequence[str]) -> list[str]:
    """How a rollback that got stuck goes on. UsageError for a resource to skip that did not get stuck."""
    names = [event.logical_id for event in stuck]
    for name in skip:
        if name not in names:
            raise UsageError(
                f"Resource {name} is not one that the rollback got stuck at.",
                f"It got stuck at: {', '.join(names) or 'none that CloudFormation names'}.",
            )
    lines = [
        f"{'skip' if event.logical_id in skip else 'try again'} {event.logical_id} ({event.resource_type}): "
        f"{event.reason}"
        for event in stuck
    ]
    return [*lines, "let the rollback go on", "then update the stack"]


def next_for_destroy(name: str, stack: StackFacts | None) -> NextStep:
    """The next step on the way to no stack ``name``."""
    if stack is None or stack.status == "DELETE_COMPLETE":
        return NextStep(Action.NOTHING, f"Stack {name} does not exist.")
    if stack_phase(stack.status) is Phase.IN_PROGRESS:
        return NextStep(Action.FOLLOW, f"An operation on stack {name} is running ({stack.status}).")
    return NextStep(Action.DELETE, f"Stack {name} exists ({stack.status}).")


def refuse_foreign_main(stack: StackFacts, secondary_region: str) -> None:
    """UsageError unless the stack is a main stack of ours with this secondary Region (empty: any)."""
    if stack.status == "REVIEW_IN_PROGRESS" and not stack.parameters:
        return  # begun and never created: it holds nothing, and AWS tells nothing of it
    _require_mark("main", stack)
    theirs = stack.parameters[SECONDARY_REGION]
    if secondary_region and theirs != secondary_region and stack.status not in _STILLBORN:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} has the secondary Region {theirs}, not {secondary_region}: it is "
            "fixed for the life of a stack.",
            f"Give --secondary-region {theirs}, or another --stack-name.",
        )


def refuse_mirrored(beyond: StackFacts | None, primary_region: str) -> None:
    """UsageError where ``beyond``, the stack of this name in the secondary Region, is this deployment turned round.

    Regions keep their roles over a failover: who swaps them means that deployment, and would get a second, empty one.
    """
    if beyond is None or beyond.parameters.get(SECONDARY_REGION) != primary_region or beyond.status in _STILLBORN:
        return
    raise UsageError(
        f"Stack {beyond.name} is there already, with {beyond.region} as its primary and {primary_region} as its "
        "secondary Region; a failover does not change that.",
        f"Give --primary-region {beyond.region} --secondary-region {primary_region}, or another --stack-name.",
    )


def refuse_foreign_web(stack: StackFacts, main_stack_name: str) -> None:
    """UsageError unless the stack is the web app of the main stack named."""
    if stack.status == "REVIEW_IN_PROGRESS" and not stack.parameters:
        return
    _require_mark("web", stack)
    theirs = stack.parameters[SOLUTION_STACK_NAME]
    if theirs != main_stack_name:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} is the web app of stack {theirs}, not of {main_stack_name}.",
            "Give another --stack-name.",
        )


def parameters(
    request: StackRequest, stack: StackFacts | None, declared: frozenset[str]
) -> list[dict[str, str | bool]]:
    """CloudFormation's ``Parameters``: what was given, all others as they are; only what the template declares.

    UsageError where the template published does not know a parameter that was given.
    """
    unknown = sorted(set(request.parameters) - declared)
    if unknown:
        raise UsageError(
            f"The template at {request.template_url} has no parameter {unknown[0]}.",
            "It is of another version: `mraa build` and `mraa publish` again.",
        )
    kept = sorted((set(stack.parameters) if stack else set()) & declared - set(request.parameters))
    entries: list[dict[str, str | bool]] = []
    entries += ({"ParameterKey": key, "ParameterValue": value} for key, value in sorted(request.parameters.items()))
    entries += ({"ParameterKey": key, "UsePreviousValue": True} for key in kept)
    return entries


def change_lines(change_set: ChangeSet, request: StackRequest, stack: StackFacts | None) -> list[str]:
    """The change set for a person: resources, then parameters that get another value, then what deserves a look."""
    lines = resource_lines(change_set)
    before: Mapping[str, str] = stack.parameters if stack else {}
    for key, value in sorted(request.parameters.items()):
        if key not in before:
            lines.append(f"+ parameter {key}: {value}")
        elif before[key] not in (value, "****"):
            lines.append(f"~ parameter {key}: {before[key]} -> {value}")
    return lines


def resource_lines(change_set: ChangeSet) -> list[str]:
    """The resources of a change set, each with its properties; then the rights that change, called out by name."""
    lines: list[str] = []
    others = {change.logical_id: change for change in change_set.changes}
    for change in change_set.changes:
        lines.append(_change_line(change, others))
        lines += (f"    {_property_line(of)}" for of in change.properties)
    rights = [change.logical_id for change in change_set.changes if change.resource_type.startswith("AWS::IAM::")]
    if rights and not change_set.is_creation:
        lines.append(f"! rights change (IAM): {', '.join(rights)}")
    return lines


def regional_lines(by_region: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """Each Region's lines below its name."""
    return [line for region, lines in by_region for line in (f"in {region}:", *(f"  {of}" for of in lines))]


def replacement(change: ResourceChange, others: Mapping[str, ResourceChange] | None = None) -> str:
    """AWS's word, but where it cannot tell (Conditional) and what is known says that nothing is replaced.

    That is known of a property that never replaces its type, and of one that only follows another resource of the
    change set (``others`` by logical id) which is not replaced itself.
    """
    if change.replacement != "Conditional" or not change.properties:
        return change.replacement
    replacing = _REPLACING.get(change.resource_type)
    if change.resource_type.startswith("Custom::"):
        replacing = _REPLACING_CUSTOM

    def is_harmless(of: PropertyChange) -> bool:
        if replacing is not None and of.path.partition("/")[0] not in replacing:
            return True
        cause = (others or {}).get(of.cause)
        # references go one way: following them ends
        return not (of.before or of.after) and cause is not None and replacement(cause, others) == "False"

    return "False" if all(map(is_harmless, change.properties)) else change.replacement


def regional_hash(template: Mapping[str, Any]) -> str:
    """The hash of the regional template that a main template's stack set names; empty where it names none."""
    stack_set = template.get("Resources", {}).get("StackSet", {}).get("Properties", {})
    given = {of["ParameterKey"]: of["ParameterValue"] for of in stack_set.get("Parameters", [])}
    value = given.get("TemplateHash", "")
    return value if isinstance(value, str) else ""


def destroy_lines(stacks: Sequence[StackFacts], leftovers: Sequence[Leftover], *, delete_data: bool) -> list[str]:
    """What `destroy` will do, for a person; ``stacks`` and ``leftovers`` in the order in which they go."""
    lines = [f"- stack {stack.name} in {stack.region} ({stack.status})" for stack in stacks]
    if delete_data:
        lines += [_deletion_line(item) for item in leftovers]
    else:
        lines += [f"  {item.kind} {item.name} in {item.region} stays" for item in leftovers]
    return lines


def leftover_lines(leftovers: Sequence[Leftover], stack_name: str) -> list[str]:
    """What earlier stacks of the name left, for the plan of a new one: it has other names and does not touch them."""
    if not leftovers:
        return []
    counts = Counter(item.kind for item in leftovers)
    told = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items())
    return [
        f"! earlier stacks of this name left {told}; the new stack does not use them (`mraa doctor` lists them)",
        f"  not wanted: first mraa destroy --stack-name {stack_name} --delete-data --confirm {stack_name}",
        '  wanted: docs/deploying.md, "What an earlier stack left", says how to bring their data over',
    ]


def recreate_lines(stack: StackFacts, leftovers: Sequence[Leftover]) -> list[str]:
    """What becomes of a creation that failed and of what it left behind, for a person."""
    return [
        f"- stack {stack.name} in {stack.region} ({stack.status})",
        *(_deletion_line(item) for item in leftovers),
        "then create it again",
    ]


def _deletion_line(item: Leftover) -> str:
    with_all = "" if item.kind is Holding.ROLE else ", with all it holds"
    return f"- {item.kind} {item.name} in {item.region}{with_all}"


def _require_mark(kind: str, stack: StackFacts) -> None:
    if _MARKS[kind] not in stack.parameters:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} is not one of this tool's: it has no parameter {_MARKS[kind]}.",
            "Give another --stack-name.",
        )


def _change_line(change: ResourceChange, others: Mapping[str, ResourceChange]) -> str:
    suffix = {"True": "  REPLACED", "Conditional": "  perhaps replaced"}.get(replacement(change, others), "")
    goes = bool(suffix) or change.action == "Remove"
    if goes and change.resource_type in _HOLDS_DATA:
        is_kept = "Retain" in change.policy_action
        suffix += "  IT HOLDS DATA" + (": the old one is kept, out of use" if is_kept else "")
    return f"{_SIGNS.get(change.action, '?')} {change.logical_id} ({change.resource_type}){suffix}"


def _property_line(of: PropertyChange) -> str:
    if not (of.before or of.after):
        return f"{of.path}: follows {of.cause or 'what else changes'}"
    before, after = (" ".join(value.split()) or "nothing" for value in (of.before, of.after))
    # of two long values that begin alike, what differs must be in sight
    same = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    start = max(0, same - _CONTEXT) if max(len(before), len(after)) > _VALUE_LIMIT else 0
    return f"{of.path}: {_brief(before, start)} -> {_brief(after, start)}"


def _brief(value: str, start: int) -> str:
    shown = value[start : start + _VALUE_LIMIT]
    return f"{'...' if start else ''}{shown}{'...' if start + len(shown) < len(value) else ''}"


def _because(stack: StackFacts) -> str:
    return f": {stack.reason}" if stack.reason else ""
