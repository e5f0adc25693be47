"""What Lambda checks when an event source mapping is created or updated, and what the local cloud cannot do.

The engine takes nearly everything. A setting that would be ignored is refused.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import event_sources, queues, streams
from mraa_local.engine.scope import Answer, account_id, region

SERVICE = "lambda.amazonaws.com"
READING = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
REPORTS_ITEMS = "ReportBatchItemFailures"

# AWS's defaults for DynamoDB streams; the engine gives those of SQS, or none
DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 100,
    "MaximumRetryAttempts": -1,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumBatchingWindowInSeconds": 0,
    "BisectBatchOnFunctionError": False,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}
# settings that have to keep their default, because they would be ignored
_FIXED = (
    "MaximumRecordAgeInSeconds",
    "MaximumBatchingWindowInSeconds",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
)
_SETTINGS = (
    *DEFAULTS,
    "FunctionName",
    "EventSourceArn",
    "StartingPosition",
    "Enabled",
    "FunctionResponseTypes",
    "DestinationConfig",
    "FilterCriteria",
    "Tags",
)
_LIMITS = {"BatchSize": (1, 10_000), "MaximumRetryAttempts": (-1, 10_000)}
_OPERATORS: Mapping[str, type | tuple[type, ...]] = {
    "exists": bool,
    "prefix": str,
    "suffix": str,
    "anything-but": list,
}


class Refused(Exception):
    """A request is refused; ``code`` and ``status`` are Lambda's."""

    def __init__(self, message: str, code: str = "InvalidParameterValueException", status: int = 400) -> None:
        super().__init__(message)
        self.answer: Answer = event_sources.refusal(code, message, status)


def check_new(request: Mapping[str, Any], function: Mapping[str, Any]) -> None:
    """Raise Refused unless the mapping can be created for the function, of which there must be no other."""
    source = str(request.get("EventSourceArn") or "")
    check_settings(request)
    if ":dynamodb:" not in source:
        raise Refused(f"The local cloud does not support the event source {source}.")
    if not streams.exists(source):
        raise Refused(f"Stream not found: {source}")
    if request.get("StartingPosition") not in ("LATEST", "TRIM_HORIZON"):
        raise Refused("Stream event sources require a StartingPosition, LATEST or TRIM_HORIZON.")
    for other in event_sources.here():
        if (other["EventSourceArn"], other["FunctionArn"]) == (source, function["FunctionArn"]):
            raise Refused(
                f'The event source arn (" {source} ") and function (" {request["FunctionName"]} ") provided mapping '
                f"already exists. Please update or delete the existing mapping with UUID {other['UUID']}",
                "ResourceConflictException",
                409,
            )
    check_role(source, request, function)


def check_settings(request: Mapping[str, Any]) -> None:
    """Raise Refused for a value out of its range, or one that would be ignored."""
    unknown = sorted(request.keys() - set(_SETTINGS))
    ignored = sorted(name for name in _FIXED if request.get(name, DEFAULTS[name]) != DEFAULTS[name])
    if unknown or ignored:
        raise Refused(f"The local cloud does not support {(unknown + ignored)[0]} of an event source mapping.")
    for name, (lowest, highest) in _LIMITS.items():
        if not lowest <= int(request.get(name, DEFAULTS[name])) <= highest:
            raise Refused(f"{name} must be between {lowest} and {highest}.")
    if not set(request.get("FunctionResponseTypes") or ()) <= {REPORTS_ITEMS}:
        raise Refused(f"The only function response type is {REPORTS_ITEMS}.")
    for entry in (request.get("FilterCriteria") or {}).get("Filters") or []:
        _check_pattern(str(entry.get("Pattern", "")))
    _check_destination(request)


def check_role(source: str, request: Mapping[str, Any], function: Mapping[str, Any]) -> None:
    """Raise Refused unless the function's role may read the stream, and send to the destination if there is one."""
    role = execution_role(function)
    if not may_read(role, source):
        raise Refused(
            f"Cannot access stream {source}. Please ensure the role can perform the GetRecords, GetShardIterator, "
            "DescribeStream, and ListStreams Actions on your stream in IAM."
        )
    queue = destination(request)
    if queue and not may_send(role, queue):
        raise Refused("The provided execution role does not have permissions to call SendMessage on SQS")


def execution_role(function: Mapping[str, Any]) -> ServiceRole:
    """The function's role as Lambda sees it."""
    return ServiceRole(str(function["Role"]), SERVICE, source_arn=str(function["FunctionArn"]))


def may_read(role: ServiceRole, stream_arn: str) -> bool:
    """Whether the role lets Lambda read the stream."""
    return all(role.may(f"dynamodb:{action}", stream_arn, region()) for action in READING)


def may_send(role: ServiceRole, queue_arn: str) -> bool:
    """Whether the role, and the queue's policy, let Lambda send a message."""
    policy = queues.policy(queue_arn)
    return role.may("sqs:SendMessage", queue_arn, region(), resource_policy=policy or None)


def destination(request_or_mapping: Mapping[str, Any]) -> str:
    """The ARN of the queue for what is given up; empty if none is set."""
    configured = request_or_mapping.get("DestinationConfig") or {}
    return str((configured.get("OnFailure") or {}).get("Destination") or "")


def _check_destination(request: Mapping[str, Any]) -> None:
    configured = request.get("DestinationConfig") or {}
    queue = destination(request)
    if configured.get("OnSuccess"):
        raise Refused("OnSuccess destinations are not supported for stream event sources.")
    if not queue:
        return
    if not queue.startswith(f"arn:aws:sqs:{region()}:{account_id()}:"):
        raise Refused(f"The local cloud supports queues of this Region as OnFailure destination only, not {queue}.")
    if queue.endswith(".fifo") or not queues.exists(queue):
        raise Refused(f"The destination {queue} is not a standard queue that exists.")


def _check_pattern(text: str) -> None:
    try:
        pattern = json.loads(text)
    except ValueError:
        pattern = None
    if not isinstance(pattern, dict) or not pattern:
        raise Refused("Invalid filter pattern definition.")
    for leaf in _leaves(pattern):
        if isinstance(leaf, dict):
            operator, operand = next(iter(leaf.items())) if len(leaf) == 1 else ("", None)
            if operator not in _OPERATORS or not isinstance(operand, _OPERATORS[operator]):
                raise Refused(f"The local cloud does not support {json.dumps(leaf)} in a filter pattern.")


def _leaves(pattern: Mapping[str, Any]) -> Iterator[Any]:
    """The alternatives that a pattern allows, of all its fields."""
    for name, allowed in pattern.items():
        if isinstance(allowed, dict):
            yield from _leaves(allowed)
        elif isinstance(allowed, list) and name != "$or":
            yield from allowed
        else:
            raise Refused(f"The local cloud does not support {name} with {json.dumps(allowed)} in a filter pattern.")
