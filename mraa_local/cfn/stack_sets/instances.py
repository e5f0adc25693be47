"""Create, update and delete the real stack of a stack instance, with the engine's own stack code.

Everything runs on the engine's event loop, in the scope of the instance's account and Region, and under the stack
set's execution role (``roles``).
"""

import asyncio
import contextvars
from typing import Any

from mraa_local.cfn import roles
from mraa_local.cfn.reasons import message_of
from mraa_local.cfn.stack_sets.records import StackInstance, StackSet
from mraa_local.engine import stacks, templates
from mraa_local.engine.scope import account_id, new_id, region, scope
from mraa_local.engine.stacks import Stack

POLL_S = 0.02
_NO_UPDATES = "No updates are to be performed."
# left behind by a create or a delete that could not even clean up: deleted before the next create
_TO_REPLACE = {"CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"}

_IMPORTABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}

_driven = contextvars.ContextVar("mraa_stack_set_drives", default=False)


class InstanceFailed(Exception):
    """The operation on a stack instance's stack failed; the text is what AWS gives as the instance's StatusReason."""


async def deploy(stack_set: StackSet, instance: StackInstance) -> None:
    """Create the instance's stack, or update it; no changes is success. Raises InstanceFailed."""
    with scope(instance["Account"], instance["Region"]), _under_execution_role(stack_set, instance) as role:
        stack = _stack(instance)
        if stack is not None and stack["StackStatus"] in _TO_REPLACE:
            await _delete(stack, role)
            stack = None
        request = _request(stack_set, instance)
        if stack is None:
            request["OnFailure"] = ["DELETE"]  # StackSets deletes a stack that it could not create
            request["StackName"] = [f"StackSet-{stack_set['StackSetName']}-{new_id()}"]
            _ask("CreateStack", request, role)
            stack = stacks.find(request["StackName"][0])
            assert stack is not None
            instance["StackId"] = stack["StackId"]
            await _settle(stack, since=0, wanted="CREATE_COMPLETE")
            return
        request["StackName"] = [stack["StackName"]]
        since = len(stacks.events(stack["StackId"]))
        try:
            _ask("UpdateStack", request, role)
        except InstanceFailed as error:
            if str(error) == _NO_UPDATES:
                return
            raise
        await _settle(stack, since=since, wanted="UPDATE_COMPLETE")


async def delete(stack_set: StackSet, instance: StackInstance) -> None:
    """Delete the instance's stack; one that no longer exists is success. Raises InstanceFailed."""
    with scope(instance["Account"], instance["Region"]), _under_execution_role(stack_set, instance) as role:
        stack = _stack(instance)
        if stack is not None:
            await _delete(stack, role)


async def adopt(stack_set: StackSet, instance: StackInstance) -> None:
    """Import an existing stack as the instance's, unchanged. Raises InstanceFailed.

    Parameters with other values than the stack set's stay as the instance's overrides.
    """
    with scope(instance["Account"], instance["Region"]), _under_execution_role(stack_set, instance) as role:
        stack = _stack(instance)
        if stack is None or stack["StackId"] != instance["StackId"]:
            raise InstanceFailed(f"Stack [{instance['StackId']}] does not exist")
        _require(role, "GetTemplate", stack["StackName"])
        if stack["StackStatus"] not in _IMPORTABLE:
            raise InstanceFailed(f"Stack [{stack['StackId']}] is in {stack['StackStatus']} state")
        if templates.parse(stack["_template_body"]) != templates.parse(stack_set["TemplateBody"]):
            raise InstanceFailed(f"The template of stack [{stack['StackId']}] does not match the stack set's")
    given = {entry["ParameterKey"]: entry["ParameterValue"] for entry in stack_set["Parameters"]}
    values = {entry["ParameterKey"]: str(entry["ParameterValue"]) for entry in stack["Parameters"]}
    instance["ParameterOverrides"] = [
        {"ParameterKey": key, "ParameterValue": value}
        for key, value in values.items()
        if key in given and given[key] != value
    ]


async def detect_drift(stack_set: StackSet, instance: StackInstance) -> None:
    """Detect drift in the instance's stack, as DetectStackDrift does. Raises InstanceFailed."""
    with scope(instance["Account"], instance["Region"]), _under_execution_role(stack_set, instance) as role:
        stack = _stack(instance)
        if stack is None:
            raise InstanceFailed(f"Stack [{instance['StackId']}] does not exist")
        _ask("DetectStackDrift", {"StackName": [stack["StackName"]]}, role)
        found = stack["DriftInformation"]
    instance["DriftStatus"] = found["StackDriftStatus"]
    instance["LastDriftCheckTimestamp"] = found["LastCheckTimestamp"]


