"""What a comparison of two Regions finds, and how it is summed up: pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from mraa.recovery.models import Key, Table
from mraa.recovery.reconcile.merge import Entry
from mraa.recovery.regions.history import StateChange, change_at

EXAMPLES = 20  # of each kind are named in a summary; all are counted
_UNKNOWN_DURATION = timedelta(seconds=2)  # of a change that was interrupted


class Kind(StrEnum):
    """What is wrong."""

    MISSING = "missing"
    """One Region has it, the other one does not."""
    CONFLICT = "conflict"
    """Both have it, not with the same content."""
    DELETED = "deleted"
    """One Region has it, in the other one it was deleted: there is a delete marker, or the record's tombstone."""
    NO_OBJECT = "no object"
    """A record without its object in this Region."""
    OUT_OF_TURN = "out of turn"
    """Written in a Region while the other one was the writer."""


class Thing(StrEnum):
    """What it is about."""

    RECORD = "record"
    OBJECT = "object"


@dataclass(frozen=True)
class Discrepancy:
    """One record or object that is not as it should be.

    ``store`` is its table, or its bucket in the Region that lacks it (the first Region if none does). ``region`` is
    the Region that lacks it, empty if none does; ``entry`` a side that has it. ``epoch`` is the one it was written
    at, 0 if unknown; ``noun`` is what the application calls a record with an object.
    """

    kind: Kind
    thing: Thing
    store: Table | str
    key: Key
    region: str
    entry: Entry
    epoch: int = 0
    noun: str = ""

    @property
    def text(self) -> str:
        """One line for a person."""
        name = " ".join(self.key)
        # the tables of the sample need no name: there is one
        is_named = isinstance(self.store, Table) and (self.store.owner or not self.store.is_named)
        what = f"{self.thing} {name}{f' of table {self.store_name}' if is_named else ''}"
        match self.kind:
            case Kind.MISSING:
                what = f"{what} is missing in {self.region}"
            case Kind.CONFLICT:
                what = f"{what} is not the same in both Regions"
            case Kind.DELETED:
                what = f"{what} was deleted in {self.region} and exists in the other Region"
            case Kind.NO_OBJECT:
                what = f"{self.noun} record without object {name} in {self.region}"
            case Kind.OUT_OF_TURN:
                what = f"{what} was written out of turn"
        return f"{what}{self._origin}"

    @property
    def store_name(self) -> str:
        """The table's or the bucket's."""
        return self.store.name if isinstance(self.store, Table) else self.store

    @property
    def _origin(self) -> str:
        entry = self.entry
        where = f" in {entry.written_in}" if entry.written_in else ""
        at = f" at {entry.created_at}" if entry.created_at else ""
        epoch = f", epoch {self.epoch}" if self.epoch else ""
        return f" (written{where}{at}{epoch})" if where or at else ""

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "kind": self.kind,
            "thing": self.thing,
            "store": self.store_name,
            "key": self.key,
            "region": self.region,
            "writtenIn": self.entry.written_in,
            "createdAt": self.entry.created_at,
            "epoch": self.epoch or None,
        }


@dataclass
class Summary:
    """Counts of everything, examples of each kind. ``written``: records by Region and epoch (0: unknown).

    ``unnamed_tables`` were compared too, although the application does not name them.
    """

    noun: str = ""
    records: dict[str, int] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    unnamed_tables: list[str] = field(default_factory=list)
    written: Counter[tuple[str, int]] = field(default_factory=Counter)
    counts: Counter[tuple[Kind, Thing, str]] = field(default_factory=Counter)
    examples: list[Discrepancy] = field(default_factory=list)

    def add(self, discrepancy: Discrepancy) -> None:
        """Count it, and keep it unless there are enough of its kind."""
        place = (discrepancy.kind, discrepancy.thing, discrepancy.region)
        self.counts[place] += 1
        if self.counts[place] <= EXAMPLES:
            self.examples.append(discrepancy)

    def count(self, *kinds: Kind, region: str = "") -> int:
        """How many of these kinds there are, in all or in one Region."""
        return sum(number for place, number in self.counts.items() if place[0] in kinds and region in ("", place[2]))

    @property
    def is_equal(self) -> bool:
        """True if both Regions have the same and nobody wrote out of turn."""
        return not self.counts

    def lines(self) -> list[str]:
        """The counts in words, one a line."""
        lines = []
        for (kind, thing, region), number in sorted(self.counts.items()):
            where = f" in {region}" if region else ""
            noun = f"{self.noun} {thing}".lstrip() if kind is Kind.NO_OBJECT else f"{thing}"
            words = {
                Kind.MISSING: f"missing{where}",
                Kind.CONFLICT: "not the same in both Regions",
                Kind.DELETED: f"deleted{where}, not in the other Region",
                Kind.NO_OBJECT: f"without their object{where}",
                Kind.OUT_OF_TURN: "written in a Region while the other one was the writer",
            }
            lines.append(f"{number:,} {noun}{'' if number == 1 else 's'} {words[kind]}")
        return lines

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "isEqual": self.is_equal,
            "records": self.records,
            "objects": self.objects,
            "unnamedTables": self.unnamed_tables,
            "written": [
                {"region": region, "epoch": epoch or None, "records": number}
                for (region, epoch), number in sorted(self.written.items())
            ],
            "counts": [
                {"kind": kind, "thing": thing, "region": region, "count": number}
                for (kind, thing, region), number in sorted(self.counts.items())
            ],
            "examples": [discrepancy.document() for discrepancy in self.examples],
        }


def is_out_of_turn(changes: Sequence[StateChange], entry: Entry) -> bool:
    """True if by the history another Region was the writer, or none.

    A write that began while the fences were being raised was still right: a change counts from its end.
    """
    change = change_at(changes, entry.created_at) if entry.created_at and entry.written_in else None
    if change is None or change.writable_region == entry.written_in:
        return False
    took = _UNKNOWN_DURATION if change.took_ms is None else timedelta(milliseconds=change.took_ms)
    try:
        return _moment(entry.created_at) > _moment(change.updated_at) + took
    except ValueError:  # a time in another format
        return False


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
