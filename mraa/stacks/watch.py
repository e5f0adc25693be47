"""Follows a running operation: the main stack, its stack set's operation and both stack instances, as events.

It only reads: stopping it stops nothing in AWS, and it can be started again at any time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import AwsError, StackError, UnreachableError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks import causes, state, tally
from mraa.stacks.models import Counts, OnCounts, StackEvent, StackFacts
from mraa.stacks.tally import Tally
from mraa.statuses import Phase, operation_phase, stack_phase

# how the stack set is called where it is told of
STACK_SET = "stack set"

# (Region, a stack's name as it is told) -> the logical ids that an update may touch
Expected = Mapping[tuple[str, str], frozenset[str]]

# quick at first, gentle on CloudFormation's request limits later
_POLL_MIN_S = 0.2
_POLL_MAX_S = 5.0
_POLL_GROWTH = 20  # a twentieth of the time that has passed

_START_TIMEOUT_S = 60
_PATIENCE_S = 300
_WORTH_TELLING_S = 0.1

_PROGRESS = {
    Phase.PENDING: Progress.RUNNING,
    Phase.IN_PROGRESS: Progress.RUNNING,
    Phase.COMPLETE: Progress.DONE,
    Phase.FAILED: Progress.FAILED,
}
# CloudFormation's reasons that say nothing
_CHATTER = ("User Initiated", "Resource creation Initiated", "Resource update Initiated", "Resource deletion Initiated")


@dataclass(frozen=True)
class Followed:
    """How it ended: the stack, its instances' stacks (Region -> stack id) as far as they were seen, and the time."""

    stack: StackFacts
    instances: dict[str, str]
    elapsed_s: float


@dataclass
class _Follower:
    aws: Aws
    clock: Clock
    on_event: OnEvent
    stack: StackFacts
    instance_regions: tuple[str, ...]
    after: str
    expected: Expected
    instances: dict[str, str] = field(default_factory=dict)
    told: set[tuple[str, ...]] = field(default_factory=set)
    begun_at: dict[tuple[str, ...], float] = field(default_factory=dict)
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    operation: str = ""


def follow(
    aws: Aws,
    clock: Clock,
    on_event: OnEvent,
    stack: StackFacts,
    instance_regions: Iterable[str] = (),
    *,
    after: str = "",
    on_counts: OnCounts = lambda counts, elapsed_s: None,
    expected: Expected = MappingProxyType({}),
) -> Followed:
    """Tell what happens to ``stack`` until its operation has ended, well or not.

    ``after`` is the id of the newest event before the operation was begun: it has not ended before a later one.
    ``on_counts`` is told after every look how far each stack is; ``expected`` lets it say how much an update has to do.
    """
    follower = _Follower(aws, clock, on_event, stack, tuple(instance_regions), after, expected)
    begun = answered = clock.monotonic()
    while True:
        try:
            has_ended = _poll(follower, is_late=clock.monotonic() - begun > _START_TIMEOUT_S)
            answered = clock.monotonic()
        except UnreachableError as error:
            if clock.monotonic() - answered > _PATIENCE_S:
                raise UnreachableError(
                    error.message, "The operation goes on in AWS: run this again to follow it.", code=error.code
                ) from error
            _tell_once(follower, "unreachable", stack.region, error)
            has_ended = False
        elapsed_s = clock.monotonic() - begun
        on_counts(_counts(follower), elapsed_s)
        if has_ended:
            return Followed(follower.stack, follower.instances, elapsed_s)
        clock.sleep(min(_POLL_MAX_S, _POLL_MIN_S + elapsed_s / _POLL_GROWTH))


def wait_for_stack_set(
    aws: Aws, clock: Clock, on_event: OnEvent, stack: StackFacts, is_over: Callable[[str], bool]
) -> None:
    """Wait until no operation runs on the stack's stack set, telling of each; ``is_over`` judges a status."""
    told: set[tuple[str, str]] = set()
    begun = clock.monotonic()
    while True:
        running = [
            (of["OperationId"], of["Action"], of["Status"])
            for of in state.stack_set_operations(aws, stack.region, _stack_set(stack))
            if not is_over(of["Status"])
        ]
        if not running:
            return
        for operation_id, action, status in running:
            if (operation_id, status) not in told:
                told.add((operation_id, status))
                text = f"{action} {status}, operation {operation_id}: waiting for its end"
                on_event(Event(Progress.RUNNING, STACK_SET, text, stack.region))
        clock.sleep(min(_POLL_MAX_S, _POLL_MIN_S + (clock.monotonic() - begun) / _POLL_GROWTH))


def require_success(aws: Aws, followed: Followed, instance_regions: Iterable[str], hint: str) -> StackFacts:
    """The stack as it is now; StackError with the first cause where its operation failed."""
    stack = followed.stack
    if stack_phase(stack.status) is not Phase.FAILED:
        return stack
    cause = causes.first_cause(aws, stack, instance_regions, followed.instances)
    raise StackError(
        f"Stack {stack.name} ended in {stack.status}. First cause: {cause.region}: {cause.logical_id} "
        f"({cause.resource_type}): {cause.reason}",
        hint,
    )


