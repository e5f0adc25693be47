"""The ledger of a running drill."""

import threading

from mraa.aws import CLOCK, Clock
from mraa.recovery.drill.models import Mark, Sighting, Write
from mraa.recovery.models import Fate


class Ledger:
    """Where writers and watchers note what happened, from several threads; it has the drill's clock."""

    def __init__(self, clock: Clock = CLOCK) -> None:
        self._clock = clock
        self._begun_at = clock.monotonic()
        self._lock = threading.Lock()
        self._writes: list[Write] = []
        self._marks: list[Mark] = []
        self._sightings: list[Sighting] = []

    def begin(self) -> None:
        """Count the seconds from now on."""
        self._begun_at = self._clock.monotonic()

    def elapsed_s(self) -> float:
        """Seconds since the drill began."""
        return self._clock.monotonic() - self._begun_at

    def mark(self, name: str, region: str = "") -> None:
        """Note that something happens now."""
        self.note(Mark(self.elapsed_s(), name, region))

    def note(self, entry: Write | Mark | Sighting) -> None:
        """Keep an entry."""
        with self._lock:
            if isinstance(entry, Write):
                self._writes.append(entry)
            elif isinstance(entry, Mark):
                self._marks.append(entry)
            else:
                self._sightings.append(entry)

    def count(
        self, region: str, fate: Fate, *, application: str = "", sent_since: float = 0.0, answered_since: float = 0.0
    ) -> int:
        """How many writes to a Region had this fate so far, of those since then; of all applications, or of one."""
        with self._lock:
            return sum(
                write.region == region
                and write.fate is fate
                and application in ("", write.application)
                and write.sent_at >= sent_since
                and write.answered_at >= answered_since
                for write in self._writes
            )

    def maybe_written(self, region: str = "") -> dict[str, frozenset[str]]:
        """The ids of all writes that were not refused, by application; of both Regions, or of those to one."""
        with self._lock:
            found: dict[str, set[str]] = {}
            for write in self._writes:
                if write.fate is not Fate.REFUSED and region in ("", write.region):
                    found.setdefault(write.application, set()).add(write.write_id)
        return {application: frozenset(ids) for application, ids in found.items()}

    def closed(self) -> tuple[tuple[Write, ...], tuple[Mark, ...], tuple[Sighting, ...]]:
        """Everything, in order of time."""
        with self._lock:
            return (
                tuple(sorted(self._writes, key=lambda write: write.sent_at)),
                tuple(sorted(self._marks, key=lambda mark: mark.at)),
                tuple(sorted(self._sightings, key=lambda sighting: sighting.at)),
            )
