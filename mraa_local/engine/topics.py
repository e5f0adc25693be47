"""SNS topics: who may subscribe to them and send to them, and how a function gets a message."""

import itertools
import json
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc, sns

from mraa_local.engine.scope import Answer, account_id

Attributes = dict[str, str]


def lets_in(topic_arn: str, rule_arn: str) -> bool:
    """Whether the topic exists and its policy lets EventBridge publish for the rule."""
    return bool(sns.topic_policy_allows(topic_arn, "events.amazonaws.com", rule_arn, account_id()))


def before_creation(check: Callable[[str, Attributes], Answer | None]) -> None:
    """Let ``check(name, attributes)`` refuse CreateTopic."""
    create = sns._create_topic

    def checked(params: Any) -> Answer:
        answer: Answer = check(str(sns._p(params, "Name")), _attributes(params)) or create(params)
        return answer

    sns._create_topic = checked


def before_subscription(check: Callable[[str, str, Attributes], Answer | None]) -> None:
    """Let ``check(protocol, endpoint, attributes)`` refuse Subscribe."""
    subscribe = sns._subscribe

    def checked(params: Any) -> Answer:
        protocol, endpoint = (str(sns._p(params, name)) for name in ("Protocol", "Endpoint"))
        answer: Answer = check(protocol, endpoint, _attributes(params)) or subscribe(params)
        return answer

    sns._subscribe = checked


def before_attribute(check: Callable[[str, str], Answer | None]) -> None:
    """Let ``check(name, value)`` refuse SetTopicAttributes and SetSubscriptionAttributes."""
    sns._set_topic_attributes = _checked(sns._set_topic_attributes, check)
    sns._set_subscription_attributes = _checked(sns._set_subscription_attributes, check)


def invoke_functions_if(may: Callable[[str, str], bool]) -> None:
    """Invoke a function asynchronously, with retries, if ``may(topic ARN, function ARN)``; the engine does so once."""

    def deliver(
        endpoint: str,
        envelope: str,
        topic_arn: str,
        subscription_arn: str,
        message_id: str,
        message: str,
        attributes: Any,
    ) -> None:
        record, config, _ = lambda_svc._get_func_record_for_ref(endpoint)
        if not (record and config and may(topic_arn, endpoint)):
            return
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
        sent = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription_arn,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        executed = lambda_svc._execution_record_for_config(record, config)
        lambda_svc.invoke_async_with_retry(executed, {"Records": [sent]})

    sns._deliver_to_lambda = deliver


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """SNS's refusal of a request."""
    answer: Answer = sns._error(code, message, status)
    return answer


def _attributes(params: Any) -> Attributes:
    """The attributes of a request, which the query protocol numbers."""
    found: Attributes = {}
    for number in itertools.count(1):
        name = sns._p(params, f"Attributes.entry.{number}.key")
        if not name:
            return found
        found[str(name)] = str(sns._p(params, f"Attributes.entry.{number}.value"))
    return found


def _checked(original: Callable[[Any], Answer], check: Callable[[str, str], Answer | None]) -> Callable[[Any], Answer]:
    def checked(params: Any) -> Answer:
        name, value = str(sns._p(params, "AttributeName")), str(sns._p(params, "AttributeValue"))
        return check(name, value) or original(params)

    return checked
