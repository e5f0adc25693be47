"""``AWS::CloudFormation::StackSet``: create, update and delete a stack set with its instances.

The engine runs these steps in a thread of their own, because they wait for stacks that the event loop deploys.
"""

from typing import Any

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.reasons import handler_message
from mraa_local.cfn.stack_sets import changes, operations, records
from mraa_local.cfn.stack_sets.changes import Begun
from mraa_local.cfn.stack_sets.records import StackSetError
from mraa_local.engine import application
from mraa_local.engine.resource_types import Created

CREATE_ONLY = ("StackSetName", "PermissionModel", "CallAs")


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the stack set, then the instances of each group."""
    return application.wait_on_loop(_create(props))


def update(physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str) -> Created:
    """Update all instances, then delete and create those whose Regions left or joined."""
    return application.wait_on_loop(_update(physical_id, new_props))


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the instances, then the stack set; one that no longer exists is success."""
    application.wait_on_loop(_delete(physical_id, props))


async def _create(props: dict[str, Any]) -> Created:
    try:
        stack_set = changes.create({**props, "Tags": _tags(props)})
    except StackSetError as refusal:
        raise ValueError(handler_message(refusal.message, "InvalidRequest")) from refusal
    stack_set_id = stack_set["StackSetId"]
    try:
        for group in _groups(props):
            await _finish(changes.create_instances({**_common(stack_set_id, props), **group}))
    except StackSetError as refusal:
        raise HalfCreated(stack_set_id, handler_message(refusal.message, "InvalidRequest")) from refusal
    except ValueError as error:
        raise HalfCreated(stack_set_id, str(error)) from error
    return stack_set_id, {"StackSetId": stack_set_id}


async def _update(stack_set_id: str, props: dict[str, Any]) -> Created:
    common = _common(stack_set_id, props)
    wanted = {
        (account, region): group
        for group in _groups(props)
        for region in group["Regions"]
        for account in group["DeploymentTargets"]["Accounts"]
    }
    try:
        settings = {name: value for name, value in props.items() if name not in ("StackInstancesGroup", *CREATE_ONLY)}
        # what the template no longer sets goes back to its default
        settings = {"Description": "", "Capabilities": [], **settings, **common, "Tags": _tags(props)}
        await _finish(changes.update(settings))
        stack_set = records.find_active(stack_set_id)
        existing = {(of["Account"], of["Region"]): of for of in stack_set["Instances"].values()}
        for account, region in existing.keys() - wanted.keys():
            place = {"Accounts": [account], "Regions": [region], "RetainStacks": False}
            await _finish(changes.delete_instances({**common, **place}))
        for (account, region), group in wanted.items():
            place = {**group, "DeploymentTargets": {"Accounts": [account]}, "Regions": [region]}
            if (account, region) not in existing:
                await _finish(changes.create_instances({**common, **place}))
            elif existing[account, region]["ParameterOverrides"] != (group.get("ParameterOverrides") or []):
                await _finish(changes.update_instances({**common, "ParameterOverrides": [], **place}))
    except StackSetError as refusal:
        raise ValueError(handler_message(refusal.message, "InvalidRequest")) from refusal
    return stack_set_id, {"StackSetId": stack_set_id}


async def _delete(stack_set_id: str, props: dict[str, Any]) -> None:
    try:
        stack_set = records.find_active(stack_set_id)
    except StackSetError:
        return
    instances = stack_set["Instances"].values()
    places = {
        "Accounts": sorted({instance["Account"] for instance in instances}),
        "Regions": [instance["Region"] for instance in instances],
        "RetainStacks": False,
    }
    common = _common(stack_set_id, props)
    try:
        if instances:
            await _finish(changes.delete_instances({**common, **places}))
        changes.delete(common)
    except StackSetError as refusal:
        raise ValueError(handler_message(refusal.message, "InvalidRequest")) from refusal


def _common(stack_set_id: str, props: dict[str, Any]) -> dict[str, Any]:
    return {"StackSetName": stack_set_id, "OperationPreferences": props.get("OperationPreferences") or {}}


def _tags(props: dict[str, Any]) -> list[dict[str, str]]:
    """Those of the template and of the stack; CloudFormation's own are not a stack set's."""
    return [tag for tag in props.get("Tags") or [] if not tag["Key"].startswith("aws:")]


def _groups(props: dict[str, Any]) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = props.get("StackInstancesGroup") or []
    return groups


async def _finish(begun: Begun) -> None:
    """Carry an operation out; raises ValueError in the words of AWS's resource handler unless it succeeds."""
    await operations.carry_out(begun.stack_set, begun.operation, begun.targets)
    if begun.operation["Status"] != "SUCCEEDED":
        raise ValueError(
            handler_message(
                f"Stack set operation [{begun.operation['OperationId']}] was unexpectedly stopped or failed. "
                f"status reason(s): [{'; '.join(operations.reasons(begun.operation))}]",
                "InternalFailure",
            )
        )
