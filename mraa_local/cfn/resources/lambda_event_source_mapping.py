"""``AWS::Lambda::EventSourceMapping``: created, updated and deleted through Lambda's API, with all that it checks."""

import json
from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.reasons import checked, handler_message
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, function_arn
from mraa_local.engine import event_sources
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.event_sources import kinds

_NUMBERS = ("BatchSize", "MaximumRetryAttempts", "MaximumBatchingWindowInSeconds")
_FLAGS = ("Enabled", "BisectBatchOnFunctionError")
_CREATE_ONLY = ("EventSourceArn", "StartingPosition")
# what an update puts in the place of a property that the template no longer has, if its source has no other default
_DEFAULTS = {
    "Enabled": True,
    "FunctionResponseTypes": [],
    "DestinationConfig": {},
    "FilterCriteria": {},
    "ScalingConfig": {},
}


def permissions(change: Change) -> Iterator[Permission]:
    """Lambda knows no resource when a mapping is created; policies see its function as a condition key."""
    keys = {"lambda:FunctionArn": function_arn(change.current["FunctionName"])}
    own = arn("lambda", f"event-source-mapping:{change.physical_id or '*'}")
    if change.is_create:
        yield Permission("lambda:CreateEventSourceMapping", "*", keys)
    else:
        yield Permission(f"lambda:{'Delete' if change.is_delete else 'Update'}EventSourceMapping", own, keys)
    # CloudFormation waits until the mapping is enabled, or gone
    yield Permission("lambda:GetEventSourceMapping", own, keys)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the mapping; ``Ref`` is its id."""
    request = _request(props)
    if tags := props.get("Tags"):
        request["Tags"] = {tag["Key"]: tag["Value"] for tag in tags}
    answer = checked(event_sources.create(request), "Lambda")
    return _created(str(json.loads(answer[2])["UUID"]))


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Update in place, or replace where the stream or the starting position changes."""
    if any(old.get(name) != new.get(name) for name in _CREATE_ONLY):
        replacement = create("", new, stack_name)
        event_sources.delete(physical_id)
        return replacement
    defaults = {**_DEFAULTS, **kinds.of(new["EventSourceArn"]).defaults}
    dropped = {name: value for name, value in defaults.items() if name in old and name not in new}
    request = {name: value for name, value in _request(new).items() if name not in _CREATE_ONLY}
    checked(event_sources.update(physical_id, {**dropped, **request}), "Lambda")
    return _created(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the mapping; one that no longer exists is success."""
    event_sources.delete(physical_id)


def _request(props: dict[str, Any]) -> dict[str, Any]:
    """The properties as the API takes them; templates may write numbers and booleans as text."""
    request = {name: value for name, value in props.items() if name != "Tags"}
    request |= {name: _number(name, request[name]) for name in _NUMBERS if name in request}
    if (scaling := request.get("ScalingConfig")) and "MaximumConcurrency" in scaling:
        request["ScalingConfig"] = {
            "MaximumConcurrency": _number("ScalingConfig/MaximumConcurrency", *scaling.values())
        }
    return request | {name: str(request[name]).lower() == "true" for name in _FLAGS if name in request}


def _number(path: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        message = f"Model validation failed (#/{path}: expected type: Integer, found: {type(value).__name__})"
        raise ValueError(handler_message(message)) from None


def _created(mapping_id: str) -> Created:
    return mapping_id, {
        "Id": mapping_id,
        "EventSourceMappingArn": arn("lambda", f"event-source-mapping:{mapping_id}"),
    }


RESOURCE = ResourceType(
    "AWS::Lambda::EventSourceMapping",
    supported={
        **anything_in("FunctionName EventSourceArn StartingPosition BatchSize Enabled Tags FunctionResponseTypes"),
        **anything_in("MaximumRetryAttempts BisectBatchOnFunctionError MaximumBatchingWindowInSeconds"),
        "ScalingConfig": anything_in("MaximumConcurrency"),
        "DestinationConfig": {"OnFailure": anything_in("Destination")},
        "FilterCriteria": {"Filters": anything_in("Pattern")},
    },
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=_CREATE_ONLY,
)
