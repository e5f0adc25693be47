"""``AWS::Scheduler::ScheduleGroup``."""

from typing import Any

from mraa_local.cfn.resources.calls import already_gone, call, tag_list, tags, update_tags
from mraa_local.cfn.resources.model import ResourceType, anything_in, arn, one_action_each
from mraa_local.engine import resource_types
from mraa_local.engine.resource_types import Created

_NAME_MAX_LENGTH = 64


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the group; ``Ref`` is its name."""
    name = props.get("Name") or resource_types.generated_name(stack_name, logical_id, _NAME_MAX_LENGTH)
    call("scheduler", "CreateScheduleGroup", Name=name, Tags=tag_list(tags(props)))
    return _created(name)


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Change the tags."""
    update_tags("scheduler", old, new, ResourceArn=_arn(physical_id))
    return _created(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the group with its schedules."""
    with already_gone():
        call("scheduler", "DeleteScheduleGroup", Name=physical_id)


def _arn(name: str) -> str:
    return arn("scheduler", f"schedule-group/{name}")


def _created(name: str) -> Created:
    return name, {"Arn": _arn(name)}


RESOURCE = ResourceType(
    "AWS::Scheduler::ScheduleGroup",
    supported=anything_in("Name Tags"),
    permissions=one_action_each(
        "scheduler:CreateScheduleGroup",
        "scheduler:TagResource",
        "scheduler:DeleteScheduleGroup",
        lambda change: _arn(change.physical_id or change.new.get("Name") or f"{change.stack_name}-*"),
    ),
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=("Name",),
)
