"""What Lambda checks when an event source mapping is created or updated, and what the local cloud cannot do.

The engine takes nearly everything. A setting that would be ignored is refused.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import event_sources, queues
from mraa_local.engine.scope import Answer, account_id, region
from mraa_local.event_sources import kinds
from mraa_local.event_sources.kinds import Kind

SERVICE = "lambda.amazonaws.com"
REPORTS_ITEMS = "ReportBatchItemFailures"
_QUEUE_BATCH = 10

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


def check_new(request: Mapping[str, Any], function: Mapping[str, Any]) -> Kind:
    """The kind of the source; raises Refused unless the mapping can be created, of which there must be no other."""
    source = str(request.get("EventSourceArn") or "")
    try:
        kind = kinds.of(source)
    except LookupError:
        raise Refused(f"The local cloud does not support the event source {source}.") from None
    check_settings(kind, request)
    if not (source.startswith(f"arn:aws:{kind.service}:{region()}:{account_id()}:") and kind.exists(source)):
        raise Refused(f"{kind.noun.capitalize()} not found: {source}")
    if "StartingPosition" in kind.settings and request.get("StartingPosition") not in ("LATEST", "TRIM_HORIZON"):
        raise Refused("Stream event sources require a StartingPosition, LATEST or TRIM_HORIZON.")
    for other in event_sources.here():
        if (other["EventSourceArn"], other["FunctionArn"]) == (source, function["FunctionArn"]):
            raise Refused(
                f'The event source arn (" {source} ") and function (" {request["FunctionName"]} ") provided mapping '
                f"already exists. Please update or delete the existing mapping with UUID {other['UUID']}",
                "ResourceConflictException",
                409,
            )
    if kind is kinds.SQS:
        _check_time_outs(source, function)
    check_role(kind, source, request, function)
    return kind


def check_settings(kind: Kind, request: Mapping[str, Any]) -> None:
    """Raise Refused for a value out of its range, or one that would be ignored."""
    unknown = sorted(request.keys() - set(kind.settings))
    ignored = sorted(name for name in kind.fixed if request.get(name, kind.defaults[name]) != kind.defaults[name])
    if unknown or ignored:
        name = (unknown + ignored)[0]
        raise Refused(f"The local cloud does not support {name} of an event source mapping of a {kind.noun}.")
    given = {**kind.defaults, **request}
    for name, (lowest, highest) in kind.limits.items():
        if not lowest <= int(given[name]) <= highest:
            raise Refused(f"{name} must be between {lowest} and {highest}.")
    if kind is kinds.SQS:
        _check_queue_batch(str(request.get("EventSourceArn") or ""), given)
    if not set(request.get("FunctionResponseTypes") or ()) <= {REPORTS_ITEMS}:
        raise Refused(f"The only function response type is {REPORTS_ITEMS}.")
    for entry in (request.get("FilterCriteria") or {}).get("Filters") or []:
        _check_pattern(str(entry.get("Pattern", "")))
    _check_destination(request)


def check_role(kind: Kind, source: str, request: Mapping[str, Any], function: Mapping[str, Any]) -> None:
    """Raise Refused unless the function's role may read the source, and send to the destination if there is one."""
    role = execution_role(function)
    denied = _denied(role, kind, source)
    if denied and kind is kinds.SQS:
        raise Refused(f"The function execution role does not have permissions to call {denied[0]} on SQS")
    if denied:
        *first, last = kind.reading
        raise Refused(
            f"Cannot access stream {source}. Please ensure the role can perform the {', '.join(first)}, and {last} "
            "Actions on your stream in IAM."
        )
    queue = destination(request)
    if queue and not may_send(role, queue):
        raise Refused("The provided execution role does not have permissions to call SendMessage on SQS")


def execution_role(function: Mapping[str, Any]) -> ServiceRole:
    """The function's role as Lambda sees it."""
    return ServiceRole(str(function["Role"]), SERVICE, source_arn=str(function["FunctionArn"]))


def may_read(role: ServiceRole, kind: Kind, mapping: Mapping[str, Any]) -> bool:
    """Whether the role lets Lambda read the mapping's source."""
    return not _denied(role, kind, str(mapping["EventSourceArn"]))


def _denied(role: ServiceRole, kind: Kind, source: str) -> list[str]:
    """The actions that Lambda may not do under the role; a queue's policy may deny them too."""
    policy = queues.policy(source) if kind is kinds.SQS else ""
    return [
        action
        for action in kind.reading
        if not role.may(f"{kind.service}:{action}", source, region(), resource_policy=policy or None)
    ]


def _check_time_outs(queue: str, function: Mapping[str, Any]) -> None:
    visible_s, function_s = queues.visibility_timeout_s(queue), int(function.get("Timeout") or 3)
    if visible_s < function_s:
        raise Refused(
            f"Queue visibility timeout: {visible_s} seconds is less than Function timeout: {function_s} seconds"
        )


def _check_queue_batch(queue: str, given: Mapping[str, Any]) -> None:
    if int(given["BatchSize"]) <= _QUEUE_BATCH:
        return
    if queue.endswith(".fifo"):
        raise Refused(f"Batch size of a FIFO queue must be between 1 and {_QUEUE_BATCH}.")
    if int(given["MaximumBatchingWindowInSeconds"]) < 1:
        raise Refused(
            f"Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than "
            f"{_QUEUE_BATCH}"
        )


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
