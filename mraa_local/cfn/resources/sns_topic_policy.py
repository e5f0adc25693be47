"""``AWS::SNS::TopicPolicy``."""

import json
from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.resources.calls import already_gone, call
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in
from mraa_local.engine import resource_types
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import account_id


def permissions(change: Change) -> Iterator[Permission]:
    for topic in sorted({*change.old.get("Topics", ()), *change.new.get("Topics", ())}):
        yield Permission("sns:SetTopicAttributes", topic)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Put the policy on each topic."""
    for topic in props["Topics"]:
        _put(topic, resource_types.policy_json(props))
    policy_id = resource_types.generated_name(stack_name, logical_id, 256)
    return policy_id, {"Id": policy_id}


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Put it on the topics that are listed now, and the default on those that no longer are."""
    for topic in new["Topics"]:
        _put(topic, resource_types.policy_json(new))
    _reset(sorted({*old["Topics"]} - {*new["Topics"]}))
    return physical_id, {"Id": physical_id}


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Give the topics the default policy again."""
    _reset(props["Topics"])


def _reset(topics: list[str]) -> None:
    for topic in topics:
        with already_gone():
            _put(topic, json.dumps(_default(topic)))


def _put(topic: str, policy: str) -> None:
    call("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def _default(topic: str) -> dict[str, Any]:
    """What SNS gives a topic that has no policy of its own: the account may use it."""
    actions = ["SNS:Publish", "SNS:Subscribe", "SNS:Receive"]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": actions,
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account_id()}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


RESOURCE = ResourceType(
    "AWS::SNS::TopicPolicy",
    supported=anything_in("PolicyDocument Topics"),
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    has_several_steps=True,
)
