"""Follows a running operation as events: the main stack, its stack set operation and both stack instances.

It only reads: interrupting it stops nothing in AWS, and it can be started again at any time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import AwsError, StackError, UnreachableError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks import describe, describe_changes
from mraa.stacks.models import Counts, OnCounts, StackDescription, StackEvent
from mraa.stacks.polling import poll_interval_s
from mraa.stacks.watch import causes, tally
from mraa.stacks.watch.stack_set import STACK_SET
from mraa.stacks.watch.tally import Tally
from mraa.statuses import Phase, operation_phase, stack_phase

# (Region, a stack's name in events) -> the logical ids that an update may touch
Expected = Mapping[tuple[str, str], frozenset[str]]

_START_TIMEOUT_S = 60
_UNREACHABLE_TIMEOUT_S = 300
_ELAPSED_MIN_S = 0.1

_PROGRESS = {
    Phase.PENDING: Progress.RUNNING,
    Phase.IN_PROGRESS: Progress.RUNNING,
    Phase.COMPLETE: Progress.DONE,
    Phase.FAILED: Progress.FAILED,
}
# CloudFormation's reasons without information
_NO_REASONS = (
    "User Initiated",
    "Resource creation Initiated",
    "Resource update Initiated",
    "Resource deletion Initiated",
)


@dataclass(frozen=True)
class OperationEnd:
    """How an operation ended: the stack, its instances' stacks (Region -> stack id) as far as seen, and the time."""

    stack: StackDescription
    instances: dict[str, str]
    elapsed_s: float


@dataclass
class _Follower:
    aws: Aws
    clock: Clock
    on_event: OnEvent
    stack: StackDescription
    instance_regions: tuple[str, ...]
    after: str
    expected: Expected
    instances: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    reported: set[tuple[str, ...]] = field(default_factory=set)
    begun_at: dict[tuple[str, ...], float] = field(default_factory=dict)
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    operation: str = ""


def follow_operation(
    aws: Aws,
    clock: Clock,
    on_event: OnEvent,
    stack: StackDescription,
    instance_regions: Iterable[str] = (),
    *,
    after: str = "",
    on_counts: OnCounts = lambda counts, elapsed_s: None,
    expected: Expected = MappingProxyType({}),
) -> OperationEnd:
    """Report what happens to ``stack`` until its operation has ended, successfully or not.

    ``after`` is the id of the newest event before the operation began: it has not ended before a later one.
    ``on_counts`` gets the counts of each stack after every poll; ``expected`` is what an update may touch.
    """
    follower = _Follower(aws, clock, on_event, stack, tuple(instance_regions), after, expected)
    begun = answered = clock.monotonic()
    while True:
        try:
            has_ended = _poll(follower, is_late=clock.monotonic() - begun > _START_TIMEOUT_S)
            answered = clock.monotonic()
        except UnreachableError as error:
            if clock.monotonic() - answered > _UNREACHABLE_TIMEOUT_S:
                raise UnreachableError(
                    error.message, "The operation continues in AWS: run this again to follow it.", code=error.code
                ) from error
            _report_once(follower, "unreachable", stack.region, error)
            has_ended = False
        elapsed_s = clock.monotonic() - begun
        on_counts(_counts(follower), elapsed_s)
        if has_ended:
            return OperationEnd(follower.stack, follower.instances, elapsed_s)
        clock.sleep(poll_interval_s(elapsed_s))


def require_success(aws: Aws, end: OperationEnd, instance_regions: Iterable[str], hint: str) -> StackDescription:
    """The stack after its operation; StackError with the first cause if it failed."""
    stack = end.stack
    if stack_phase(stack.status) is not Phase.FAILED:
        return stack
    cause = causes.first_cause(aws, stack, instance_regions, end.instances)
    raise StackError(
        f"Stack {stack.name} ended in {stack.status}. First cause: {cause.region}: {cause.logical_id} "
        f"({cause.resource_type}): {cause.reason}",
        hint,
    )


def _poll(follower: _Follower, *, is_late: bool) -> bool:
    """Report what is new; True once the operation has ended."""
    aws, stack = follower.aws, follower.stack
    # the stack first: when it has ended, all its events can be read
    now = describe.find_stack(aws, stack.region, stack.stack_id)
    follower.stack = now or replace(stack, status="DELETE_COMPLETE", reason="")
    events = describe.operation_events(aws, stack.region, stack.stack_id)
    has_begun = bool(events) and events[-1].event_id != follower.after
    if has_begun:
        old = next((n for n, event in enumerate(events, 1) if event.event_id == follower.after), 0)
        _report(follower, events[old:], stack.name)
        _report_nested(follower, events[old:])
        for region in follower.instance_regions:
            with _errors_noted(follower, region):
                _report_instance(follower, region, events[0].at)
        if follower.instance_regions:
            with _errors_noted(follower, stack.region):
                _report_operations(follower, events[0].at)
    has_ended = stack_phase(follower.stack.status) in (Phase.COMPLETE, Phase.FAILED)
    return has_ended and (has_begun or is_late or now is None)


def _report_instance(follower: _Follower, region: str, since: float) -> None:
    if region not in follower.instances:
        follower.instances |= describe.known_instances(follower.aws, follower.stack.region, _stack_set(follower))
    if region in follower.instances:
        events = describe.events_since(follower.aws, region, follower.instances[region], since)
        _report(follower, events, describe.INSTANCE)
        _report_nested(follower, events)


