"""Verifying a state that was set: record, fences and APIs of its own Region, then what the peer Region sees."""

from mraa.aws import Aws, Clock
from mraa.errors import AwsError, MraaError, StateConflictError, UnreachableError
from mraa.recovery.application import Application
from mraa.recovery.models import AppState, AppStateName, RegionInfo
from mraa.recovery.regions.state import api_state, fence_problem, read_state
from mraa.recovery.retries import ATTEMPTS

_VERIFY_S = 30.0
_PEER_S = 15.0
_FORCED_S = 2.0  # the switch is made by then: time for one cold start, or for the usual lag
_POLL_S = 0.3


def wait_for_state(
    aws: Aws, clock: Clock, info: RegionInfo, state: AppStateName, last_set: AppState | None
) -> AppState:
    """The record of this Region once it and all fences say ``state``.

    StateConflictError if somebody else set another one after ``last_set``, MraaError after the time-out.
    """
    until = clock.monotonic() + _VERIFY_S
    while True:
        record, fences = read_state(aws, info, attempts=ATTEMPTS, clock=clock)
        problem = fence_problem(record, fences)
        if record.state is state and not problem:
            return record
        if record.state is not state and last_set and record.epoch > last_set.epoch:
            raise state_changed(record)
        if clock.monotonic() >= until:
            raise MraaError(
                f"{info.region} says {record.state} at epoch {record.epoch}, not {state}"
                f"{'; ' + problem if problem else ''}.",
                "Run the same command again: it sets all fences.",
            )
        clock.sleep(_POLL_S)


def wait_for_apis(
    aws: Aws, clock: Clock, application: Application, info: RegionInfo, record: AppState, *, is_forced: bool
) -> str:
    """What is wrong with the Region's APIs, checked repeatedly: a first request may meet a cold start.

    StateConflictError if they answer with a later change.
    """
    until = clock.monotonic() + (_FORCED_S if is_forced else _VERIFY_S)
    while True:
        body, problem = api_state(aws, info)
        if not problem and (body["state"], body.get("epoch")) != (record.state, record.epoch):
            latest, _ = read_state(aws, info, attempts=ATTEMPTS, clock=clock)
            if latest.epoch > record.epoch:
                raise state_changed(latest)
            problem = f"GET /state says {body['state']} at epoch {body.get('epoch')}"
        problem = problem or application.problem(aws, info)
        if not problem or clock.monotonic() >= until:
            return problem
        clock.sleep(_POLL_S)


def wait_for_peer(aws: Aws, clock: Clock, info: RegionInfo, record: AppState, *, is_forced: bool) -> tuple[str, bool]:
    """What is wrong with the peer Region after some time, empty once it sees the same; and whether it answers.

    StateConflictError if it has a later change.
    """
    until = clock.monotonic() + (_FORCED_S if is_forced else _PEER_S)
    behind = f"{info.region} does not see epoch {record.epoch} yet"
    while True:
        try:
            seen, fences = read_state(aws, info)
        except UnreachableError:
            return behind, False
        except AwsError as error:
            return f"{behind}: {error.message}", False
        if seen.epoch > record.epoch:
            raise state_changed(seen)
        is_same = (seen.state, seen.writable_region, seen.epoch) == (record.state, record.writable_region, record.epoch)
        if is_same and not fence_problem(seen, fences):
            return "", True
        if clock.monotonic() >= until:
            return f"{behind}: it says {seen.state} at epoch {seen.epoch}", True
        clock.sleep(_POLL_S)


def state_changed(record: AppState) -> StateConflictError:
    """Somebody else changed the state since the plan was made."""
    return StateConflictError(
        f"{record.updated_by or 'Somebody'} set the state to {record.state} at epoch {record.epoch} meanwhile.",
        "See `mraa status` and decide again.",
    )
