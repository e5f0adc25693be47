"""How the state changes: record first, then every fence, then verification.

    read record and fences -> compare-and-set the record -> raise all fences in parallel -> read all back

Not one transaction: live writes check the fences constantly and would cancel it under load. An interrupted change is
finished by the next one (setting the same state again is enough), because each takes an epoch above all that were ever
written here and rewrites every fence.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from app_state_updater.payload import ChangeRequest, InvalidPayload
from app_state_updater.rules import (
    NOBODY,
    RECHECK,
    Fence,
    Regions,
    StateConflict,
    StateRecord,
    UnknownApplication,
    next_epoch,
    next_record,
    shown,
)
from app_state_updater.table import EpochGivenOut, RecordChanged, StateTable

_ROUNDS = 4  # of raising and reading back: replication may lower a fence in between
_WORKERS = 64


class ChangeIncomplete(Exception):
    """The record is written, but not all fences: run the change again."""


def change_state(table: StateTable, change: ChangeRequest, regions: Regions, updated_at: str) -> StateRecord:
    """Change the state; returns the new record once all fences read back with it."""
    if change.authority not in ("", regions.primary, regions.secondary):
        raise InvalidPayload(f"Authority must be {regions.primary} or {regions.secondary}")
    started = table.clock.monotonic()
    found, fences = table.read()
    if found is None:
        raise UnknownApplication(f"Application {change.app_id} does not exist in {table.name}.")
    authority = found.authority or _former_authority(table, found, regions)
    new = next_record(found, authority, fences.values(), change, regions, updated_at)
    try:
        new, history_id = _replace_record(table, new, found, regions)
    except (RecordChanged, EpochGivenOut) as error:
        winner, _ = table.read()
        raise StateConflict(f"{shown(winner)}; this change wrote nothing. {RECHECK}") from error
    record = _raise_fences(table, new)
    if record is None or (record.state, record.epoch) != (new.state, new.epoch):
        raise StateConflict(f"{shown(record)}, set during this change. {RECHECK}")
    with suppress(ClientError, BotoCoreError):
        table.note_duration(history_id, round(1000 * (table.clock.monotonic() - started)))
    return new


def set_first_state(table: StateTable, regions: Regions, fences: int, updated_at: str) -> None:
    """Write ``active`` and all fences, only if no record exists: a recreated stack must not undo a failover.

    Here the record is written last, as the commit point: an interrupted Create is simply repeated.
    """
    found, existing = table.read(fences)
    if found:
        return
    known = [table.highest_given_out(), *(fence.epoch for fence in existing.values())]
    first = StateRecord(
        state="active",
        writableRegion=regions.primary,
        epoch=next_epoch(max(known), regions),
        updatedAt=updated_at,
        updatedBy="CloudFormation",
        reason="First state",
        previousState="",
        authority=regions.primary,
        fences=fences,
    )
    _raise_fences(table, first)
    with suppress(RecordChanged):  # a concurrent Create was first: a record exists, which is enough
        table.replace_record(first, None)


def _replace_record(
    table: StateTable, new: StateRecord, found: StateRecord, regions: Regions
) -> tuple[StateRecord, str]:
    """The record as it was written, and its history entry's id.

    A late write of the other Region may have taken record and fences back to before this Region's latest change, whose
    epoch must not be given out again: then the epoch is taken from above the history.
    """
    try:
        return new, table.replace_record(new, found)
    except EpochGivenOut:
        above = replace(new, epoch=next_epoch(table.highest_given_out(), regions))
        return above, table.replace_record(above, found)


def _former_authority(table: StateTable, found: StateRecord, regions: Regions) -> str:
    """For a record of an earlier version: the writable Region, while fenced the one that wrote the record.

    A record written by hand may have neither; then the primary Region.
    """
    if found.writableRegion not in ("", NOBODY):
        return found.writableRegion
    return regions.secondary if table.wrote(found, regions.secondary) else regions.primary


def _raise_fences(table: StateTable, new: StateRecord) -> StateRecord | None:
    """Raise all fences until all read back as ``new`` has it; returns the record read with them."""
    fence, fence_ids = Fence(new.writableRegion, new.epoch), table.fence_ids(new.fences)
    behind = fence_ids
    for _ in range(_ROUNDS):
        problem = _raise_in_parallel(table, behind, fence)
        record, fences = table.read(new.fences)
        for found in fences.values():
            if found.epoch >= fence.epoch and found != fence:
                raise StateConflict(
                    f"{shown(record)}, and a fence item at epoch {found.epoch} with '{found.writable_region}', "
                    f"written during this change, which had raised others already. Check the state; if it stays so, "
                    f"set the same state again."
                )
        behind = [fence_id for fence_id in fence_ids if fences.get(fence_id) != fence]
        if not behind:
            return record
    raise ChangeIncomplete(
        f"{len(behind)} fence items are not at epoch {fence.epoch} yet ({problem or 'lowered by replication'}): some "
        f"writes still see the old state. Set the same state again; this is safe."
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