async def _delete(stack: Stack, role: roles.Acting) -> None:
    since = len(stacks.events(stack["StackId"]))
    _ask("DeleteStack", {"StackName": [stack["StackName"]]}, role)
    await _settle(stack, since=since, wanted="DELETE_COMPLETE")


def _under_execution_role(stack_set: StackSet, instance: StackInstance) -> roles.Acting:
    account, role_name = instance["Account"], stack_set["ExecutionRoleName"]
    arn, target = stack_set["StackSetARN"], instance["Region"]
    refused = roles.refusal(stack_set["AdministrationRoleARN"], role_name, account, arn, target)
    if refused:
        raise InstanceFailed(refused)
    return roles.Acting(account, role_name, arn)


def _stack(instance: StackInstance) -> Stack | None:
    """The instance's stack unless it is deleted; the engine files stacks by name."""
    if not instance["StackId"]:
        return None
    stack = stacks.find(instance["StackId"].split("/")[1])
    return None if stack is None or stack["StackStatus"] == "DELETE_COMPLETE" else stack


def _request(stack_set: StackSet, instance: StackInstance) -> dict[str, list[str]]:
    """The query parameters of CreateStack and UpdateStack, without the stack's name."""
    values = {entry["ParameterKey"]: entry["ParameterValue"] for entry in stack_set["Parameters"]}
    values |= {entry["ParameterKey"]: entry["ParameterValue"] for entry in instance["ParameterOverrides"]}
    request = {"TemplateBody": [stack_set["TemplateBody"]], "Capabilities": list(stack_set["Capabilities"])}
    for number, (key, value) in enumerate(values.items(), 1):
        request[f"Parameters.member.{number}.ParameterKey"] = [key]
        request[f"Parameters.member.{number}.ParameterValue"] = [value]
    for number, tag in enumerate(stack_set["Tags"], 1):
        request[f"Tags.member.{number}.Key"] = [tag["Key"]]
        request[f"Tags.member.{number}.Value"] = [tag["Value"]]
    return request


def _require(role: roles.Acting, action: str, stack_name: str) -> None:
    """Raise InstanceFailed where the role may not do that to the stack."""
    stack_arn = f"arn:aws:cloudformation:{region()}:{account_id()}:stack/{stack_name}/*"
    try:
        role.require(f"cloudformation:{action}", stack_arn)
    except roles.Denied as denied:
        raise InstanceFailed(str(denied)) from denied


def _ask(action: str, request: dict[str, list[str]], role: roles.Acting) -> None:
    """Ask for an operation on a stack under the role; raises InstanceFailed with the message of a refusal."""
    _require(role, action, request["StackName"][0])
    token = _driven.set(True)
    try:
        answer = stacks.operate(action, request)
    finally:
        _driven.reset(token)
    if answer[0] >= 400:
        raise InstanceFailed(message_of(answer))


async def _settle(stack: Stack, *, since: int, wanted: str) -> None:
    """Wait for the operation that is running on the stack; raises InstanceFailed unless it ends as wanted."""
    await asyncio.sleep(0)  # a deletion says that it is in progress only when its task has begun
    while stack["StackStatus"].endswith("_IN_PROGRESS"):
        await asyncio.sleep(POLL_S)
    if stack["StackStatus"] != wanted:
        raise InstanceFailed(_cause(stack, since))


def _cause(stack: Stack, since: int) -> str:
    """Why the operation failed, as StackSets words it: the first resource that failed since event number ``since``."""
    for finding in stack.get("_operation_events", ()):
        if finding.get("EventType") == "VALIDATION_ERROR":
            return _resource_reason(finding, finding["ValidationStatusReason"])
    for event in stacks.events(stack["StackId"])[since:]:
        if event["ResourceStatus"].endswith("_FAILED") and event["LogicalResourceId"] != stack["StackName"]:
            return _resource_reason(event, event["ResourceStatusReason"])
    return stack.get("StackStatusReason") or f"Stack {stack['StackId']} is in {stack['StackStatus']} state"


def _resource_reason(event: dict[str, Any], reason: str) -> str:
    return (
        f"ResourceLogicalId:{event['LogicalResourceId']}, ResourceType:{event['ResourceType']}, "
        f"ResourceStatusReason:{reason}."
    )


def install() -> None:
    """Lift the size limit of a request's template for our own calls: StackSets passes templates of any size."""
    templates.lift_size_limit(_driven.get)
