"""``AWS::Events::Rule``."""

import json
from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.resources.calls import already_gone, call, exists, refuse_existing, tag_list, tags, update_tags
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, pass_role
from mraa_local.engine import resource_types
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

_NAME_MAX_LENGTH = 64
_DEFAULT_BUS = "default"


def permissions(change: Change) -> Iterator[Permission]:
    name = change.physical_id or change.new.get("Name") or f"{change.stack_name}-*"
    rule = _arn(name, change.current)
    if change.is_delete or change.touches("Targets"):
        if change.old.get("Targets"):
            yield Permission("events:RemoveTargets", rule)
        if change.new.get("Targets"):
            yield Permission("events:PutTargets", rule)
    for role in sorted({target["RoleArn"] for target in change.new.get("Targets") or () if "RoleArn" in target}):
        yield pass_role(role, "events.amazonaws.com")
    yield Permission("events:DeleteRule" if change.is_delete else "events:PutRule", rule)
    yield Permission("events:DescribeRule", rule)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Put the rule, then its targets; ``Ref`` is its name."""
    name = props.get("Name") or resource_types.generated_name(stack_name, logical_id, _NAME_MAX_LENGTH)
    if exists("events", "DescribeRule", Name=name, EventBusName=_bus(props)):
        refuse_existing("events", "AWS::Events::Rule", name)
    _put(name, {}, props, Tags=tag_list(tags(props)))
    return _created(name, props)


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Put the rule again, and the targets that it is to have now."""
    moves = _bus(old) != _bus(new)
    _put(physical_id, {} if moves else old, new)
    if moves:
        delete(physical_id, old)
    update_tags("events", {} if moves else old, new, ResourceARN=_arn(physical_id, new))
    return _created(physical_id, new)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Remove the targets, then the rule."""
    with already_gone():
        if ids := [target["Id"] for target in props.get("Targets") or ()]:
            call("events", "RemoveTargets", Rule=physical_id, EventBusName=_bus(props), Ids=ids)
        call("events", "DeleteRule", Name=physical_id, EventBusName=_bus(props))


def _put(name: str, old: dict[str, Any], new: dict[str, Any], **more: Any) -> None:
    pattern = new.get("EventPattern")
    described = {key: new.get(key) for key in ("Description", "ScheduleExpression", "State")}
    text = json.dumps(pattern) if isinstance(pattern, dict) else pattern
    call("events", "PutRule", Name=name, EventBusName=_bus(new), EventPattern=text, **described, **more)
    targets = {target["Id"]: target for target in new.get("Targets") or ()}
    try:
        gone = sorted({target["Id"] for target in old.get("Targets") or ()} - targets.keys())
        if gone:
            call("events", "RemoveTargets", Rule=name, EventBusName=_bus(new), Ids=gone)
        if targets:
            call("events", "PutTargets", Rule=name, EventBusName=_bus(new), Targets=list(targets.values()))
    except ValueError as error:
        if old:
            raise
        raise HalfCreated(name, str(error)) from error


def _bus(props: dict[str, Any]) -> str:
    return str(props.get("EventBusName", _DEFAULT_BUS)).rpartition("/")[2]


def _arn(name: str, props: dict[str, Any]) -> str:
    bus = _bus(props)
    return arn("events", f"rule/{name}" if bus == _DEFAULT_BUS else f"rule/{bus}/{name}")


def _created(name: str, props: dict[str, Any]) -> Created:
    return name, {"Arn": _arn(name, props), "RuleName": name}


RESOURCE = ResourceType(
    "AWS::Events::Rule",
    supported={
        **anything_in("Name Description EventBusName EventPattern ScheduleExpression State Tags"),
        "Targets": {
            **anything_in("Arn Id Input InputPath InputTransformer RoleArn"),
            "DeadLetterConfig": anything_in("Arn"),
            "SqsParameters": anything_in("MessageGroupId"),
        },
    },
    no_effect={"Targets.RetryPolicy": "shown; a failed delivery is not repeated"},
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=("Name",),
    has_several_steps=True,
)
