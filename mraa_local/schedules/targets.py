"""What a schedule does when it is due: one call of its target's API, under its role.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

import functools
import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mraa_local.access import role_calls
from mraa_local.access.role_calls import CallFailed
from mraa_local.engine import operations
from mraa_local.engine.schedules import Place
from mraa_local.engine.scope import account_id, new_id, region, scope
from mraa_local.environment import SERVICES

SERVICE = "scheduler.amazonaws.com"
_UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
# services that the SDK names otherwise
_SDK_NAMES = {"sfn": "states", "eventbridge": "events", "cloudwatchlogs": "logs"}
_SUPPORTED = ("Arn", "RoleArn", "Input", "DeadLetterConfig", "RetryPolicy", "SqsParameters", "KinesisParameters",
              "EventBridgeParameters")  # fmt: skip

logger = logging.getLogger(__name__)


class _Call(NamedTuple):
    service: str
    operation: str
    parameters: dict[str, Any]


def check(target: Mapping[str, Any]) -> None:
    """Raise ValueError for a target that a schedule cannot have here."""
    arn = str(target.get("Arn") or "")
    if unknown := sorted(set(target) - set(_SUPPORTED)):
        raise ValueError(f"The local cloud does not support {unknown[0]} of a schedule's target.")
    if arn.startswith(_UNIVERSAL):
        _check_universal(arn, target.get("Input"))
        return
    if arn.count(":") < 5 or not arn.startswith("arn:aws:"):
        raise ValueError(f"Provided Arn is not in correct format: {arn}")
    if arn.split(":")[2] not in _CALLS:
        raise ValueError(f"The local cloud does not support the target {arn} of a schedule.")
    if arn.split(":")[3] != region():
        raise ValueError(f"The target {arn} is not in this Region.")
    if arn.split(":")[2] == "events" and not target.get("EventBridgeParameters"):
        raise ValueError("EventBridgeParameters are required for an event bus.")
    if arn.split(":")[2] == "kinesis" and not target.get("KinesisParameters"):
        raise ValueError("KinesisParameters are required for a stream.")


def dead_letters(target: Mapping[str, Any]) -> str:
    """The ARN of the queue for what could not be delivered; empty if none is set."""
    return str((target.get("DeadLetterConfig") or {}).get("Arn") or "")


def group_arn(group: str) -> str:
    """The ARN of a schedule group: what a role's trust policy may ask for as the source."""
    return f"arn:aws:scheduler:{region()}:{account_id()}:schedule-group/{group}"


def deliver(place: Place, moment: float) -> None:
    """Call the target, in a thread."""
    name = f"schedule-{place.schedule['Name']}"
    threading.Thread(target=_deliver, args=(place, moment), daemon=True, name=name).start()


def _deliver(place: Place, moment: float) -> None:
    schedule, target = place.schedule, place.schedule["Target"]
    with scope(place.account_id, place.region):
        call = functools.partial(role_calls.call, target["RoleArn"], SERVICE, group_arn(schedule["GroupName"]))
        content = _content(schedule, moment)
        wanted = _wanted(target, content)
        try:
            call(wanted.service, wanted.operation, **wanted.parameters)
        except CallFailed as failed:
            logger.warning("%s: %s %s: %s", schedule["Arn"], wanted.operation, failed.code, failed.message)
            _bury(call, target, content, failed)


def _bury(call: Callable[..., Any], target: Mapping[str, Any], content: str, failed: CallFailed) -> None:
    """Send what could not be delivered to the dead-letter queue, if there is one."""
    queue = dead_letters(target)
    if not queue:
        return
    attributes = {"ERROR_CODE": failed.code or "SDK_CLIENT_ERROR", "ERROR_MESSAGE": failed.message[:1024] or "-"}
    described = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    try:
        call("sqs", "SendMessage", QueueUrl=_url(queue), MessageBody=content, MessageAttributes=described)
    except CallFailed as lost:
        logger.warning("%s: %s %s", queue, lost.code, lost.message)


def _content(schedule: Mapping[str, Any], moment: float) -> str:
    """The target's input, with what the schedule knows in the place of its keywords; by default an event."""
    shown = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    given = schedule["Target"].get("Input")
    if given is None:
        event = {
            "version": "0", "id": new_id(), "detail-type": "Scheduled Event", "source": "aws.scheduler",
            "account": account_id(), "time": shown, "region": region(), "resources": [schedule["Arn"]], "detail": "{}",
        }  # fmt: skip
        return json.dumps(event)
    keywords = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": shown,
        "execution-id": new_id(),
        "attempt-number": "1",
    }
    text = str(given)
    for name, value in keywords.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _wanted(target: Mapping[str, Any], content: str) -> _Call:
    arn = str(target["Arn"])
    if arn.startswith(_UNIVERSAL):
        service, operation = _universal(arn)
        return _Call(service, operation, json.loads(content))
    return _CALLS[arn.split(":")[2]](arn, content, target)


def _universal(arn: str) -> tuple[str, str]:
    """The service and the operation of a universal target."""
    service, _, operation = arn.removeprefix(_UNIVERSAL).partition(":")
    return _SDK_NAMES.get(service, service), operation[:1].upper() + operation[1:]


def _check_universal(arn: str, content: Any) -> None:
    service, operation = _universal(arn)
    if service not in SERVICES or operation not in operations.service_model(service).operation_names:
        raise ValueError(f"The local cloud does not support the target {arn} of a schedule.")
    try:
        parameters = json.loads(content or "")
    except (TypeError, ValueError):
        parameters = None
    if not isinstance(parameters, dict):
        raise ValueError("The Input of a universal target must be the JSON of the operation's parameters.")


def _invoke(arn: str, content: str, target: Mapping[str, Any]) -> _Call:
    return _Call("lambda", "Invoke", {"FunctionName": arn, "InvocationType": "Event", "Payload": content})


def _send(arn: str, content: str, target: Mapping[str, Any]) -> _Call:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    more = {"MessageGroupId": group} if group else {}
    return _Call("sqs", "SendMessage", {"QueueUrl": _url(arn), "MessageBody": content, **more})


def _publish(arn: str, content: str, target: Mapping[str, Any]) -> _Call:
    return _Call("sns", "Publish", {"TopicArn": arn, "Message": content})


def _start(arn: str, content: str, target: Mapping[str, Any]) -> _Call:
    return _Call("states", "StartExecution", {"stateMachineArn": arn, "input": content})


def _put_event(arn: str, content: str, target: Mapping[str, Any]) -> _Call:
    given = target["EventBridgeParameters"]
    entry = {"EventBusName": arn, "Source": given["Source"], "DetailType": given["DetailType"], "Detail": content}
    return _Call("events", "PutEvents", {"Entries": [entry]})


def _put_record(arn: str, content: str, target: Mapping[str, Any]) -> _Call:
    key = target["KinesisParameters"]["PartitionKey"]
    return _Call("kinesis", "PutRecord", {"StreamARN": arn, "Data": content.encode(), "PartitionKey": key})


def _url(queue_arn: str) -> str:
    *_, account, name = queue_arn.split(":")
    return f"http://localhost/{account}/{name}"


_CALLS: dict[str, Callable[[str, str, Mapping[str, Any]], _Call]] = {
    "lambda": _invoke,
    "sqs": _send,
    "sns": _publish,
    "states": _start,
    "events": _put_event,
    "kinesis": _put_record,
}