def _report_nested(follower: _Follower, events: Sequence[StackEvent]) -> None:
    """What happens in the nested stacks that events tell of, by their logical ids."""
    for name, stack_id in describe.nested_stacks(events).items():
        region = events[0].region
        with _errors_noted(follower, region):
            inner = describe.events_since(follower.aws, region, stack_id, events[0].at)
            _report(follower, inner, name)
            _report_nested(follower, inner)


def _report_operations(follower: _Follower, since: float) -> None:
    """The stack set operations that began in this one, each with its status."""
    region = follower.stack.region
    for operation in reversed(describe.stack_set_operations(follower.aws, region, _stack_set(follower))):
        begun = operation.get("CreationTimestamp")
        key = ("operation", operation["OperationId"], operation["Status"])
        if key in follower.reported or begun is None or begun.timestamp() < since:
            continue
        follower.reported.add(key)
        progress = _PROGRESS[operation_phase(operation["Status"])]
        follower.operation = f"{operation['Action']} {operation['Status']}"
        follower.on_event(Event(progress, STACK_SET, follower.operation, region))


def _stack_set(follower: _Follower) -> str:
    return names.stack_set(names.token(follower.stack.stack_id))


def _report(follower: _Follower, events: Iterable[StackEvent], name: str) -> None:
    for event in events:
        if event.event_id in follower.seen or event.status == "REVIEW_IN_PROGRESS":
            continue
        follower.seen.add(event.event_id)
        # an update and its rollback change the same resource, each with events of its own
        operation = event.event_id if describe.is_own(event) else _tally(follower, event, name).begun_by
        resource = (event.stack_id, event.logical_id, operation)
        work = (*resource, event.status.partition("_")[0])  # CREATE, UPDATE, DELETE, ...
        if stack_phase(event.status) is Phase.IN_PROGRESS:
            follower.begun_at.setdefault(work, event.at)
        counted = _count(follower, event, name)
        # CloudFormation reports IN_PROGRESS up to three times a resource; once is enough
        if (*resource, event.status) in follower.reported:
            continue
        follower.reported.add((*resource, event.status))
        phase = stack_phase(event.status)
        is_counted = counted.total is not None and phase is not Phase.IN_PROGRESS and not describe.is_own(event)
        elapsed_s = event.at - follower.begun_at.get(work, event.at)
        follower.on_event(
            Event(
                _PROGRESS[phase],
                name if describe.is_own(event) else event.logical_id,
                event.status,
                event.region,
                _reason(event, counted),
                done=counted.done if is_counted else None,
                total=counted.total if is_counted else None,
                elapsed_s=elapsed_s if elapsed_s >= _ELAPSED_MIN_S and phase is not Phase.IN_PROGRESS else None,
            )
        )
        # immediately: the rollback may delete the log
        for line in causes.function_log(follower.aws, event):
            follower.on_event(Event(Progress.NOTE, event.logical_id, "logged", event.region, line))


def _count(follower: _Follower, event: StackEvent, name: str) -> Tally:
    """The counts of the event's stack, the event included."""
    if not describe.is_own(event):
        counted = _tally(follower, event, name)
        counted.count(event)
        return counted
    if stack_phase(event.status) is Phase.IN_PROGRESS and not event.status.endswith("_CLEANUP_IN_PROGRESS"):
        # an operation begins, or its rollback
        follower.tallies[event.region, name] = replace(_new_tally(follower, event, name), begun_by=event.event_id)
    counted = _tally(follower, event, name)
    counted.status = event.status
    return counted


def _tally(follower: _Follower, event: StackEvent, name: str) -> Tally:
    return follower.tallies.setdefault((event.region, name), Tally())


def _new_tally(follower: _Follower, event: StackEvent, name: str) -> Tally:
    """Counts at zero, with what is known of the resources to come."""
    if event.status == "UPDATE_IN_PROGRESS":
        return Tally(follower.expected.get((event.region, name), frozenset()), is_at_most=True)
    if event.status in ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"):
        resources = describe_changes.template_resources(follower.aws, event.region, event.stack_id)
        # a creation touches every resource of the template, a deletion those that were created
        return Tally(tally.unconditional(resources.items()), is_at_most=event.status.startswith("DELETE"))
    return Tally()


def _reason(event: StackEvent, counted: Tally) -> str:
    if event.reason and not event.reason.startswith(_NO_REASONS):
        return event.reason
    is_end = describe.is_own(event) and stack_phase(event.status) is not Phase.IN_PROGRESS
    return tally.summary(counted.counts("", event.region, event.at)) if is_end and counted.done else ""


def _counts(follower: _Follower) -> list[Counts]:
    """The counts of the main stack, its stack set and both stack instances, as far as they were seen."""
    now = follower.clock.now()
    counts = [counted.counts(name, region, now) for (region, name), counted in follower.tallies.items()]
    if follower.operation:
        counts.insert(1, Counts(STACK_SET, follower.stack.region, follower.operation))
    return counts


@contextmanager
def _errors_noted(follower: _Follower, region: str) -> Iterator[None]:
    """Continue without what cannot be read just now: the main stack shows how the operation ends."""
    try:
        yield
    except AwsError as error:
        _report_once(follower, "unreadable", region, error)


def _report_once(follower: _Follower, what: str, region: str, error: AwsError) -> None:
    if (what, region) not in follower.reported:
        follower.reported.add((what, region))
        follower.on_event(Event(Progress.NOTE, region, "cannot be followed at the moment", reason=error.message))
