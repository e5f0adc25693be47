"""Which changes of state are allowed, and what the new record is: pure, so that a model checker can explore it.

Within one Region a compare-and-set orders all changes. Between two Regions nothing does, since a record takes a moment
to replicate. Therefore every change without force is made in one Region, the record's ``authority``, and only a change
made there moves it. See docs/architecture.md for why each rule is needed.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from app_state_updater.payload import ChangeRequest
from mraa_fence.keys import DEFAULT_FENCES

NOBODY = "none"  # writableRegion while fenced
RECHECK = "Check the state and decide again."


class UnknownApplication(Exception):
    """No state record exists for this id."""


class TransitionRefused(Exception):
    """This change requires force, or has to be made in the other Region."""


class StateConflict(Exception):
    """The state is not what the caller expected or this change read: somebody else changed it."""


class HandOverIncomplete(Exception):
    """The fences of this Region do not all agree with the record yet: its replication, or the change, is half done."""


@dataclass(frozen=True)
class StateRecord:
    """The state record, its fields named as in the table; ``writableRegion`` is a Region name or ``none``.

    ``authority`` is the one Region in which the state may be changed without force; empty in records that an earlier
    version wrote. ``fences`` is the number of fence items.
    """

    state: str
    writableRegion: str
    epoch: int
    updatedAt: str
    updatedBy: str
    reason: str
    previousState: str
    authority: str = ""
    fences: int = DEFAULT_FENCES


@dataclass(frozen=True)
class Fence:
    """A fence item: every record write of the application checks one of them."""

    writable_region: str
    epoch: int


@dataclass(frozen=True)
class Regions:
    """The Region that this code runs in, and the deployment's two."""

    own: str
    primary: str
    secondary: str

    def writable_in(self, state: str) -> str:
        """The Region that is writable in a state, or ``none``."""
        return {"active": self.primary, "failover": self.secondary}.get(state, NOBODY)

    def gave_out(self, epoch: int) -> str:
        """The Region that gave out an epoch: the primary's are even, the secondary's odd."""
        return self.secondary if epoch % 2 else self.primary


def next_record(
    found: StateRecord,
    authority: str,
    fences: Collection[Fence],
    change: ChangeRequest,
    regions: Regions,
    updated_at: str,
) -> StateRecord:
    """The record after ``change``, made in ``regions.own``, which has ``found`` and ``fences``.

    ``authority`` is the record's, or what takes its place in a record of an earlier version. Raises StateConflict,
    TransitionRefused or HandOverIncomplete if the change may not be made.
    """
    _require_expected(found, change)
    if change.is_forced:
        authority = regions.own
    else:
        _require_authority(found, authority, change, regions)
        _require_indirect(found, change)
        _require_whole(found, authority, fences, change, regions)
    return replace(
        found,
        state=change.new_state,
        writableRegion=regions.writable_in(change.new_state),
        epoch=next_epoch(max([found.epoch, change.above_epoch, *(fence.epoch for fence in fences)]), regions),
        updatedAt=updated_at,
        updatedBy=change.requested_by,
        reason=change.reason,
        # the state to return to: setting the same state again must not forget it
        previousState=found.previousState if found.state == change.new_state else found.state,
        # outside the authority only its own name gets here
        authority=change.authority or authority,
    )


def next_epoch(known: int, regions: Regions) -> int:
    """The lowest epoch above ``known`` that this Region gives out: two Regions never give out the same one."""
    return known + 1 if regions.gave_out(known + 1) == regions.own else known + 2


def shown(record: StateRecord | None) -> str:
    """The state for a message."""
    if record is None:
        return "The application has no state record"
    return f"The application state is '{record.state}' at epoch {record.epoch} (by {record.updatedBy})"


def _require_expected(found: StateRecord, change: ChangeRequest) -> None:
    if change.expected_state not in (None, found.state) or change.expected_epoch not in (None, found.epoch):
        raise StateConflict(
            f"{shown(found)}, not '{change.expected_state or found.state}' at epoch "
            f"{found.epoch if change.expected_epoch is None else change.expected_epoch} as expected; nothing was "
            f"written. {RECHECK}"
        )


def _require_authority(found: StateRecord, authority: str, change: ChangeRequest, regions: Regions) -> None:
    """Without force only ``fenced`` may be set outside the authority, and it does not move it."""
    if authority == regions.own or (change.new_state == "fenced" and change.authority in ("", authority)):
        return
    raise TransitionRefused(
        f"{shown(found)} and may be changed in {authority} only, not in {regions.own}; nothing was written. Invoke the "
        f"function in {authority} with {change.payload()}. If {authority} is lost, invoke it here with "
        f"{replace(change, is_forced=True).payload()}."
    )


def _require_indirect(found: StateRecord, change: ChangeRequest) -> None:
    """Changing directly between active and failover skips the drain."""
    if found.state != change.new_state and "fenced" not in (found.state, change.new_state):
        raise TransitionRefused(
            f"{shown(found)} and cannot change directly to '{change.new_state}': writes not yet replicated "
            "would be lost. Set 'fenced' first and wait for replication, or send \"Force\": true if the other "
            "Region is lost."
        )


def _require_whole(
    found: StateRecord, authority: str, fences: Collection[Fence], change: ChangeRequest, regions: Regions
) -> None:
    """All fences of this Region agree with the record: what the other Region handed over has arrived whole.

    Otherwise its fences might still allow writes there. Exempt is what keeps the writer or stops it and cannot make
    another one: it is done by the writer itself or outside the authority, or finishes this Region's own change.
    """
    agreeing = sum(fence == Fence(found.writableRegion, found.epoch) for fence in fences)
    if agreeing == found.fences:
        return
    is_same, is_own = change.new_state == found.state, regions.gave_out(found.epoch) == regions.own
    if is_same and (is_own or not found.authority):  # epochs of earlier versions do not tell the Region
        return
    if (is_same or change.new_state == "fenced") and (authority != regions.own or found.writableRegion == regions.own):
        return
    raise HandOverIncomplete(
        f"{shown(found)}, but {found.fences - agreeing} of {found.fences} fences in {regions.own} do not agree with it "
        f"yet; nothing was written. Wait for replication and run it again; if that does not help, set '{found.state}' "
        f"again in {regions.gave_out(found.epoch)}."
    )
