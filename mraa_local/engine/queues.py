"""SQS queues: their policies, what is in them, and a message into one."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ministack.services import eventbridge, sqs

from mraa_local.engine.scope import account_id

SENDER = "events.amazonaws.com"


class Backlog(NamedTuple):
    """How many messages of a queue can be received now, are being worked on, or are delayed."""

    name: str
    visible: int
    not_visible: int
    delayed: int


def exists(arn: str) -> bool:
    """Whether the queue exists, in any Region."""
    return sqs._queue_by_arn(arn) is not None


def policy(arn: str) -> str:
    """The queue's policy as JSON text; empty if it has none or does not exist."""
    queue = sqs._queue_by_arn(arn)
    return str(queue["attributes"].get("Policy") or "") if queue else ""


def send(arn: str, body: str) -> bool:
    """Put a message into the queue of this Region; False if it does not exist."""
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        return False
    queue["messages"].append(_message(body, int(sqs.queue_delay(queue))))
    sqs.esm_wake.set()
    return True


def backlogs() -> list[Backlog]:
    """The queues here and what is in them."""
    found = []
    for queue in list(sqs._queues.values()):
        sqs._refresh_counts(queue)
        counts = queue["attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        visible, not_visible = (int(counts[name]) for name in names)
        found.append(Backlog(queue["name"], visible, not_visible, int(counts["ApproximateNumberOfMessagesDelayed"])))
    return found


def require_policy_of_rules_targets() -> None:
    """Let a rule send to a queue only if the queue's policy lets EventBridge do so for that rule."""
    original = eventbridge._invoke_target

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        arn = str(target.get("Arn", ""))
        if ":sqs:" in arn and not sqs.queue_policy_allows(arn, SENDER, rule.get("Arn", ""), account_id()):
            return
        original(target, event, rule, view)

    eventbridge._invoke_target = invoke_target


def _message(body: str, delay_s: int) -> dict[str, Any]:
    """A message in the form that the engine completes by itself."""
    message: dict[str, Any] = {"id": sqs.new_uuid(), "body": body}
    complete: Callable[[dict[str, Any]], None] = sqs._ensure_msg_fields
    complete(message)
    message["visible_at"] += delay_s
    return message


def keep_newest_events(events: int) -> None:
    """Forget all but the newest events that EventBridge got."""
    for log in eventbridge._events_log.all_values():
        del log[: max(0, len(log) - events)]
