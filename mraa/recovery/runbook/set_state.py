"""Changing the state: the AppStateUpdater function of one Region is invoked, and the table shows the result.

The function is the only writer of the state. Its answer is not the last word: an answer can be lost, and the SDK sends
a call again when it hears nothing, so that the second one finds the first one's work and calls it a conflict. Every
change therefore carries a mark of its own in ``updatedBy``, and the record is read afterwards.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mraa.aws import Aws, Clock, call
from mraa.errors import AwsError, MraaError, StateConflictError, UnreachableError
from mraa.recovery.models import AppState, RegionInfo
from mraa.recovery.regions.state import fence_problem, read_state
from mraa.recovery.retries import ATTEMPTS

_SETTLE_S = 10.0  # a call whose answer was lost may still be running for so long
_POLL_S = 0.5
_REQUESTED_BY_LIMIT = 256  # the function truncates there, and the mark comes last

_CONFLICTS = {"StateConflict", "TransitionRefused"}
_MAY_YET_COME = {"ChangeIncomplete", "HandOverIncomplete", "StateChangeFailed"}


@dataclass(frozen=True)
class ChangeRequest:
    """A change of state, as requested in one Region. ``mark`` is unlike any other request's.

    ``authority`` names the Region in which the next change is to be made, empty: the same as before. ``above_epoch`` is
    the highest epoch that was seen in either Region.
    """

    new_state: str
    expected_state: str
    expected_epoch: int
    requested_by: str
    mark: str
    reason: str = ""
    is_forced: bool = False
    authority: str = ""
    above_epoch: int = 0

    @property
    def signature(self) -> str:
        """What ``updatedBy`` says after this change and no other."""
        tail = f" [{self.mark}]"
        return self.requested_by[: _REQUESTED_BY_LIMIT - len(tail)] + tail


def set_state(aws: Aws, clock: Clock, info: RegionInfo, request: ChangeRequest) -> AppState:
    """Make the change in this Region; return the record once all fences agree with it.

    Raises StateConflictError if somebody else changed the state, MraaError if it was not done or not all of it.
    """
    try:
        _invoke(aws, info, request)
        lost: MraaError | None = None
    except MraaError as error:
        lost = error
    record, is_complete = _result(aws, clock, info, request, is_answered=lost is None)
    if record.updated_by != request.signature:
        raise lost or StateConflictError(
            f"{record.updated_by or 'Somebody'} set the state in {info.region} to {record.state} at epoch "
            f"{record.epoch} right after this change.",
            "See `mraa status` and decide again.",
        )
    if not is_complete:
        raise lost or MraaError(
            f"The state in {info.region} is {record.state}, but not all fences agree yet.",
            "Run the same command again: it sets them all.",
        )
    return record


def _invoke(aws: Aws, info: RegionInfo, request: ChangeRequest) -> None:
    payload = {
        "AppId": info.app_id,
        "TableName": info.app_config_table,
        "NewState": request.new_state,
        "ExpectedState": request.expected_state,
        "ExpectedEpoch": request.expected_epoch,
        "AboveEpoch": request.above_epoch,
        "Authority": request.authority,
        "Force": request.is_forced,
        "Reason": request.reason,
        "RequestedBy": request.signature,
    }
    name = info.app_state_updater_function
    client = aws.client("lambda", info.region)

    def invoke() -> tuple[bool, bytes]:
        answer = client.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
        return bool(answer.get("FunctionError")), answer["Payload"].read()

    try:
        is_error, content = call(invoke, f"Invoking {name}", info.region)
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            raise MraaError(
                f"The function {name} does not exist in {info.region}.",
                "Run `mraa deploy` to have it created again; without it the state can only be written by hand.",
            ) from error
        raise
    if is_error:
        raise _function_error(info, request, content)


def _function_error(info: RegionInfo, request: ChangeRequest, content: bytes) -> MraaError:
    """What the function raised (``{"errorType", "errorMessage"}``) as one of our errors."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    values: Mapping[str, Any] = document if isinstance(document, dict) else {}
    kind, text = str(values.get("errorType", "")), str(values.get("errorMessage", "no reason given"))
    # a time-out has no type, and its message starts with the time and a request id
    text = re.sub(r"^\S+Z \S+ ", "", text)
    what = f"Setting {request.new_state} in {info.region} failed: {text}"
    if kind in _CONFLICTS:
        return StateConflictError(what, "See `mraa status` for who changed it and why.")
    if kind in _MAY_YET_COME or "timed out" in text:
        return MraaError(what, "Run the same command again: it resumes from the current state.")
    return MraaError(what, "See the function's log group in this Region.")


def _result(
    aws: Aws, clock: Clock, info: RegionInfo, request: ChangeRequest, *, is_answered: bool
) -> tuple[AppState, bool]:
    """The record as it is now, and whether all fences agree with it.

    If no answer came, the function may still be running: as long as the record is ours the fences get time to follow.
    """
    until = clock.monotonic() + _SETTLE_S
    while True:
        try:
            record, fences = read_state(aws, info, attempts=ATTEMPTS, clock=clock)
        except UnreachableError as error:
            raise UnreachableError(
                f"It is not known whether the state in {info.region} was set to {request.new_state}: {error.message}",
                "Run the same command again once the Region answers: it resumes from the current state.",
            ) from error
        is_complete = not fence_problem(record, fences)
        is_pending = record.updated_by == request.signature and not is_complete
        if is_answered or not is_pending or clock.monotonic() >= until:
            return record, is_complete
        clock.sleep(_POLL_S)
