"""Changing the state: the AppStateUpdater function of one Region is asked, and the table says what came of it.

The function is the only writer of the state. What its answer says is not the last word: an answer can be lost, and
the SDK sends a call again when it hears nothing, so that the second one finds the first one's work and calls it a
conflict. Every change therefore carries a mark of its own in ``updatedBy``, and the record is read afterwards.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mraa.aws import Aws, Clock, translated
from mraa.errors import AwsError, MraaError, StateConflictError, UnreachableError
from mraa.recovery.models import AppState, RegionalFacts
from mraa.recovery.patience import patiently
from mraa.recovery.regions.state import fence_problem, read_state

_READ_ATTEMPTS = 3
_SETTLE_S = 10.0  # a call whose answer was lost may still be at work for so long
_POLL_S = 0.5
_REQUESTED_BY_LIMIT = 256  # the function cuts there, and the mark comes last

_CONFLICTS = {"StateConflict", "TransitionRefused"}
_MAY_YET_COME = {"ChangeIncomplete", "StateChangeFailed"}


@dataclass(frozen=True)
class Change:
    """One change of state, as asked of one Region. ``mark`` is unlike any other change's."""

    new_state: str
    expected_state: str
    expected_epoch: int
    requested_by: str
    mark: str
    reason: str = ""
    is_forced: bool = False

    @property
    def signature(self) -> str:
        """What ``updatedBy`` says after this change and no other."""
        tail = f" [{self.mark}]"
        return self.requested_by[: _REQUESTED_BY_LIMIT - len(tail)] + tail


def set_state(aws: Aws, clock: Clock, facts: RegionalFacts, change: Change) -> AppState:
    """Make the change in this Region; return the record once all fences agree with it.

    Raises StateConflictError where somebody else changed the state, MraaError where it was not done or not all of it.
    """
    try:
        _invoke(aws, facts, change)
        lost: MraaError | None = None
    except MraaError as error:
        lost = error
    record, is_whole = _outcome(aws, clock, facts, change, is_answered=lost is None)
    if record.updated_by != change.signature:
        raise lost or StateConflictError(
            f"{record.updated_by or 'Somebody'} set the state in {facts.region} to {record.state} at epoch "
            f"{record.epoch} right after this change.",
            "See `mraa status` and decide again.",
        )
    if not is_whole:
        raise lost or MraaError(
            f"The state in {facts.region} is {record.state}, but not all fences say so yet.",
            "Run the same command again: it sets them all.",
        )
    return record


def _invoke(aws: Aws, facts: RegionalFacts, change: Change) -> None:
    payload = {
        "AppId": facts.app_id,
        "TableName": facts.app_config_table,
        "NewState": change.new_state,
        "ExpectedState": change.expected_state,
        "ExpectedEpoch": change.expected_epoch,
        "Force": change.is_forced,
        "Reason": change.reason,
        "RequestedBy": change.signature,
    }
    name = facts.app_state_updater_function
    try:
        with translated(f"Invoking {name}", facts.region):
            answer = aws.client("lambda", facts.region).invoke(FunctionName=name, Payload=json.dumps(payload).encode())
            told = answer["Payload"].read()
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            raise MraaError(
                f"The function {name} does not exist in {facts.region}.",
                "Run `mraa deploy` to have it made again; without it the state can only be written by hand.",
            ) from error
        raise
    if answer.get("FunctionError"):
        raise _function_error(facts, change, told)


def _function_error(facts: RegionalFacts, change: Change, told: bytes) -> MraaError:
    """What the function raised (``{"errorType", "errorMessage"}``) as one of our errors."""
    try:
        document = json.loads(told)
    except ValueError:
        document = None
    values: Mapping[str, Any] = document if isinstance(document, dict) else {}
    kind, text = str(values.get("errorType", "")), str(values.get("errorMessage", "no reason given"))
    # a time-out has no type, and its message starts with the time and a request id
    text = re.sub(r"^\S+Z \S+ ", "", text)
    what = f"Setting {change.new_state} in {facts.region} failed: {text}"
    if kind in _CONFLICTS:
        return StateConflictError(what, "See `mraa status` for who changed it and why.")
    if kind in _MAY_YET_COME or "timed out" in text:
        return MraaError(what, "Run the same command again: it goes on from what is there.")
    return MraaError(what, "See the function's log group in this Region.")


def _outcome(
    aws: Aws, clock: Clock, facts: RegionalFacts, change: Change, *, is_answered: bool
) -> tuple[AppState, bool]:
    """The record as it is now, and whether all fences agree with it.

    Where no answer came, the function may be at work: as long as the record is ours the fences get time to follow.
    """
    until = clock.monotonic() + _SETTLE_S
    while True:
        try:
            record, fences = patiently(clock, partial(read_state, aws, facts), attempts=_READ_ATTEMPTS)
        except UnreachableError as error:
            raise UnreachableError(
                f"It is not known whether the state in {facts.region} was set to {change.new_state}: {error.message}",
                "Run the same command again once the Region answers: it goes on from what is there.",
            ) from error
        is_whole = not fence_problem(record, fences)
        is_pending = record.updated_by == change.signature and not is_whole
        if is_answered or not is_pending or clock.monotonic() >= until:
            return record, is_whole
        clock.sleep(_POLL_S)
