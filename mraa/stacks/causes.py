"""The first cause of a failure: the earliest resource that failed, in the right Region, with AWS's reason.

A failed stack set says "was unexpectedly stopped or failed" in the main stack; what happened stands in the history
of the stack instance's stack, in its own Region, or (where no stack came to be) in the stack set operation's results.
"""

import re
from collections.abc import Iterable

from mraa.aws import Aws
from mraa.models import Cause, StackEvent, StackFacts
from mraa.stacks import state
from mraa.templates import names

# what CloudFormation says of resources that it stopped because of another one
_NOISE = re.compile(r"^(Resource (creation|update|deletion) cancelled|.*cancelled by the failure of )", re.IGNORECASE)


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
        return Cause(stack.region, stack.name, state.STACK_TYPE, stack.reason or _own_reason(events))
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
