"""``AWS::SNS::Subscription`` of queues and functions."""

import json
from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.resources.calls import already_gone, call
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

_CREATE_ONLY = ("TopicArn", "Protocol", "Endpoint")
# with what an update puts in the place of one that the template no longer has
_ATTRIBUTES = {"FilterPolicy": "", "FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false"}


def permissions(change: Change) -> Iterator[Permission]:
    topic = change.current["TopicArn"]
    action = "Subscribe" if change.is_create else "Unsubscribe" if change.is_delete else "SetSubscriptionAttributes"
    yield Permission(f"sns:{action}", topic)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Subscribe; ``Ref`` is the subscription's ARN."""
    attributes = {name: _text(props[name]) for name in _ATTRIBUTES if name in props}
    named = {name: props.get(name) for name in _CREATE_ONLY}
    answer = call("sns", "Subscribe", **named, Attributes=attributes, ReturnSubscriptionArn=True)
    return _created(answer["SubscriptionArn"])


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Change the filter and the delivery in place."""
    for name, default in _ATTRIBUTES.items():
        if old.get(name) != new.get(name):
            value = _text(new.get(name, default))
            call(
                "sns", "SetSubscriptionAttributes",
                SubscriptionArn=physical_id, AttributeName=name, AttributeValue=value,
            )  # fmt: skip
    return _created(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Unsubscribe; one that no longer exists is success."""
    with already_gone():
        call("sns", "Unsubscribe", SubscriptionArn=physical_id)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _created(subscription: str) -> Created:
    return subscription, {"Arn": subscription}


RESOURCE = ResourceType(
    "AWS::SNS::Subscription",
    supported={**anything_in("TopicArn Protocol Endpoint FilterPolicyScope RawMessageDelivery"), "FilterPolicy": ...},
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=_CREATE_ONLY,
)
