"""Who changed the state, when, why, and how long it took: read from the state table of whichever Region answers.

The function that changes the state adds an entry for each change beside it, in one of 256 slots per Region that are
used in turn, so the history is bounded. Each Region writes slots of its own: two Regions that changed the state at the
same epoch while they were cut off from each other both keep what they did.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from mraa.aws import Aws, Clock
from mraa.errors import MraaError, UnreachableError
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.items import Item, number, text
from mraa.recovery.regions.state import read_config_items
from mraa.recovery.retries import QUICK_ATTEMPTS

SLOTS = 256


@dataclass(frozen=True)
class StateChange:
    """One change of the state. ``set_in`` is the Region whose function made it.

    ``took_ms`` is from the start of the change until all fences agreed; None if that was not noted: the change was
    interrupted, or another one came first.
    """

    epoch: int
    state: str
    writable_region: str
    set_in: str
    updated_at: str
    updated_by: str
    reason: str
    previous_state: str
    took_ms: int | None = None


@dataclass(frozen=True)
class History:
    """All changes that are kept, oldest first, and what is wrong with a Region that did not answer (by Region)."""

    changes: tuple[StateChange, ...]
    problems: Mapping[str, str]


def read_history(aws: Aws, clock: Clock, infos: Sequence[RegionInfo]) -> History:
    """Both Regions' history as both have it; one that does not answer is a problem in the answer, not an error.

    Raises the first Region's error if no Region answers.
    """
    if not infos:
        raise UnreachableError("No Region returns its history.", "See `mraa status` for what is wrong with them.")
    with ThreadPoolExecutor(len(infos)) as pool:
        answers = list(pool.map(partial(_read_or_explain, aws, clock), infos))
    errors = {one.region: answer for one, answer in zip(infos, answers, strict=True) if isinstance(answer, MraaError)}
    if len(errors) == len(infos):
        raise next(iter(errors.values()))
    changes = merged(change for answer in answers if not isinstance(answer, MraaError) for change in answer)
    return History(changes, {region: error.message for region, error in errors.items()})


def merged(changes: Iterable[StateChange]) -> tuple[StateChange, ...]:
    """Each change once, oldest first. Of two entries of the same change, the one that has its duration."""
    found: dict[tuple[str, int, str], StateChange] = {}
    for change in changes:
        key = (change.set_in, change.epoch, change.updated_at)
        if key not in found or found[key].took_ms is None:
            found[key] = change
    return tuple(sorted(found.values(), key=lambda change: (change.updated_at, change.epoch, change.set_in)))


def change_at(changes: Sequence[StateChange], moment: str) -> StateChange | None:
    """The change that was in force at ``moment`` (ISO 8601 as the functions write it); None before the first kept."""
    index = bisect_right(changes, moment, key=lambda change: change.updated_at)
    return changes[index - 1] if index else None


def _read_or_explain(aws: Aws, clock: Clock, info: RegionInfo) -> list[StateChange] | MraaError:
    try:
        return _read(aws, clock, info)
    except MraaError as error:
        return error


def _read(aws: Aws, clock: Clock, info: RegionInfo) -> list[StateChange]:
    regions = (info.primary_region, info.secondary_region)
    keys = {f"{info.app_id}#history#{region}#{slot}": region for region in regions for slot in range(SLOTS)}
    doing = f"Reading the history from {info.app_config_table}"
    found = read_config_items(aws, clock, info, list(keys), doing, attempts=QUICK_ATTEMPTS)
    return [_change(item, keys[item_id]) for item_id, item in found.items()]


def _change(item: Item, set_in: str) -> StateChange:
    return StateChange(
        epoch=number(item, "epoch") or 0,
        state=text(item, "state"),
        writable_region=text(item, "writableRegion"),
        set_in=set_in,
        updated_at=text(item, "updatedAt"),
        updated_by=text(item, "updatedBy"),
        reason=text(item, "reason"),
        previous_state=text(item, "previousState"),
        took_ms=number(item, "tookMs"),
    )
