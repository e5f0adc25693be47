"""Nested stacks: ``AWS::CloudFormation::Stack`` is a stack of its own, with all that holds for stacks.

The engine deploys one inline, without events of its own, rollback, or checks. Here it is created, updated and deleted
as every other stack is, by whoever acts in its parent. What could not be created is left to its parent's rollback.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.reasons import message_of
from mraa_local.engine import actions, application, stacks
from mraa_local.engine.actions import Params
from mraa_local.engine.resource_types import Created
from mraa_local.engine.scope import Answer, new_id
from mraa_local.engine.stacks import STACK_TYPE, Event, Stack

_NO_UPDATES = "No updates are to be performed."
_POLL_S = 0.02
_STACK_ID = re.compile("<StackId>([^<]+)</StackId>")


def install() -> None:
    """Say of a nested stack whose it is."""
    for action in ("DescribeStacks", "ListStacks"):
        actions.around(action, _with_parent)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the stack and wait for it; its outputs are attributes, ``Outputs.<name>``."""
    return application.wait_on_loop(_create(logical_id, props, stack_name))


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Update the stack and wait for it: also where its properties are the same, for its template may not be."""
    return application.wait_on_loop(_update(physical_id, new, stack_name))


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the stack and wait for it; one that no longer exists is success."""
    application.wait_on_loop(_delete(physical_id))


def new_name(parent_name: str, logical_id: str) -> str:
    """The name of a new nested stack."""
    return f"{parent_name}-{logical_id}-{new_id().replace('-', '')[:12].upper()}"


def request(props: dict[str, Any], parent: Stack) -> Params:
    """The query parameters of a stack operation, without the stack's name. ValueError for properties that are none."""
    given: Params = {"TemplateURL": [str(props["TemplateURL"])], "Capabilities": list(parent.get("Capabilities") or [])}
    parameters = props.get("Parameters") or {}
    if not isinstance(parameters, dict) or any(isinstance(value, list | dict) for value in parameters.values()):
        raise ValueError("Value of property Parameters must be an object with String (or simple type) properties")
    for number, (key, value) in enumerate(parameters.items(), 1):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        given[f"Parameters.member.{number}.ParameterKey"] = [key]
        given[f"Parameters.member.{number}.ParameterValue"] = [text]
    # CloudFormation's own, which it adds to every resource, are not to be given
    tags = [tag for tag in props.get("Tags") or [] if not tag["Key"].startswith("aws:")]
    for number, tag in enumerate(tags, 1):
        given[f"Tags.member.{number}.Key"], given[f"Tags.member.{number}.Value"] = [tag["Key"]], [tag["Value"]]
    return given


def belongs_to(stack: Stack, parent: Stack) -> None:
    """Note whose nested stack it is."""
    stack["ParentId"] = parent["StackId"]
    stack["RootId"] = parent.get("RootId") or parent["StackId"]


async def _create(logical_id: str, props: dict[str, Any], parent_name: str) -> Created:
    parent = _existing(parent_name)
    name = new_name(parent_name, logical_id)
    _ask("CreateStack", {**request(props, parent), "StackName": [name], "DisableRollback": ["true"]})
    stack = _existing(name)
    belongs_to(stack, parent)
    parent_id, stack_id = parent["StackId"], stack["StackId"]
    stacks.add_event(
        Event(parent_id, parent_name, logical_id, STACK_TYPE, "CREATE_IN_PROGRESS", stacks.INITIATED, stack_id)
    )
    await _settle(stack)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise HalfCreated(stack_id, f"Embedded stack {stack_id} was not successfully created: {_reason(stack, 0)}")
    return _created(stack)


async def _update(physical_id: str, props: dict[str, Any], parent_name: str) -> Created:
    stack, parent = stacks.resolve(physical_id), _existing(parent_name)
    if stack is None:
        raise ValueError(f"Stack with id {physical_id} does not exist")
    since = len(stacks.events(physical_id))
    try:
        _ask("UpdateStack", {**request(props, parent), "StackName": [stack["StackName"]]})
    except ValueError as error:
        if str(error) == _NO_UPDATES:
            return _created(stack)
        raise
    await _settle(stack)
    if stack["StackStatus"] != "UPDATE_COMPLETE":
        raise ValueError(
            f"Embedded stack {physical_id} was not successfully updated. Currently in {stack['StackStatus']} with "
            f"reason: {_reason(stack, since)}"
        )
    return _created(stack)


async def _delete(physical_id: str) -> None:
    stack = stacks.resolve(physical_id)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return
    _ask("DeleteStack", {"StackName": [stack["StackName"]]})
    await asyncio.sleep(0)  # a deletion says that it is in progress only when its task has begun
    await _settle(stack)
    if stack["StackStatus"] != "DELETE_COMPLETE":
        raise ValueError(f"Embedded stack {physical_id} was not successfully deleted: {stack['StackStatusReason']}")


def _existing(name: str) -> Stack:
    stack = stacks.find(name)
    assert stack is not None
    return stack


def _ask(action: str, params: Params) -> None:
    """Raise ValueError with the message of a refusal."""
    answer = stacks.operate(action, params)
    if answer[0] >= 400:
        raise ValueError(message_of(answer))


async def _settle(stack: Stack) -> None:
    while stack["StackStatus"].endswith("_IN_PROGRESS"):
        await asyncio.sleep(_POLL_S)


def _reason(stack: Stack, since: int) -> str:
    """What failed in the operation that began after event number ``since``, as its parent words it."""
    failed = [
        event["LogicalResourceId"]
        for event in stacks.events(stack["StackId"])[since:]
        if event["ResourceStatus"] in ("CREATE_FAILED", "UPDATE_FAILED")
        and event["LogicalResourceId"] != stack["StackName"]
    ]
    verb = "create" if stack["StackStatus"] == "CREATE_FAILED" else "update"
    said = stack.get("StackStatusReason") or stack["StackStatus"]
    return f"The following resource(s) failed to {verb}: [{', '.join(failed)}]. " if failed else said


def _created(stack: Stack) -> Created:
    outputs = {f"Outputs.{of['OutputKey']}": str(of["OutputValue"]) for of in stack["Outputs"]}
    return str(stack["StackId"]), outputs


def _with_parent(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    status, headers, body = proceed(params)

    def add(found: re.Match[str]) -> str:
        stack = stacks.resolve(found[1]) or {}
        of = "".join(f"<{key}>{stack[key]}</{key}>" for key in ("ParentId", "RootId") if key in stack)
        return found[0] + of

    text = body.decode() if isinstance(body, bytes) else str(body)
    return status, headers, _STACK_ID.sub(add, text).encode()
