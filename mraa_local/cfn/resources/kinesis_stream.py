"""``AWS::Kinesis::Stream``."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.reasons import handler_message
from mraa_local.cfn.resources.calls import already_gone, call, changed_tags, tags
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, has_own_tags
from mraa_local.engine import resource_types
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

_NAME_MAX_LENGTH = 128
_LEAST_HOURS = 24


def permissions(change: Change) -> Iterator[Permission]:
    stream = arn("kinesis", f"stream/{change.physical_id or change.new.get('Name') or f'{change.stack_name}-*'}")
    yield Permission("kinesis:DescribeStreamSummary", stream)
    if change.is_delete:
        yield Permission("kinesis:DeleteStream", stream)
        return
    if change.is_create:
        yield Permission("kinesis:CreateStream", stream)
    before, after = _hours(change.old), _hours(change.new)
    if before != after:
        yield Permission(f"kinesis:{'Increase' if after > before else 'Decrease'}StreamRetentionPeriod", stream)
    if has_own_tags(change):
        yield Permission("kinesis:AddTagsToStream", stream)


def keeps_its_shards(physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Resharding is not supported: the event sources would lose their places."""
    for name in ("ShardCount", "StreamModeDetails"):
        if old.get(name) != new.get(name):
            raise ValueError(f"The local cloud does not support a change of {name} of {physical_id}.")


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the stream, then what CreateStream does not take; ``Ref`` is its name."""
    name = props.get("Name") or resource_types.generated_name(stack_name, logical_id, _NAME_MAX_LENGTH)
    mode = (props.get("StreamModeDetails") or {}).get("StreamMode", "PROVISIONED")
    if mode == "ON_DEMAND" and "ShardCount" in props:
        raise ValueError(handler_message("ShardCount must not be provided when StreamMode is ON_DEMAND"))
    if mode == "PROVISIONED" and "ShardCount" not in props:
        raise ValueError(handler_message("ShardCount must be provided when StreamMode is PROVISIONED"))
    count = props.get("ShardCount", 4)
    call("kinesis", "CreateStream", StreamName=name, ShardCount=count, StreamModeDetails={"StreamMode": mode})
    try:
        _set_hours(name, {}, props)
        if own_tags := tags(props):
            call("kinesis", "AddTagsToStream", StreamName=name, Tags=own_tags)
    except ValueError as error:
        raise HalfCreated(name, str(error)) from error
    return _created(name)


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Change retention and tags in place."""
    keeps_its_shards(physical_id, old, new)
    _set_hours(physical_id, old, new)
    gone, added = changed_tags(old, new)
    if gone:
        call("kinesis", "RemoveTagsFromStream", StreamName=physical_id, TagKeys=gone)
    if added:
        call("kinesis", "AddTagsToStream", StreamName=physical_id, Tags=added)
    return _created(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the stream; one that no longer exists is success."""
    with already_gone():
        call("kinesis", "DeleteStream", StreamName=physical_id)


def _hours(props: dict[str, Any]) -> int:
    return int(props.get("RetentionPeriodHours", _LEAST_HOURS))


def _set_hours(name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = _hours(old), _hours(new)
    if before != after:
        operation = f"{'Increase' if after > before else 'Decrease'}StreamRetentionPeriod"
        call("kinesis", operation, StreamName=name, RetentionPeriodHours=after)


def _created(name: str) -> Created:
    return name, {"Arn": arn("kinesis", f"stream/{name}")}


RESOURCE = ResourceType(
    "AWS::Kinesis::Stream",
    supported={
        **anything_in("Name ShardCount RetentionPeriodHours Tags"),
        "StreamModeDetails": anything_in("StreamMode"),
    },
    no_effect={"StreamEncryption": "what is stored is not encrypted"},
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=("Name",),
    has_several_steps=True,
)