def _poll(follower: _Follower, *, is_late: bool) -> bool:
    """Tell what is new; True once the operation has ended."""
    aws, stack = follower.aws, follower.stack
    # the stack first: when it has ended, all its events can be read
    now = state.find_stack(aws, stack.region, stack.stack_id)
    follower.stack = now or replace(stack, status="DELETE_COMPLETE", reason="")
    events = state.operation_events(aws, stack.region, stack.stack_id)
    has_begun = bool(events) and events[-1].event_id != follower.after
    if has_begun:
        old = next((n for n, event in enumerate(events, 1) if event.event_id == follower.after), 0)
        _tell(follower, events[old:], stack.name)
        for region in follower.instance_regions:
            _patiently(follower, region, partial(_tell_instance, follower, region, events[0].at))
        if follower.instance_regions:
            _patiently(follower, stack.region, partial(_tell_operations, follower, events[0].at))
    has_ended = stack_phase(follower.stack.status) in (Phase.COMPLETE, Phase.FAILED)
    return has_ended and (has_begun or is_late or now is None)


def _tell_instance(follower: _Follower, region: str, since: float) -> None:
    if region not in follower.instances:
        follower.instances |= state.known_instances(follower.aws, follower.stack.region, _stack_set(follower.stack))
    if region in follower.instances:
        events = state.events_since(follower.aws, region, follower.instances[region], since)
        _tell(follower, events, state.INSTANCE)


def _tell_operations(follower: _Follower, since: float) -> None:
    """The stack set's operations that began in this one, and how far each Region is in them."""
    stack, stack_set = follower.stack, _stack_set(follower.stack)
    for operation in reversed(state.stack_set_operations(follower.aws, stack.region, stack_set)):
        begun = operation.get("CreationTimestamp")
        key = ("operation", operation["OperationId"], operation["Status"])
        if key in follower.told or begun is None or begun.timestamp() < since:
            continue
        follower.told.add(key)
        progress = _PROGRESS[operation_phase(operation["Status"])]
        follower.operation = f"{operation['Action']} {operation['Status']}"
        follower.on_event(Event(progress, STACK_SET, follower.operation, stack.region))


def _stack_set(stack: StackFacts) -> str:
    return names.stack_set(names.token(stack.stack_id))


def _tell(follower: _Follower, events: Iterable[StackEvent], name: str) -> None:
    for event in events:
        thing = (event.stack_id, event.logical_id)
        work = (*thing, event.status.partition("_")[0])  # CREATE, UPDATE, DELETE, ...
        if stack_phase(event.status) is Phase.IN_PROGRESS:
            follower.begun_at.setdefault(work, event.at)
        # CloudFormation says IN_PROGRESS up to three times a resource; once is enough
        is_news = (*thing, event.status) not in follower.told
        if not is_news or event.status == "REVIEW_IN_PROGRESS":
            continue
        follower.told.add((*thing, event.status))
        counted = _tally(follower, event, name)
        phase = stack_phase(event.status)
        is_counted = counted.total is not None and phase is not Phase.IN_PROGRESS and not state.is_own(event)
        elapsed_s = event.at - follower.begun_at.get(work, event.at)
        follower.on_event(
            Event(
                _PROGRESS[phase],
                name if state.is_own(event) else event.logical_id,
                event.status,
                event.region,
                _reason(event, counted),
                done=counted.done if is_counted else None,
                total=counted.total if is_counted else None,
                elapsed_s=elapsed_s if elapsed_s >= _WORTH_TELLING_S and phase is not Phase.IN_PROGRESS else None,
            )
        )
        # at once: the rollback may take the log away
        for line in causes.function_log(follower.aws, event):
            follower.on_event(Event(Progress.NOTE, event.logical_id, "logged", event.region, line))


def _tally(follower: _Follower, event: StackEvent, name: str) -> Tally:
    """The counts of the event's stack, the event included."""
    key = (event.region, name)
    if not state.is_own(event):
        counted = follower.tallies.setdefault(key, Tally())
        counted.count(event)
        return counted
    if stack_phase(event.status) is Phase.IN_PROGRESS and not event.status.endswith("_CLEANUP_IN_PROGRESS"):
        # an operation begins, or turns into its rollback
        follower.tallies[key] = _begun(follower, event, name)
    counted = follower.tallies.setdefault(key, Tally())
    counted.status = event.status
    return counted


def _begun(follower: _Follower, event: StackEvent, name: str) -> Tally:
    """Counts that begin, with what is known of all there is to do."""
    if event.status == "UPDATE_IN_PROGRESS":
        return Tally(follower.expected.get((event.region, name), frozenset()), is_at_most=True)
    if event.status in ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"):
        resources = state.template_resources(follower.aws, event.region, event.stack_id)
        # a creation touches every resource of the template, a deletion those that had come to be
        return Tally(tally.unconditional(resources.items()), is_at_most=event.status.startswith("DELETE"))
    return Tally()


def _reason(event: StackEvent, counted: Tally) -> str:
    if event.reason and not event.reason.startswith(_CHATTER):
        return event.reason
    is_end = state.is_own(event) and stack_phase(event.status) is not Phase.IN_PROGRESS
    return tally.told(counted.counts("", event.region, event.at)) if is_end and counted.done else ""


def _counts(follower: _Follower) -> list[Counts]:
    """How far the main stack, its stack set and both stack instances are, as far as they were seen."""
    now = follower.clock.now()
    counts = [counted.counts(name, region, now) for (region, name), counted in follower.tallies.items()]
    if follower.operation:
        counts.insert(1, Counts(STACK_SET, follower.stack.region, follower.operation))
    return counts


def _patiently(follower: _Follower, region: str, look: Callable[[], None]) -> None:
    """Do without what a Region cannot tell just now: the main stack says how it ends."""
    try:
        look()
    except AwsError as error:
        _tell_once(follower, "unreadable", region, error)


def _tell_once(follower: _Follower, what: str, region: str, error: AwsError) -> None:
    if (what, region) not in follower.told:
        follower.told.add((what, region))
        follower.on_event(Event(Progress.NOTE, region, "cannot be followed just now", reason=error.message))
