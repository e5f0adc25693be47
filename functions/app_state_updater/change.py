"""How the state changes: record first, then every fence, then proof.

    read record and fences -> compare-and-set the record -> raise 64 fences in parallel -> read all back

Not one transaction: live writes check the fences all the time and would cancel it under load. A change that dies
half-way is repaired by the next one, the same state set again included, because each takes an epoch above all that
were ever written here and rewrites every fence.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from app_state_updater.payload import Change
from app_state_updater.table import Fence, Record, RecordChanged, StateTable

_ROUNDS = 4  # of raising and reading back: replication may lower a fence in between
_WORKERS = 16
_LOOK_AGAIN = "Look at the state and decide again."


class UnknownApplication(Exception):
    """There is no state record under this id."""


class TransitionRefused(Exception):
    """Not from this state to that one, without force."""


class StateConflict(Exception):
    """The state is not what the caller or this change went by: somebody else changed it."""


class ChangeIncomplete(Exception):
    """The record is written, not all fences are: to be run again."""


def change_state(table: StateTable, change: Change, writable: dict[str, str], updated_at: str) -> Record:
    """Make the change and return the new record once all 64 fences read back with it.

    ``writable`` tells for each state the Region that may write, or ``none``.
    """
    begun = table.clock.monotonic()
    found, fences = table.read()
    if found is None:
        raise UnknownApplication(f"There is no application {change.app_id} in {table.name}.")
    _require_expected(found, change)
    _require_allowed(found, change)
    new = Record(
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
        raise StateConflict(f"{_shown(winner)}; this change wrote nothing. {_LOOK_AGAIN}") from error
    record = _raise_fences(table, Fence(new.writableRegion, new.epoch))
    if record is None or (record.state, record.epoch) != (new.state, new.epoch):
        raise StateConflict(f"{_shown(record)}, set while this change was made. {_LOOK_AGAIN}")
    with suppress(ClientError, BotoCoreError):
        table.note_duration(history_id, round(1000 * (table.clock.monotonic() - begun)))
    return new


def set_first_state(table: StateTable, primary_region: str, updated_at: str) -> None:
    """Write ``active`` and all fences, only where there is no record: a recreated stack must not undo a failover.

    Here the record comes last, as the commit point: a Create that died half-way is simply done again.
    """
    found, fences = table.read()
    if found:
        return
    epoch = _next_epoch(0, fences.values())
    _raise_fences(table, Fence(primary_region, epoch))
    first = Record("active", primary_region, epoch, updated_at, "CloudFormation", "First state", "")
    with suppress(RecordChanged):  # somebody else was first: there is a record, and that is all it takes
        table.replace_record(first, None)


def _next_epoch(recorded: int, fences: Iterable[Fence]) -> int:
    return 1 + max([recorded, *(fence.epoch for fence in fences)])


def _require_expected(found: Record, change: Change) -> None:
    if change.expected_state not in (None, found.state) or change.expected_epoch not in (None, found.epoch):
        raise StateConflict(
            f"{_shown(found)}, not '{change.expected_state or found.state}' at epoch "
            f"{found.epoch if change.expected_epoch is None else change.expected_epoch} as expected; nothing was "
            f"written. {_LOOK_AGAIN}"
        )


def _require_allowed(found: Record, change: Change) -> None:
    """Straight between active and failover skips the drain, so it needs force."""
    if not change.is_forced and found.state != change.new_state and "fenced" not in (found.state, change.new_state):
        raise TransitionRefused(
            f"{_shown(found)} and cannot go straight to '{change.new_state}': writes not replicated yet would be lost. "
            "Set 'fenced' first and wait for replication, or send \"Force\": true if the other Region is gone."
        )


def _shown(record: Record | None) -> str:
    if record is None:
        return "The application has no state record"
    return f"The application state is '{record.state}' at epoch {record.epoch} (by {record.updatedBy})"


def _raise_fences(table: StateTable, fence: Fence) -> Record | None:
    """Raise all fences until all read back as ``fence``; return the record read with them."""
    behind = table.fence_ids
    for _ in range(_ROUNDS):
        problem = _raise_in_parallel(table, behind, fence)
        record, fences = table.read()
        for found in fences.values():
            if found.epoch >= fence.epoch and found != fence:
                raise StateConflict(
                    f"{_shown(record)}, and a fence item at epoch {found.epoch} with '{found.writable_region}', "
                    f"written while this change was made. {_LOOK_AGAIN}"
                )
        behind = [fence_id for fence_id in table.fence_ids if fences.get(fence_id) != fence]
        if not behind:
            return record
    raise ChangeIncomplete(
        f"{len(behind)} fence items are not at epoch {fence.epoch} yet ({problem or 'lowered by replication'}): some "
        "writes are still treated by the old state. Set the same state again; that is safe."
    )


def _raise_in_parallel(table: StateTable, fence_ids: list[str], fence: Fence) -> ClientError | BotoCoreError | None:
    """Try every fence, whatever becomes of the others; return a problem, if there was one."""

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
