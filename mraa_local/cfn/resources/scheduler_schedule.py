"""``AWS::Scheduler::Schedule``."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.resources.calls import already_gone, call
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, pass_role
from mraa_local.engine import resource_types
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

_NAME_MAX_LENGTH = 64


def permissions(change: Change) -> Iterator[Permission]:
    name = change.physical_id or change.new.get("Name") or f"{change.stack_name}-*"
    schedule = arn("scheduler", f"schedule/{change.current.get('GroupName', 'default')}/{name}")
    yield Permission("scheduler:GetSchedule", schedule)
    action = "Create" if change.is_create else "Delete" if change.is_delete else "Update"
    yield Permission(f"scheduler:{action}Schedule", schedule)
    if not change.is_delete:
        yield pass_role(str(change.new["Target"].get("RoleArn") or ""), "scheduler.amazonaws.com")


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the schedule; ``Ref`` is its name."""
    name = props.get("Name") or resource_types.generated_name(stack_name, logical_id, _NAME_MAX_LENGTH)
    call("scheduler", "CreateSchedule", **{**props, "Name": name})
    return _created(name, props)


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Put the whole schedule anew; another group is another schedule, which this one moves to."""
    moves = old.get("GroupName", "default") != new.get("GroupName", "default")
    call("scheduler", "CreateSchedule" if moves else "UpdateSchedule", **{**new, "Name": physical_id})
    if moves:
        delete(physical_id, old)
    return _created(physical_id, new)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the schedule; one that no longer exists is success."""
    with already_gone():
        call("scheduler", "DeleteSchedule", Name=physical_id, GroupName=props.get("GroupName"))


def _created(name: str, props: dict[str, Any]) -> Created:
    return name, {"Arn": arn("scheduler", f"schedule/{props.get('GroupName', 'default')}/{name}")}


RESOURCE = ResourceType(
    "AWS::Scheduler::Schedule",
    supported={
        **anything_in("Name GroupName Description ScheduleExpression ScheduleExpressionTimezone StartDate EndDate"),
        **anything_in("State"),
        "FlexibleTimeWindow": anything_in("Mode"),
        "Target": {
            **anything_in("Arn RoleArn Input"),
            "DeadLetterConfig": anything_in("Arn"),
            "EventBridgeParameters": anything_in("DetailType Source"),
            "KinesisParameters": anything_in("PartitionKey"),
            "SqsParameters": anything_in("MessageGroupId"),
        },
    },
    no_effect={
        "FlexibleTimeWindow.MaximumWindowInMinutes": "the target is called when the window begins",
        "KmsKeyArn": "shown; what is stored is not encrypted",
        "Target.RetryPolicy": "shown; a failed call is not repeated",
    },
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=("Name",),
    has_several_steps=True,
)
