"""SNS topics send to queues and functions of their Region, by these targets' policies; the engine also sends elsewhere.

https://docs.aws.amazon.com/sns/latest/dg/sns-lambda-as-subscriber.html
"""

import json
import re
from typing import Any

from mraa_local.access import service_policies
from mraa_local.engine import roles, topics
from mraa_local.engine.scope import Answer, region

SERVICE = "sns.amazonaws.com"
_PROTOCOLS = {"lambda": "lambda", "sqs": "sqs"}  # to the service of its endpoints
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FILTER_SCOPES = ("MessageAttributes", "MessageBody")


def install() -> None:
    """Check what is subscribed and set, and before a function gets a message."""
    topics.before_creation(_refusal_of_topic)
    topics.before_subscription(_refusal_of_subscription)
    topics.before_attribute(_refusal_of_attribute)
    topics.invoke_functions_if(lambda topic, function: service_policies.may_invoke(SERVICE, topic, function))


def _refusal_of_topic(name: str, attributes: dict[str, str]) -> Answer | None:
    is_fifo = attributes.get("FifoTopic") == "true"
    if not _NAME.fullmatch(name.removesuffix(".fifo") if is_fifo else name):
        return _invalid("Topic Name")
    return _first_refusal(attributes)


def _refusal_of_subscription(protocol: str, endpoint: str, attributes: dict[str, str]) -> Answer | None:
    if protocol not in _PROTOCOLS:
        return _invalid(f"The local cloud supports the protocols sqs and lambda, not {protocol}")
    if endpoint.count(":") >= 5 and endpoint.split(":")[3] != region():
        return _invalid(f"The local cloud delivers within a Region: {endpoint} is in another one")
    return _first_refusal(attributes)


def _first_refusal(attributes: dict[str, str]) -> Answer | None:
    refusals = (_refusal_of_attribute(name, value) for name, value in attributes.items())
    return next((refused for refused in refusals if refused), None)


def _refusal_of_attribute(name: str, value: str) -> Answer | None:
    if name == "Policy" and (problem := roles.document_problem(_parsed(value))):
        return _invalid(f"Policy Error: {problem}")
    if name == "FilterPolicyScope" and value not in _FILTER_SCOPES:
        return _invalid(
            f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
        )
    if name == "FilterPolicy" and value and not isinstance(_parsed(value), dict):
        return _invalid("FilterPolicy: failed to parse JSON.")
    if name in ("RedrivePolicy", "DeliveryPolicy", "SubscriptionRoleArn") and value:
        return _invalid(f"The local cloud does not support {name}")
    return None


def _invalid(reason: str) -> Answer:
    return topics.refusal("InvalidParameter", f"Invalid parameter: {reason}")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
