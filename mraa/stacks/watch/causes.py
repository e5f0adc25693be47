"""The first cause of a failure: the earliest resource that failed, in the right Region, with AWS's reason.

For a failed stack set the main stack says only "was unexpectedly stopped or failed". The reason is in the events of the
stack instance's stack, in its own Region, or (if no stack was created) in the results of the stack set operation.
"""

import re
from collections.abc import Iterable

from mraa import names
from mraa.aws import Aws, call
from mraa.errors import AwsError
from mraa.stacks import describe, describe_changes
from mraa.stacks.models import Cause, StackDescription, StackEvent

# CloudFormation's reason for resources that it stopped because of another one
_CANCELLED = re.compile(r"^(Resource (creation|update|deletion) cancelled|.*cancelled by the failure of )", re.I)

# the end of a reason given by one of our functions: where its log is
_LOG_STREAM = re.compile(r"\(function ([\w-]+), log stream ([^\s)]+)\)")
_LOG_LINES = 10


def first_cause(
    aws: Aws, stack: StackDescription, instance_regions: Iterable[str] = (), instances: dict[str, str] | None = None
) -> Cause:
    """Why the stack's latest operation failed.

    ``instances`` (Region -> stack id) are the stack instances' stacks seen while it ran: a stack set that was rolled
    back no longer lists them.
    """
    events = describe.operation_events(aws, stack.region, stack.stack_id)
    failed = earliest_failure(events)
    if failed is None:
        # validation ends an operation before it touches any resource
        errors = describe_changes.validation_errors(aws, stack.region, StackName=stack.stack_id)
        reason = "; ".join(errors) or _rollback_reason(events) or stack.reason or "CloudFormation gives no reason"
        return Cause(stack.region, stack.name, describe.STACK_TYPE, reason)
    cause = _cause(_innermost(aws, failed, events[0].at))
    if failed.resource_type != describe.STACK_SET_TYPE:
        return cause
    return _regional_cause(aws, stack, list(instance_regions), dict(instances or {}), events[0].at) or cause


def earliest_failure(events: Iterable[StackEvent]) -> StackEvent | None:
    """The first resource that failed and was not merely cancelled, or None. ``events`` oldest first."""
    return next(
        (
            event
            for event in events
            if event.status.endswith("_FAILED") and not describe.is_own(event) and not _CANCELLED.match(event.reason)
        ),
        None,
    )


def _innermost(aws: Aws, failed: StackEvent, since: float) -> StackEvent:
    """Where a nested stack failed, what failed in it: its parent says only that it was not successful."""
    if not describe.nested_stacks([failed]):
        return failed
    inner = earliest_failure(describe.events_since(aws, failed.region, failed.physical_id, since))
    return _innermost(aws, inner, since) if inner else failed


def function_log(aws: Aws, event: StackEvent) -> list[str]:
    """The last lines that a custom resource's function logged before it reported its failure.

    Our functions name themselves and the log stream in the reason. Empty for every other event, and if the log was
    already deleted: the rollback of a creation deletes it.
    """
    place = _LOG_STREAM.search(event.reason)
    if place is None or not event.status.endswith("_FAILED"):
        return []
    try:
        answer = call(
            aws.client("logs", event.region).get_log_events,
            "Reading a function's log",
            event.region,
            logGroupName=f"/aws/lambda/{place[1]}",
            logStreamName=place[2],
            limit=_LOG_LINES,
        )
    except AwsError:
        return []  # it only adds details to a failure that is reported anyway
    return [line.strip() for of in answer["events"] for line in of["message"].splitlines() if _is_from_function(line)]


def _is_from_function(line: str) -> bool:
    """False for the lines that Lambda itself writes around every invocation."""
    return bool(line.strip()) and not line.startswith(("INIT_START", "START ", "END ", "REPORT "))


def _regional_cause(
    aws: Aws, stack: StackDescription, regions: list[str], instances: dict[str, str], since: float
) -> Cause | None:
    token = names.token(stack.stack_id)
    if set(regions) - set(instances):
        instances = describe.instance_stacks(aws, stack.region, token, regions) | instances
    found = []
    for region, stack_id in instances.items():
        if (failed := earliest_failure(describe.events_since(aws, region, stack_id, since))) is not None:
            found.append(_innermost(aws, failed, since))
    if found:
        return _cause(min(found, key=lambda event: event.at))
    stack_set = names.stack_set(token)
    for operation in describe.stack_set_operations(aws, stack.region, stack_set)[:1]:
        results = describe.operation_results(aws, stack.region, stack_set, operation["OperationId"])
        for region, (status, reason) in results.items():
            if status == "FAILED":
                return Cause(region, "StackSet", describe.STACK_SET_TYPE, reason)
    return None


def _cause(event: StackEvent) -> Cause:
    return Cause(event.region, event.logical_id, event.resource_type, event.reason)


def _rollback_reason(events: Iterable[StackEvent]) -> str:
    """Why the stack itself failed: on AWS it stands on the event that begins the rollback."""
    return next((event.reason for event in events if _begins_rollback(event) and event.reason), "")


def _begins_rollback(event: StackEvent) -> bool:
    is_begin = event.status.endswith("ROLLBACK_IN_PROGRESS") or event.status.endswith("_FAILED")
    return is_begin and describe.is_own(event)
