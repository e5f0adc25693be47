"""``AWS::ApiGateway::Stage``, with its access log and method settings; the engine leaves these out."""

from collections.abc import Callable, Mapping
from typing import Any

from mraa_local.cfn.resources.model import ResourceType, anything_in, part_of_api
from mraa_local.engine import apis, stages
from mraa_local.engine.resource_types import Created


def logging_role_is_set(props: Mapping[str, Any]) -> None:
    """AWS refuses a stage with logs before the account has a role for them."""
    levels = {setting.get("LoggingLevel", "OFF") for setting in props.get("MethodSettings") or []}
    if (props.get("AccessLogSetting") or levels - {"OFF"}) and not apis.logging_role():
        raise ValueError("CloudWatch Logs role ARN must be set in account settings to enable logging")


def create(engine_create: Callable[..., Created], logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the stage, then set it up."""
    created = engine_create(logical_id, props, stack_name)
    _set_up(props)
    return created


def update(
    engine_update: Callable[..., Created], stage_name: str, old: dict[str, Any], new: dict[str, Any], *more: str
) -> Created:
    """Update the stage, then set it up."""
    updated = engine_update(stage_name, old, new, *more)
    _set_up(new)
    return updated


def _set_up(props: Mapping[str, Any]) -> None:
    """The access log, and the paths of method settings, which templates write with ``~1`` for a slash."""
    stage = stages.find(props["RestApiId"], props["StageName"])
    assert stage is not None
    log = props.get("AccessLogSetting") or {}
    stage["accessLogSettings"] = (
        {"destinationArn": log.get("DestinationArn", ""), "format": log.get("Format", "")} if log else {}
    )
    stage["methodSettings"] = {key.replace("~1", "/"): value for key, value in stage["methodSettings"].items()}


RESOURCE = ResourceType(
    "AWS::ApiGateway::Stage",
    supported=anything_in(
        "AccessLogSetting DeploymentId Description MethodSettings RestApiId StageName Tags TracingEnabled Variables"
    ),
    permissions=part_of_api("stages"),
    checks=(logging_role_is_set,),
    create=create,
    update=update,
)
