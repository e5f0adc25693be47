"""The roles that a request hands to a service: the caller needs ``iam:PassRole`` on each.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html. Roles that a stack set passes are checked
with the resources of its stacks.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.engine.authorization import Call, Check

_REPLICATION_ROLE = re.compile(rb"<Role>\s*([^<\s]+)\s*</Role>")


def checks_of(action: str, call: Call) -> list[Check]:
    """One check for each role that the request passes."""
    if action not in _PASSED:
        return []
    service, roles = _PASSED[action]
    keys = {"iam:PassedToService": f"{service}.amazonaws.com"}
    return [Check("iam:PassRole", role, keys) for role in dict.fromkeys(roles(call)) if role]


def _replication(call: Call) -> Iterator[str]:
    if call.method == "PUT":  # the action of DELETE is the same
        yield from (role.decode("utf-8", "replace") for role in _REPLICATION_ROLE.findall(call.body))


def _member(name: str) -> Callable[[Call], Iterator[str]]:
    return lambda call: iter([_text(_document(call).get(name))])


def _parameter(name: str) -> Callable[[Call], Iterator[str]]:
    return lambda call: iter([_text(value) for value in call.query.get(name) or ()])


def _members_of(name: str) -> Callable[[Call], Iterator[str]]:
    def read(call: Call) -> Iterator[str]:
        values = _document(call).get(name)
        yield from map(_text, values.values() if isinstance(values, dict) else ())

    return read


def _target(call: Call) -> Iterator[str]:
    target = _document(call).get("Target")
    yield _text(target.get("RoleArn")) if isinstance(target, dict) else ""


def _targets(call: Call) -> Iterator[str]:
    targets = _document(call).get("Targets")
    for target in targets if isinstance(targets, list) else ():
        if isinstance(target, dict):
            yield _text(target.get("RoleArn"))


def _account(call: Call) -> Iterator[str]:
    operations = _document(call).get("patchOperations") if call.path.rstrip("/") == "/account" else None
    for operation in operations if isinstance(operations, list) else ():
        if isinstance(operation, dict) and operation.get("path") == "/cloudwatchRoleArn":
            yield _text(operation.get("value"))


_PASSED: dict[str, tuple[str, Callable[[Call], Iterator[str]]]] = {
    "apigateway:PATCH": ("apigateway", _account),
    "cloudformation:CreateStackSet": ("cloudformation", _parameter("AdministrationRoleARN")),
    "cloudformation:UpdateStackSet": ("cloudformation", _parameter("AdministrationRoleARN")),
    "cognito-identity:SetIdentityPoolRoles": ("cognito-identity", _members_of("Roles")),
    "events:PutRule": ("events", _member("RoleArn")),
    "events:PutTargets": ("events", _targets),
    "lambda:CreateFunction": ("lambda", _member("Role")),
    "lambda:UpdateFunctionConfiguration": ("lambda", _member("Role")),
    "s3:PutReplicationConfiguration": ("s3", _replication),
    "scheduler:CreateSchedule": ("scheduler", _target),
    "scheduler:UpdateSchedule": ("scheduler", _target),
    "states:CreateStateMachine": ("states", _member("roleArn")),
    "states:UpdateStateMachine": ("states", _member("roleArn")),
}


def _document(call: Call) -> dict[str, Any]:
    try:
        document = json.loads(call.body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
