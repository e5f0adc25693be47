"""What CloudFormation may do in both Regions for an application, derived from its regional template.

The registry schemas list the permissions of each resource type's handlers. Left out of them are those that no resource
of the template needs: of keys, networks and secrets that it does not name, and of items and objects, which are data.
Roles may be made below one path and within one boundary only, which holds the actions that the template's roles have.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mraa.errors import UsageError
from mraa.release.applications.code import is_code_in_s3
from mraa.release.applications.roles import ROLE_TYPES, passed_to, role_actions
from mraa.release.applications.schemas import handler_permissions
from mraa.release.applications.template_file import TemplateFile, parse, within
from mraa.templates.application.models import Permissions

# nothing is asked of any service for these
_NOTHING = {
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
}
_CUSTOM = "AWS::CloudFormation::CustomResource"
# service -> the words of which a resource must have one, or the service's permissions are left out
_ONLY_WITH = {
    "ec2": ("vpc", "subnet", "securitygroup"),
    "elasticfilesystem": ("filesystem",),
    "firehose": ("firehose",),
    "kinesis": ("kinesis",),
    "kms": ("kms",),
    "s3": ("s3",),
    "s3files": ("filesystem",),
    "secretsmanager": ("secret",),
}
# what reads and writes data; an import of a table, or an API's body in S3, is left to a policy of one's own
_DATA = (
    "dynamodb:*Item", "dynamodb:Scan", "dynamodb:Query", "dynamodb:ImportTable", "dynamodb:DescribeImport",
    "kinesis:PutRecord*", "s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*",
)  # fmt: skip
# without it a role would be out of bounds
_NEVER = {"iam:DeleteRolePermissionsBoundary"}
# of types whose permissions no condition can confine
_UNCONFINED = ("AWS::IAM::", "AWS::CloudFormation::Stack", "AWS::Organizations::", "AWS::SSO::")

# IAM's limit, white space not counted
_LIMIT_CHARACTERS = 6_144


@dataclass(frozen=True)
class Derived:
    """``underived`` are the resource types, or what else of the template, that no schema covers, with the reason."""

    permissions: Permissions
    underived: Mapping[str, str]


def derive(template: TemplateFile) -> Derived:
    """The permissions for a regional template, by service; those of roles apart."""
    actions: set[str] = set()
    underived: dict[str, str] = {}
    for name, resource in template.resources.items():
        kind, text = resource["Type"], json.dumps(resource).lower()
        found = _of_type(kind)
        if found is None:
            underived[kind] = f"no schema says what CloudFormation calls for it (resource {name})"
        elif kind.startswith(_UNCONFINED) and kind not in ROLE_TYPES:
            underived[kind] = f"nothing would confine what it may do (resource {name})"
        else:
            actions |= {action for action in found if _is_needed(action, kind, text)}
        if is_code_in_s3(resource):
            underived[f"the code of {name}"] = "it is in a bucket of its own, which CloudFormation would have to read"
    boundary, unknown = role_actions(template)
    services = {action.partition(":")[0] for action in actions} - {"iam"}
    by_service = {
        service: sorted(action for action in actions if action.startswith(f"{service}:"))
        for service in sorted(services)
    }
    iam = frozenset(action for action in actions if action.startswith("iam:")) - _NEVER
    permissions = Permissions(by_service, iam, tuple(sorted(boundary)), tuple(sorted(passed_to(template))))
    return Derived(permissions, {**underived, **unknown})


def read_policy(folder: Path, path: str) -> dict[str, Any]:
    """A policy document of the user's own. UsageError for what IAM would not take."""
    where = within(folder, path, "Policy")
    try:
        document = parse(where.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"Policy {path} cannot be read: {str(error)[:120]}.", "Fix its path or its JSON.") from error
    statements = document.get("Statement") if isinstance(document, dict) else None
    if not (isinstance(statements, list) and statements and all(map(_is_statement, statements))):
        raise UsageError(
            f"{path} is not a policy: each statement has an Effect, Action or NotAction, and Resource or NotResource.",
            'Write {"Version": "2012-10-17", "Statement": [...]}.',
        )
    if len(re.sub(r"\s", "", json.dumps(document))) > _LIMIT_CHARACTERS:
        raise UsageError(f"{path} has more than {_LIMIT_CHARACTERS:,} characters.", "Shorten it: IAM takes no more.")
    return {"Version": "2012-10-17", **document}


def underived_error(label: str, underived: Mapping[str, str]) -> UsageError:
    """The refusal of a template whose permissions cannot be derived."""
    first, why = next(iter(underived.items()))
    others = f", and {len(underived) - 1} more (`mraa app check` names them)" if len(underived) > 1 else ""
    return UsageError(
        f"{label}: the permissions for {first} cannot be derived: {why}{others}.",
        'Write them in a policy of your own: policy = "policy.json".',
    )


def _of_type(kind: str) -> Iterable[str] | None:
    if kind in _NOTHING:
        return ()
    if kind == _CUSTOM or kind.startswith("Custom::"):
        return ("lambda:InvokeFunction",)
    return handler_permissions(kind)


def _is_needed(action: str, kind: str, text: str) -> bool:
    service = action.partition(":")[0]
    if any(fnmatchcase(action, pattern) for pattern in _DATA):
        return False
    is_own = service == kind.split("::")[1].lower()
    return is_own or service not in _ONLY_WITH or any(word in text for word in _ONLY_WITH[service])


def _is_statement(of: Any) -> bool:
    return (
        isinstance(of, dict)
        and of.get("Effect") in ("Allow", "Deny")
        and ("Action" in of or "NotAction" in of)
        and ("Resource" in of or "NotResource" in of)
    )


def policy_lines(permissions: Permissions) -> Iterator[str]:
    """The derived permissions for a person, a line a service."""
    for service, actions in permissions.actions.items():
        yield f"{service}: {_verbs(actions)}"
    if permissions.iam:
        yield f"iam: {_verbs(sorted(permissions.iam))}, on roles of the application within its boundary"


def _verbs(actions: Sequence[str]) -> str:
    return " ".join(action.partition(":")[2] for action in actions)
