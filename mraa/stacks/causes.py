"""The first cause of a failure: the earliest resource that failed, in the right Region, with AWS's reason.

A failed stack set says "was unexpectedly stopped or failed" in the main stack; what happened stands in the history
of the stack instance's stack, in its own Region, or (where no stack came to be) in the stack set operation's results.
"""

import re
from collections.abc import Iterable

from mraa import names
from mraa.aws import Aws, translated
from mraa.errors import AwsError
from mraa.stacks import state
from mraa.stacks.models import Cause, StackEvent, StackFacts

# what CloudFormation says of resources that it stopped because of another one
_NOISE = re.compile(r"^(Resource (creation|update|deletion) cancelled|.*cancelled by the failure of )", re.IGNORECASE)

# the end of a reason given by a function of ours: where to read on
_LOG_PLACE = re.compile(r"\(function ([\w-]+), log stream ([^\s)]+)\)")
_LOG_LINES = 10


def first_cause(
    aws: Aws, stack: StackFacts, instance_regions: Iterable[str] = (), instances: dict[str, str] | None = None
) -> Cause:
    """Why the stack's latest operation failed.

    ``instances`` (Region -> stack id) are the instances' stacks as they were seen while it ran: a stack set that was
    rolled back can no longer be asked for them.
    """
    events = state.operation_events(aws, stack.region, stack.stack_id)
    failed = earliest_failure(events)
    if failed is None:
        # validation ends an operation before it touches any resource
        findings = state.validation_findings(aws, stack.region, StackName=stack.stack_id)
        reason = "; ".join(findings) or stack.reason or _own_reason(events)
        return Cause(stack.region, stack.name, state.STACK_TYPE, reason)
    cause = _cause(failed)
    if failed.resource_type != state.STACK_SET_TYPE:
        return cause
    return _regional_cause(aws, stack, list(instance_regions), dict(instances or {}), events[0].at) or cause


def earliest_failure(events: Iterable[StackEvent]) -> StackEvent | None:
    """The first resource to fail that was not merely cancelled; None where no resource did. ``events`` oldest first."""
    return next(
        (
            event
            for event in events
            if event.status.endswith("_FAILED") and not state.is_own(event) and not _NOISE.match(event.reason)
        ),
        None,
    )


def function_log(aws: Aws, event: StackEvent) -> list[str]:
    """The last lines that a custom resource's function logged before it answered with a failure.

    Our functions name themselves and the log stream in their answer. Empty for every other event, and where the log
    is gone already: a rolled back creation takes it along.
    """
    place = _LOG_PLACE.search(event.reason)
    if place is None or not event.status.endswith("_FAILED"):
        return []
    try:
        with translated("Reading a function's log", event.region):
            answer = aws.client("logs", event.region).get_log_events(
                logGroupName=f"/aws/lambda/{place[1]}", logStreamName=place[2], limit=_LOG_LINES
            )
    except AwsError:
        return []  # it only adds to a failure that is told anyway
    return [line.strip() for of in answer["events"] for line in of["message"].splitlines() if _is_telling(line)]


def _is_telling(line: str) -> bool:
    """False for what Lambda itself writes around every invocation."""
    return bool(line.strip()) and not line.startswith(("INIT_START", "START ", "END ", "REPORT "))


def _regional_cause(
    aws: Aws, stack: StackFacts, regions: list[str], instances: dict[str, str], since: float
) -> Cause | None:
    token = names.token(stack.stack_id)
    if set(regions) - set(instances):
        instances = state.instance_stacks(aws, stack.region, token, regions) | instances
    found = []
    for region, stack_id in instances.items():
        if (failed := earliest_failure(state.events_since(aws, region, stack_id, since))) is not None:
            found.append(failed)
    if found:
        return _cause(min(found, key=lambda event: event.at))
    stack_set = names.stack_set(token)
    for operation in state.stack_set_operations(aws, stack.region, stack_set)[:1]:
        results = state.operation_results(aws, stack.region, stack_set, operation["OperationId"])
        for region, (status, reason) in results.items():
            if status == "FAILED":
                return Cause(region, "StackSet", state.STACK_SET_TYPE, reason)
    return None


def _cause(event: StackEvent) -> Cause:
    return Cause(event.region, event.logical_id, event.resource_type, event.reason)


def _own_reason(events: Iterable[StackEvent]) -> str:
    """The stack's own last word where no resource of it failed."""
    reasons = [event.reason for event in events if state.is_own(event) and event.reason]
    return reasons[-1] if reasons else "CloudFormation gives no reason"
