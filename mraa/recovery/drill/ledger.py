"""What a drill wrote and saw: every write with its fate, and the marks of what happened when.

Times are seconds since the drill began, by one monotonic clock: the drill's own.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What became of a write, as its sender knows it."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # 409 RegionFenced: certainly not done
    UNKNOWN = "unknown"  # no answer, or one that does not tell (5xx)


@dataclass(frozen=True)
class Write:
    """One write to one Region's API. ``reason`` is the answer's code, or why there was none."""

    write_id: str
    region: str
    sent_at: float
    answered_at: float
    fate: Fate
    reason: str = ""


@dataclass(frozen=True)
class Mark:
    """Something that happened. ``name`` is one of the constants below, or a runbook step's name with its end."""

    at: float
    name: str
    region: str = ""


@dataclass(frozen=True)
class Sighting:
    """What a Region's routing layer answered to a look from outside; ``epoch`` None where it did not answer."""

    at: float
    region: str
    state: str = ""
    writable_region: str = ""
    epoch: int | None = None


# marks of a drill's phases
BEGUN = "begun"
CUT = "region lost"
DECLARED = "declared"
HEALED = "region back"
CONVERGED = "converged"
ENDED = "ended"

# marks of the state's changes, made of the runbook's events
FENCE_ACKNOWLEDGED = "fence acknowledged"
SWITCH_STARTED = "switch started"
SWITCH_ACKNOWLEDGED = "switch acknowledged"


class Ledger:
    """Where writers and watchers note things down, from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writes: list[Write] = []
        self._marks: list[Mark] = []
        self._sightings: list[Sighting] = []

    def note(self, entry: Write | Mark | Sighting) -> None:
        """Keep an entry."""
        with self._lock:
            if isinstance(entry, Write):
                self._writes.append(entry)
            elif isinstance(entry, Mark):
                self._marks.append(entry)
            else:
                self._sightings.append(entry)

    def count(self, region: str, fate: Fate, *, sent_since: float = 0.0, answered_since: float = 0.0) -> int:
        """How many writes to a Region came to this fate so far, of those since then."""
        with self._lock:
            return sum(
                write.region == region
                and write.fate is fate
                and write.sent_at >= sent_since
                and write.answered_at >= answered_since
                for write in self._writes
            )

    def closed(self) -> tuple[tuple[Write, ...], tuple[Mark, ...], tuple[Sighting, ...]]:
        """Everything, in order of time."""
        with self._lock:
            return (
                tuple(sorted(self._writes, key=lambda write: write.sent_at)),
                tuple(sorted(self._marks, key=lambda mark: mark.at)),
                tuple(sorted(self._sightings, key=lambda sighting: sighting.at)),
            )


@dataclass(frozen=True)
class Call:
    """One AWS call that the runbook made."""

    service: str
    operation: str
    region: str


@dataclass(frozen=True)
class Record:
    """A finished drill, all that its verdict is made of.

    ``found`` holds the ids that each Region's store has at the end, ``survived`` those that the secondary had right
    after the failover, ``returned`` those that the primary had right after the failback; ``listed`` (unplanned only)
    those that a comparison of both stores named as not replicated when the lost Region was back. ``calls`` are those
    of the unplanned failover alone.
    """

    is_planned: bool
    primary: str
    secondary: str
    lag_s: float
    writes: tuple[Write, ...]
    marks: tuple[Mark, ...]
    sightings: tuple[Sighting, ...]
    found: Mapping[str, frozenset[str]]
    survived: frozenset[str] = frozenset()
    returned: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    calls: tuple[Call, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    def first(self, name: str, region: str = "", *, after: float = 0.0) -> float | None:
        """When the first such mark was made, None where there is none."""
        return next(
            (m.at for m in self.marks if m.name == name and m.at >= after and (not region or m.region == region)), None
        )

    def acknowledged(self) -> list[Write]:
        """The writes that their senders may rely on."""
        return [write for write in self.writes if write.fate is Fate.ACKNOWLEDGED]


def ids(writes: Iterable[Write]) -> frozenset[str]:
    """Their ids."""
    return frozenset(write.write_id for write in writes)
