"""Change sets of nested stacks: with ``IncludeNestedStacks`` each nested stack that changes has one of its own.

It is read by the ``ChangeSetId`` of the nested stack's change, and deleted with the root change set. A nested stack
that does not exist yet is in ``REVIEW_IN_PROGRESS`` meanwhile; its creation makes another one.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/change-sets-for-nested-stacks.html
"""

import json
from collections.abc import Callable
from typing import Any

from mraa_local.cfn import callers, nested_stacks
from mraa_local.cfn.change_sets.values import UNKNOWN
from mraa_local.cfn.reasons import message_of
from mraa_local.cfn.resources.model import arn
from mraa_local.cfn.roles import Denied
from mraa_local.engine import actions, application, change_sets, stacks
from mraa_local.engine.actions import Named, Params
from mraa_local.engine.change_sets import ChangeSet
from mraa_local.engine.scope import Answer, scope
from mraa_local.engine.stacks import STACK_TYPE, Stack

_NESTED = "_nested"


def install(valued: str) -> None:
    """Create them with their root, and delete them with it. ``valued``: where a change has its values."""
    actions.around("CreateChangeSet", lambda params, proceed: _create(params, proceed, valued))
    for action in ("DeleteChangeSet", "ExecuteChangeSet"):
        actions.around(action, _discard)
    actions.name_resource("cloudformation", _stack_of)


def _stack_of(named: Named) -> str:
    """The stack by which policies name a change set that is given by its id alone."""
    change_set_id, stack = (actions.parameter(named.params, of) for of in ("ChangeSetName", "StackName"))
    if stack or not change_set_id.startswith("arn:"):
        return ""
    with scope(named.account_id, named.region):
        return str((change_sets.find(change_set_id, "") or {}).get("StackId", ""))


def has_any(change_set: ChangeSet) -> bool:
    """Whether the change set has nested ones."""
    return bool(change_set.get(_NESTED))


def places(change_set: ChangeSet) -> dict[str, str]:
    """Where a change set is in its hierarchy, in the words of DescribeChangeSet."""
    return {name: change_set[name] for name in ("ParentChangeSetId", "RootChangeSetId") if name in change_set}


def _create(params: Params, proceed: Callable[[Params], Answer], valued: str) -> Answer:
    answer = proceed(params)
    if answer[0] != 200 or actions.parameter(params, "IncludeNestedStacks").lower() != "true":
        return answer
    name, stack_name = (actions.parameter(params, of) for of in ("ChangeSetName", "StackName"))
    parent = stacks.resolve(stack_name)
    root = change_sets.find(name, parent["StackName"]) if parent else None
    if parent is None or root is None:
        return answer
    for change in root["Changes"]:
        resource, with_values = change["ResourceChange"], change.get(valued)
        if resource["ResourceType"] != STACK_TYPE or resource["Action"] == "Remove" or not with_values:
            continue
        properties = json.loads(with_values["AfterContext"])["Properties"]
        try:
            nested_id = _create_nested(root, parent, resource, properties)
        except ValueError as refused:
            if UNKNOWN not in json.dumps(properties):
                _fail(root, str(refused))
                return answer
            continue  # what it depends on is not known yet
        resource["ChangeSetId"] = with_values["ChangeSetId"] = nested_id
        root.setdefault(_NESTED, []).append(nested_id)
    return answer


def _create_nested(root: ChangeSet, parent: Stack, resource: dict[str, Any], properties: dict[str, Any]) -> str:
    """Raises ValueError with the message of a refusal."""
    existing = stacks.resolve(resource.get("PhysicalResourceId") or "")
    name = (
        existing["StackName"]
        if existing
        else nested_stacks.new_name(parent["StackName"], resource["LogicalResourceId"])
    )
    _require_caller(name)
    request = {
        **nested_stacks.request(properties, {**parent, "Capabilities": root["Capabilities"]}),
        "StackName": [name],
        "ChangeSetName": [f"{root['ChangeSetName']}-{resource['LogicalResourceId']}"[:128]],
        "ChangeSetType": ["UPDATE" if existing else "CREATE"],
        "IncludeNestedStacks": ["true"],
    }
    answer = actions.perform("CreateChangeSet", request)
    if answer[0] >= 400:
        raise ValueError(message_of(answer))
    created = change_sets.find(request["ChangeSetName"][0], name)
    assert created is not None
    if not existing:
        nested_stacks.belongs_to(stacks.resolve(name) or {}, parent)
    created["ParentChangeSetId"] = root["ChangeSetId"]
    created["RootChangeSetId"] = root.get("RootChangeSetId") or root["ChangeSetId"]
    return str(created["ChangeSetId"])


def _require_caller(stack_name: str) -> None:
    asking = callers.caller()
    if asking is None or not application.is_auth_on():
        return
    try:
        asking.require("cloudformation:CreateChangeSet", arn("cloudformation", f"stack/{stack_name}/*"))
    except Denied as denied:
        raise ValueError(str(denied)) from denied


def _fail(root: ChangeSet, reason: str) -> None:
    root["Status"], root["ExecutionStatus"] = "FAILED", "UNAVAILABLE"
    root["StatusReason"] = f"Nested change set was not successfully created: {reason}"


def _discard(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    stack = stacks.resolve(actions.parameter(params, "StackName"))
    root = change_sets.find(actions.parameter(params, "ChangeSetName"), stack["StackName"] if stack else "")
    for nested_id in (root or {}).pop(_NESTED, []):
        nested = change_sets.find(nested_id, "")
        if nested is not None:
            name = nested["StackName"]
            actions.perform("DeleteChangeSet", {"ChangeSetName": [nested_id], "StackName": [name]})
            if (stacks.find(name) or {}).get("StackStatus") == "REVIEW_IN_PROGRESS":
                stacks.forget(name)
    return proceed(params)
