"""SQS queues: their policies, what is in them, messages into one and out of it."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from ministack.services import lambda_svc, sqs

from mraa_local.engine.application import wait_on_loop
from mraa_local.engine.scope import region


class Backlog(NamedTuple):
    """How many messages of a queue can be received now, are being worked on, or are delayed."""

    name: str
    visible: int
    not_visible: int
    delayed: int


class Message(NamedTuple):
    """A message that was received: what deletes it, and the record that Lambda passes to a function."""

    id: str
    receipt_handle: str
    record: dict[str, Any]


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


def visibility_timeout_s(arn: str) -> int:
    """For how long a received message of the queue is hidden."""
    queue = sqs._queue_by_arn(arn)
    return int(queue["attributes"]["VisibilityTimeout"]) if queue else 0


def has_visible(arn: str) -> bool:
    """Whether the queue has messages that can be received now."""
    queue, now = sqs._queue_by_arn(arn), time.time()
    return queue is not None and any(message.get("visible_at", now) <= now for message in list(queue["messages"]))


def receive(arn: str, most: int) -> list[Message]:
    """Receive messages of a queue here, from a thread; what was received too often goes to its dead-letter queue."""
    return wait_on_loop(_receive(arn, most))


def remove(arn: str, receipt_handles: list[str]) -> None:
    """Delete messages that were received, from a thread."""
    if receipt_handles:
        wait_on_loop(_remove(arn, receipt_handles))


async def _receive(arn: str, most: int) -> list[Message]:
    queue = sqs._queue_by_arn(arn)
    received = sqs._receive_messages_for_esm(queue["url"], most) if queue else []
    return [_as_event(arn, message) for message in received]


async def _remove(arn: str, receipt_handles: list[str]) -> None:
    queue = sqs._queue_by_arn(arn)
    if queue is not None:
        sqs._delete_messages_for_esm(queue["url"], set(receipt_handles))


def _as_event(arn: str, message: dict[str, Any]) -> Message:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    record = {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": sqs._build_sys_attrs(message, ["All"]),
        "messageAttributes": lambda_svc._sqs_message_attributes_to_camel_case(message["message_attributes"]),
        "md5OfBody": message["md5_body"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region(),
    }
    return Message(str(message["id"]), str(message["receipt_handle"]), record)


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


def _message(body: str, delay_s: int) -> dict[str, Any]:
    """A message in the form that the engine completes by itself."""
    message: dict[str, Any] = {"id": sqs.new_uuid(), "body": body}
    complete: Callable[[dict[str, Any]], None] = sqs._ensure_msg_fields
    complete(message)
    message["visible_at"] += delay_s
    return message
