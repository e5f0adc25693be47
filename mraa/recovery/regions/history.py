"""Who changed the state, when, why, and how long it took: read from the state table of whichever Region answers.

The function that changes the state leaves an entry of each change beside it, in one of 256 slots per Region that are
used in turn, so the history is bounded. Each Region writes slots of its own: two Regions that changed the state while
they were cut off from each other at the same epoch both keep what they did.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from mraa.aws import Aws, Clock, translated
from mraa.errors import MraaError, UnreachableError
from mraa.recovery.models import RegionalFacts
from mraa.recovery.patience import patiently
from mraa.recovery.regions.items import number, text
from mraa.recovery.regions.state import read_items

SLOTS = 256
_BATCH = 100  # BatchGetItem takes no more
_ATTEMPTS = 2


@dataclass(frozen=True)
class Change:
    """One change of the state. ``set_in`` is the Region whose function made it.

    ``took_ms`` is from the start of the change until all fences agreed; None where that was not noted: the change was
    cut short, or somebody else's came first.
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

    def document(self) -> dict[str, Any]:
        """For programs, in the words of the state record."""
        words = {"set_in": "setIn", "took_ms": "tookMs"}
        return {words.get(name, _camel(name)): value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class History:
    """All changes that are kept, oldest first, and what is wrong with a Region that did not tell (by Region)."""

    changes: tuple[Change, ...]
    problems: Mapping[str, str]


def read_history(aws: Aws, clock: Clock, facts: Sequence[RegionalFacts]) -> History:
    """Both Regions' history as both tell it; one that does not answer is a problem in the answer, not an error.

    Raises the first Region's error where no Region answers.
    """
    if not facts:
        raise UnreachableError("No Region tells its history.", "See `mraa status` for what is wrong with them.")
    with ThreadPoolExecutor(len(facts)) as pool:
        told = list(pool.map(partial(_read_or_explain, aws, clock), facts))
    errors = {one.region: answer for one, answer in zip(facts, told, strict=True) if isinstance(answer, MraaError)}
    if len(errors) == len(facts):
        raise next(iter(errors.values()))
    changes = merged(change for answer in told if not isinstance(answer, MraaError) for change in answer)
    return History(changes, {region: error.message for region, error in errors.items()})


def merged(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Each change once, oldest first. Of two that tell of the same one, the one that knows how long it took."""
    found: dict[tuple[str, int, str], Change] = {}
    for change in changes:
        key = (change.set_in, change.epoch, change.updated_at)
        if key not in found or found[key].took_ms is None:
            found[key] = change
    return tuple(sorted(found.values(), key=lambda change: (change.updated_at, change.epoch, change.set_in)))


def change_at(changes: Sequence[Change], moment: str) -> Change | None:
    """The change that was in force at ``moment`` (ISO 8601 as the functions write it); None before the first kept."""
    index = bisect_right(changes, moment, key=lambda change: change.updated_at)
    return changes[index - 1] if index else None


def _read_or_explain(aws: Aws, clock: Clock, facts: RegionalFacts) -> list[Change] | MraaError:
    try:
        return _read(aws, clock, facts)
    except MraaError as error:
        return error


def _read(aws: Aws, clock: Clock, facts: RegionalFacts) -> list[Change]:
    regions = (facts.primary_region, facts.secondary_region)
    keys = {f"{facts.app_id}#history#{region}#{slot}": region for region in regions for slot in range(SLOTS)}
    wanted = list(keys)
    found: dict[str, Mapping[str, Any]] = {}
    for begin in range(0, len(wanted), _BATCH):
        found |= patiently(clock, partial(_read_batch, aws, facts, wanted[begin : begin + _BATCH]), attempts=_ATTEMPTS)
    return [_change(item, keys[item_id]) for item_id, item in found.items()]


def _read_batch(aws: Aws, facts: RegionalFacts, item_ids: list[str]) -> dict[str, Mapping[str, Any]]:
    with translated(f"Reading the history from {facts.app_config_table}", facts.region):
        return read_items(aws, facts, item_ids)


def _change(item: Mapping[str, Any], set_in: str) -> Change:
    return Change(
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


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)
