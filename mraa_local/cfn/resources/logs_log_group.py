"""``AWS::Logs::LogGroup``."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.reasons import handler_message
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn
from mraa_local.engine import log_groups
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    group = arn("logs", f"log-group:{change.physical_id or change.new.get('LogGroupName', '')}")
    if change.is_delete:
        yield Permission("logs:DeleteLogGroup", group)
        return
    if change.is_create:
        yield Permission("logs:CreateLogGroup", group)
    if change.touches("RetentionInDays"):
        is_dropped = "RetentionInDays" not in change.new
        yield Permission("logs:DeleteRetentionPolicy" if is_dropped else "logs:PutRetentionPolicy", group)


def is_new(props: dict[str, Any]) -> None:
    """The engine would empty a group of that name, and take it over."""
    name = props.get("LogGroupName")
    if log_groups.exists(name):
        message = (
            f"Resource of type 'AWS::Logs::LogGroup' with identifier '{{\"/properties/LogGroupName\":\"{name}\"}}'"
        )
        raise ValueError(handler_message(f"{message} already exists.", "AlreadyExists"))


RESOURCE = ResourceType(
    "AWS::Logs::LogGroup",
    supported=anything_in("LogGroupName Tags"),
    no_effect={"RetentionInDays": "shown; events stay until the cloud stops"},
    permissions=permissions,
    create_checks=(is_new,),
)
