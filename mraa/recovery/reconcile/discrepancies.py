"""What a reconciliation finds, and how it is summed up: pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from mraa.recovery.reconcile.merge import Entry, Key
from mraa.recovery.regions.history import Change, change_at

EXAMPLES = 20  # of each kind are named in a summary; all are counted
_UNKNOWN_DURATION = timedelta(seconds=2)  # of a change that was cut short


class Kind(StrEnum):
    """What is the matter."""

    MISSING = "missing"
    """One Region has it, the other one does not."""
    CONFLICT = "conflict"
    """Both have it, not with the same content."""
    DELETED = "deleted"
    """One Region has it, in the other one it was deleted: a delete marker is there."""
    NO_OBJECT = "no object"
    """A photo's record without its object in this Region."""
    OUT_OF_TURN = "out of turn"
    """Written in a Region when the other one was the one to write."""


class Thing(StrEnum):
    """What it is about."""

    RECORD = "record"
    OBJECT = "object"


@dataclass(frozen=True)
class Finding:
    """One thing found. ``region`` is the Region that lacks it, empty where none does; ``entry`` a side that has it.

    ``epoch`` is the one it was written at, 0 where not known; ``other`` the right side of a conflict.
    """

    kind: Kind
    thing: Thing
    key: Key
    region: str
    entry: Entry
    epoch: int = 0
    other: Entry | None = None

    @property
    def text(self) -> str:
        """One line for a person."""
        name = " ".join(self.key)
        match self.kind:
            case Kind.MISSING:
                what = f"{self.thing} {name} is missing in {self.region}"
            case Kind.CONFLICT:
                what = f"{self.thing} {name} is not the same in both Regions"
            case Kind.DELETED:
                what = f"{self.thing} {name} was deleted in {self.region} and is there in the other Region"
            case Kind.NO_OBJECT:
                what = f"photo record without object {name} in {self.region}"
            case Kind.OUT_OF_TURN:
                what = f"{self.thing} {name} was written out of turn"
        return f"{what}{self._origin}"

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
            "kind": str(self.kind),
            "thing": str(self.thing),
            "key": list(self.key),
            "region": self.region,
            "writtenIn": self.entry.written_in,
            "createdAt": self.entry.created_at,
            "epoch": self.epoch or None,
        }


@dataclass
class Summary:
    """Counts of everything, examples of each kind. ``written``: records by Region and epoch (0: not known)."""

    records: dict[str, int] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    written: Counter[tuple[str, int]] = field(default_factory=Counter)
    counts: Counter[tuple[Kind, Thing, str]] = field(default_factory=Counter)
    examples: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Count it, and keep it where there are not enough of its kind."""
        place = (finding.kind, finding.thing, finding.region)
        self.counts[place] += 1
        if self.counts[place] <= EXAMPLES:
            self.examples.append(finding)

    def count(self, *kinds: Kind, region: str = "") -> int:
        """How many of these kinds there are, in all or in one Region."""
        return sum(number for place, number in self.counts.items() if place[0] in kinds and region in ("", place[2]))

    @property
    def is_equal(self) -> bool:
        """True where both Regions hold the same and nobody wrote out of turn."""
        return not self.counts

    def lines(self) -> list[str]:
        """The counts in words, one a line."""
        lines = []
        for (kind, thing, region), number in sorted(self.counts.items()):
            where = f" in {region}" if region else ""
            noun = f"{'photo ' if kind is Kind.NO_OBJECT else ''}{thing}{'' if number == 1 else 's'}"
            words = {
                Kind.MISSING: f"missing{where}",
                Kind.CONFLICT: "not the same in both Regions",
                Kind.DELETED: f"deleted{where}, still there in the other Region",
                Kind.NO_OBJECT: f"without their object{where}",
                Kind.OUT_OF_TURN: "written in a Region when the other one was to write",
            }
            lines.append(f"{number:,} {noun} {words[kind]}")
        return lines

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "isEqual": self.is_equal,
            "records": self.records,
            "objects": self.objects,
            "written": [
                {"region": region, "epoch": epoch or None, "records": number}
                for (region, epoch), number in sorted(self.written.items())
            ],
            "counts": [
                {"kind": str(kind), "thing": str(thing), "region": region, "count": number}
                for (kind, thing, region), number in sorted(self.counts.items())
            ],
            "examples": [finding.document() for finding in self.examples],
        }


def is_out_of_turn(changes: Sequence[Change], entry: Entry) -> bool:
    """True where the history says that another Region was the one to write, or none.

    A write that began while the fences were being raised was still right: a change counts from its end.
    """
    change = change_at(changes, entry.created_at) if entry.created_at and entry.written_in else None
    if change is None or change.writable_region == entry.written_in:
        return False
    took = _UNKNOWN_DURATION if change.took_ms is None else timedelta(milliseconds=change.took_ms)
    try:
        return _moment(entry.created_at) > _moment(change.updated_at) + took
    except ValueError:  # somebody else's idea of a time
        return False


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
