"""How the state changes: record first, then every fence, then verification.

    read record and fences -> compare-and-set the record -> raise 64 fences in parallel -> read all back

Not one transaction: live writes check the fences constantly and would cancel it under load. An interrupted change is
finished by the next one (setting the same state again is enough), because each takes an epoch above all that were ever
written here and rewrites every fence.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from app_state_updater.payload import ChangeRequest
from app_state_updater.table import Fence, RecordChanged, StateRecord, StateTable

_ROUNDS = 4  # of raising and reading back: replication may lower a fence in between
_WORKERS = 16
_RECHECK = "Check the state and decide again."


class UnknownApplication(Exception):
    """No state record exists for this id."""


class TransitionRefused(Exception):
    """This transition requires force."""


class StateConflict(Exception):
    """The state is not what the caller expected or this change read: somebody else changed it."""


class ChangeIncomplete(Exception):
    """The record is written, but not all fences: run the change again."""


def change_state(table: StateTable, change: ChangeRequest, writable: dict[str, str], updated_at: str) -> StateRecord:
    """Change the state; returns the new record once all 64 fences read back with it.

    ``writable`` maps each state to its writable Region, or ``none``.
    """
    started = table.clock.monotonic()
    found, fences = table.read()
    if found is None:
        raise UnknownApplication(f"Application {change.app_id} does not exist in {table.name}.")
    _require_expected(found, change)
    _require_allowed(found, change)
    new = StateRecord(
        state=change.new_state,
        writableRegion=writable[change.new_state],
        epoch=_next_epoch(found.epoch, fences.values()),
        updatedAt=updated_at,
        updatedBy=change.requested_by,
        reason=change.reason,
        # the state to return to: setting the same state again must not forget it
        previousState=found.previousState if found.state == change.new_state else found.state,
    )
    try:
        history_id = table.replace_record(new, found)
    except RecordChanged as error:
        winner, _ = table.read()
        raise StateConflict(f"{_shown(winner)}; this change wrote nothing. {_RECHECK}") from error
    record = _raise_fences(table, Fence(new.writableRegion, new.epoch))
    if record is None or (record.state, record.epoch) != (new.state, new.epoch):
        raise StateConflict(f"{_shown(record)}, set during this change. {_RECHECK}")
    with suppress(ClientError, BotoCoreError):
        table.note_duration(history_id, round(1000 * (table.clock.monotonic() - started)))
    return new


def set_first_state(table: StateTable, primary_region: str, updated_at: str) -> None:
    """Write ``active`` and all fences, only if no record exists: a recreated stack must not undo a failover.

    Here the record is written last, as the commit point: an interrupted Create is simply repeated.
    """
    found, fences = table.read()
    if found:
        return
    epoch = _next_epoch(0, fences.values())
    _raise_fences(table, Fence(primary_region, epoch))
    first = StateRecord("active", primary_region, epoch, updated_at, "CloudFormation", "First state", "")
    with suppress(RecordChanged):  # a concurrent Create was first: a record exists, which is enough
        table.replace_record(first, None)


def _next_epoch(recorded: int, fences: Iterable[Fence]) -> int:
    return 1 + max([recorded, *(fence.epoch for fence in fences)])


def _require_expected(found: StateRecord, change: ChangeRequest) -> None:
    if change.expected_state not in (None, found.state) or change.expected_epoch not in (None, found.epoch):
        raise StateConflict(
            f"{_shown(found)}, not '{change.expected_state or found.state}' at epoch "
            f"{found.epoch if change.expected_epoch is None else change.expected_epoch} as expected; nothing was "
            f"written. {_RECHECK}"
        )


def _require_allowed(found: StateRecord, change: ChangeRequest) -> None:
    """Changing directly between active and failover skips the drain, so it requires force."""
    if not change.is_forced and found.state != change.new_state and "fenced" not in (found.state, change.new_state):
        raise TransitionRefused(
            f"{_shown(found)} and cannot change directly to '{change.new_state}': writes not yet replicated "
            "would be lost. Set 'fenced' first and wait for replication, or send \"Force\": true if the other "
            "Region is lost."
        )


def _shown(record: StateRecord | None) -> str:
    if record is None:
        return "The application has no state record"
    return f"The application state is '{record.state}' at epoch {record.epoch} (by {record.updatedBy})"


def _raise_fences(table: StateTable, fence: Fence) -> StateRecord | None:
    """Raise all fences until all read back as ``fence``; returns the record read with them."""
    behind = table.fence_ids
    for _ in range(_ROUNDS):
        problem = _raise_in_parallel(table, behind, fence)
        record, fences = table.read()
        for found in fences.values():
            if found.epoch >= fence.epoch and found != fence:
                raise StateConflict(
                    f"{_shown(record)}, and a fence item at epoch {found.epoch} with '{found.writable_region}', "
                    f"written during this change. {_RECHECK}"
                )
        behind = [fence_id for fence_id in table.fence_ids if fences.get(fence_id) != fence]
        if not behind:
            return record
    raise ChangeIncomplete(
        f"{len(behind)} fence items are not at epoch {fence.epoch} yet ({problem or 'lowered by replication'}): some "
        "writes still see the old state. Set the same state again; this is safe."
    )


def _raise_in_parallel(table: StateTable, fence_ids: list[str], fence: Fence) -> ClientError | BotoCoreError | None:
    """Try every fence, even if others fail; returns a problem, if any."""
    problem = None

    def attempt(fence_id: str) -> None:
        nonlocal problem
        try:
            table.raise_fence(fence_id, fence)
        except (ClientError, BotoCoreError) as error:
            problem = error

    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(attempt, fence_ids))
    return problem
