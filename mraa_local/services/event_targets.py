"""EventBridge's rules reach a target only if its policy, or the target's role, lets them; the engine's reach any.

Functions, queues and topics say so in a policy of their own, state machines by a role that the rule was given. What
cannot be delivered goes to the target's dead-letter queue, if it has one.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from mraa_local.access import service_policies
from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import functions, queues, rules, topics
from mraa_local.engine.rules import Delivery, Target
from mraa_local.engine.scope import Answer, region
from mraa_local.schedules.expressions import is_of_rule

SERVICE = "events.amazonaws.com"
_TARGETS = ("lambda", "sns", "sqs", "states")
_SUPPORTED = ("Arn", "Id", "Input", "InputPath", "InputTransformer", "RoleArn", "SqsParameters", "DeadLetterConfig",
              "RetryPolicy")  # fmt: skip

logger = logging.getLogger(__name__)


def install() -> None:
    """Check what is put, and before a target gets an event."""
    rules.before_put(_refusal_of_rule, _refusal_of_target)
    rules.check_entries(_problem_of_entry)
    rules.around_delivery(_delivered)
    rules.invoke_functions_asynchronously()


def _problem_of_entry(entry: dict[str, Any]) -> tuple[str, str]:
    """The code and the message with which EventBridge refuses an event; empty for one that it takes."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    try:
        is_object = isinstance(json.loads(entry["Detail"]), dict)
    except (TypeError, ValueError):
        is_object = False
    return ("", "") if is_object else ("MalformedDetail", "Detail is malformed.")


def _refusal_of_rule(rule: dict[str, Any]) -> Answer | None:
    expression = rule.get("ScheduleExpression")
    if expression and not is_of_rule(str(expression)):
        return rules.refusal("ValidationException", "Parameter ScheduleExpression is not valid.")
    if not expression and not rule.get("EventPattern"):
        return rules.refusal(
            "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."
        )
    return None


def _refusal_of_target(target: Target) -> Answer | None:
    arn = str(target.get("Arn") or "")
    unknown = sorted(set(target) - set(_SUPPORTED))
    if unknown:
        return rules.refusal(
            "ValidationException", f"The local cloud does not support {unknown[0]} of a rule's target."
        )
    if _service(arn) not in _TARGETS:
        return rules.refusal("ValidationException", f"The local cloud does not support the target {arn} of a rule.")
    if _service(arn) == "states" and not target.get("RoleArn"):
        return rules.refusal("ValidationException", f"RoleArn is required for target {arn}.")
    return None


def _delivered(delivery: Delivery, proceed: Callable[[], None]) -> None:
    problem = _problem(delivery.target, str(delivery.rule["Arn"]))
    if not problem:
        proceed()
        return
    queue = str((delivery.target.get("DeadLetterConfig") or {}).get("Arn") or "")
    logger.warning("%s: %s gets no event: %s", delivery.rule["Arn"], delivery.target["Arn"], problem)
    if queue and rules.queue_lets_in(queue, str(delivery.rule["Arn"])):
        queues.send(queue, delivery.event)


def _problem(target: Target, rule_arn: str) -> str:
    """Why the target cannot get an event; empty if it can."""
    arn, service = str(target["Arn"]), _service(str(target["Arn"]))
    if arn.split(":")[3] != region():
        return "it is in another Region"
    if service == "states":
        role = ServiceRole(str(target.get("RoleArn") or ""), SERVICE, source_arn=rule_arn)
        return "" if role.can_be_assumed() and role.may("states:StartExecution", arn, region()) else "the role"
    if service == "lambda":
        return "" if functions.is_known(arn) and service_policies.may_invoke(SERVICE, rule_arn, arn) else "its policy"
    may = rules.queue_lets_in if service == "sqs" else topics.lets_in
    return "" if may(arn, rule_arn) else "its policy"


def _service(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") >= 5 else ""
