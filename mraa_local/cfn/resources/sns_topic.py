"""``AWS::SNS::Topic``."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.resources.calls import already_gone, call, exists, refuse_existing, tag_list, tags, update_tags
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, has_own_tags
from mraa_local.engine import resource_types
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

_NAME_MAX_LENGTH = 256
_SUFFIX = ".fifo"
_CREATE_ONLY = ("TopicName", "FifoTopic")
# with what an update puts in the place of one that the template no longer has
_ATTRIBUTES = {"DisplayName": "", "ContentBasedDeduplication": "false", "KmsMasterKeyId": "", "SignatureVersion": "1"}

_Subscription = tuple[str, str]  # protocol, endpoint


def permissions(change: Change) -> Iterator[Permission]:
    topic = change.physical_id or arn("sns", change.new.get("TopicName") or f"{change.stack_name}-*")
    if change.is_delete:
        yield Permission("sns:DeleteTopic", topic)
        return
    if change.is_create:
        yield Permission("sns:CreateTopic", topic)
    elif any(change.touches(name) for name in _ATTRIBUTES):
        yield Permission("sns:SetTopicAttributes", topic)
    yield Permission("sns:GetTopicAttributes", topic)
    if _subscriptions(change.new) - _subscriptions(change.old):
        yield Permission("sns:Subscribe", topic)
    if _subscriptions(change.old) - _subscriptions(change.new):
        yield Permission("sns:Unsubscribe", topic)
    if has_own_tags(change):
        yield Permission("sns:TagResource", topic)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the topic, then its subscriptions; ``Ref`` is the ARN."""
    is_fifo = str(props.get("FifoTopic")).lower() == "true"
    suffix = _SUFFIX if is_fifo else ""
    length = _NAME_MAX_LENGTH - len(suffix)
    name = props.get("TopicName") or resource_types.generated_name(stack_name, logical_id, length) + suffix
    topic = arn("sns", name)
    if exists("sns", "GetTopicAttributes", TopicArn=topic):
        refuse_existing("sns", "AWS::SNS::Topic", topic)
    attributes = {attribute: props[attribute] for attribute in _ATTRIBUTES if attribute in props}
    if is_fifo:
        attributes["FifoTopic"] = True
    call("sns", "CreateTopic", Name=name, Attributes=attributes, Tags=tag_list(tags(props)))
    try:
        for protocol, endpoint in sorted(_subscriptions(props)):
            call("sns", "Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    except ValueError as error:
        raise HalfCreated(topic, str(error)) from error
    return _created(topic)


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Change attributes, subscriptions and tags in place."""
    for name, default in _ATTRIBUTES.items():
        if old.get(name) != new.get(name):
            value = new.get(name, default)
            call("sns", "SetTopicAttributes", TopicArn=physical_id, AttributeName=name, AttributeValue=value)
    dropped = _subscriptions(old) - _subscriptions(new)
    for subscription in (
        call("sns", "ListSubscriptionsByTopic", TopicArn=physical_id)["Subscriptions"] if dropped else ()
    ):
        if (subscription["Protocol"], subscription["Endpoint"]) in dropped:
            call("sns", "Unsubscribe", SubscriptionArn=subscription["SubscriptionArn"])
    for protocol, endpoint in sorted(_subscriptions(new) - _subscriptions(old)):
        call("sns", "Subscribe", TopicArn=physical_id, Protocol=protocol, Endpoint=endpoint)
    update_tags("sns", old, new, ResourceArn=physical_id)
    return _created(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the topic and with it its subscriptions."""
    with already_gone():
        call("sns", "DeleteTopic", TopicArn=physical_id)


def _subscriptions(props: dict[str, Any]) -> set[_Subscription]:
    return {(of["Protocol"], of["Endpoint"]) for of in props.get("Subscription") or ()}


def _created(topic: str) -> Created:
    return topic, {"TopicArn": topic, "TopicName": topic.rpartition(":")[2]}


RESOURCE = ResourceType(
    "AWS::SNS::Topic",
    supported={
        **anything_in("TopicName DisplayName FifoTopic ContentBasedDeduplication Tags"),
        "Subscription": anything_in("Protocol Endpoint"),
    },
    no_effect={
        "KmsMasterKeyId": "shown; what is stored is not encrypted",
        "SignatureVersion": "shown; messages are not signed",
    },
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=_CREATE_ONLY,
    has_several_steps=True,
)
