"""The queues between Regions: one a direction, first in first out, each change due one lag after it was written.

Pure: knows no engine and no clock. What is cut, or whose one end is paused, waits and keeps its order.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

DEFAULT_LAG_MS = 300


class Stamp(NamedTuple):
    """When and where something was written. The greater one wins; the Region's name breaks a tie."""

    at: float
    region: str


class QueuedChange(Protocol):
    """One write on its way to another Region."""

    @property
    def stamp(self) -> Stamp:
        """When it was written, and in which Region."""

    @property
    def destination(self) -> str:
        """The Region it goes to."""

    @property
    def kind(self) -> str:
        """``items`` or ``objects``: what ``describe`` counts it as."""


C = TypeVar("C", bound=QueuedChange)


@dataclass
class Direction(Generic[C]):
    """One direction of replication."""

    lag_ms: int = DEFAULT_LAG_MS
    is_cut: bool = False
    queue: deque[C] = field(default_factory=deque)


class Queues(Generic[C]):
    """All directions. ``is_down`` tells whether a Region is down; others are paused."""

    def __init__(self, is_down: Callable[[str], bool]) -> None:
        self._directions: dict[tuple[str, str], Direction[C]] = {}
        self._paused: set[str] = set()
        self._is_down = is_down

    def add(self, change: C) -> None:
        """Queue a change behind all others of its direction."""
        self.direction(change.stamp.region, change.destination).queue.append(change)

    def due(self, now: float) -> Iterator[C]:
        """Take out, one after the other, what may be applied by now."""
        for ends, direction in list(self._directions.items()):
            while direction.queue and self._is_open(*ends) and self._head_due(direction) <= now:
                yield direction.queue.popleft()

    def next_due(self) -> float | None:
        """When the next change may be applied; None where nothing waits, or only what cannot move."""
        heads = [
            self._head_due(direction)
            for ends, direction in self._directions.items()
            if direction.queue and self._is_open(*ends)
        ]
        return min(heads, default=None)

    def is_held_up(self) -> bool:
        """Whether something waits for a Region that ``is_down``, which may end at any time without notice."""
        return any(
            direction.queue and not direction.is_cut and any(map(self._is_down, ends))
            for ends, direction in self._directions.items()
        )

    def direction(self, source: str, destination: str) -> Direction[C]:
        """One direction; created with the default lag when first used."""
        return self._directions.setdefault((source, destination), Direction())

    def pause(self, region: str) -> None:
        """Replicate nothing from the Region or to it."""
        self._paused.add(region)

    def resume(self, region: str) -> None:
        """End a pause."""
        self._paused.discard(region)

    def reset(self) -> None:
        """Default lags, nothing cut, nothing paused. What waits is kept and continues."""
        self._paused.clear()
        for direction in self._directions.values():
            direction.lag_ms, direction.is_cut = DEFAULT_LAG_MS, False

    def waiting(self) -> list[C]:
        """All changes in flight, in order within their direction."""
        return [change for direction in self._directions.values() for change in direction.queue]

    def describe(self) -> dict[str, Any]:
        """Lag, cut and pending counts of each direction that was ever used."""
        return {
            "defaultLagMs": DEFAULT_LAG_MS,
            "paused": sorted(self._paused),
            "directions": [
                {
                    "from": source,
                    "to": destination,
                    "lagMs": direction.lag_ms,
                    "cut": direction.is_cut,
                    "pending": {
                        "items": sum(change.kind == "items" for change in direction.queue),
                        "objects": sum(change.kind == "objects" for change in direction.queue),
                    },
                }
                for (source, destination), direction in sorted(self._directions.items())
            ],
        }

    def _is_open(self, source: str, destination: str) -> bool:
        blocked = self._directions[source, destination].is_cut or self._paused & {source, destination}
        return not blocked and not self._is_down(source) and not self._is_down(destination)

    @staticmethod
    def _head_due(direction: Direction[C]) -> float:
        return direction.queue[0].stamp.at + direction.lag_ms / 1000


class LastWriters:
    """Who wrote each key last, in each Region's view; kept only while writes of the key's group are in flight.

    When nothing of a group (a table) is in flight, every later write is newer than all earlier ones, so nothing has to
    be remembered.
    """

    def __init__(self) -> None:
        self._under_way: Counter[Hashable] = Counter()
        self._stamps: dict[Hashable, dict[tuple[str, Hashable], Stamp]] = {}

    def in_force(self, group: Hashable, key: Hashable, stamp: Stamp) -> Stamp:
        """The stamp of a write in ``stamp.region``: later than what that Region has, however wrong its clock is."""
        known = self._stamps.get(group, {}).get((stamp.region, key))
        return stamp if known is None or stamp > known else Stamp(known.at + 1e-6, stamp.region)

    def sent(self, group: Hashable, key: Hashable, stamp: Stamp, copies: int) -> None:
        """A write in ``stamp.region`` of which ``copies`` changes are now in flight."""
        self._under_way[group] += copies
        self._stamps.setdefault(group, {})[stamp.region, key] = stamp

    def arrives(self, group: Hashable, key: Hashable, region: str, stamp: Stamp) -> bool:
        """A change arrives in ``region``: whether it is newer than what the Region has."""
        stamps = self._stamps.setdefault(group, {})
        known = stamps.get((region, key))
        is_newer = known is None or stamp > known
        if is_newer:
            stamps[region, key] = stamp
        self._under_way[group] -= 1
        if self._under_way[group] <= 0:
            del self._under_way[group], self._stamps[group]
        return is_newer

    def saved(self) -> list[tuple[Hashable, str, Hashable, Stamp]]:
        """Group, Region, key and stamp of everything that is remembered; ``restore`` takes one."""
        return [
            (group, region, key, stamp)
            for group, stamps in self._stamps.items()
            for (region, key), stamp in stamps.items()
        ]

    def restore(self, group: Hashable, region: str, key: Hashable, stamp: Stamp) -> None:
        """Remember again who wrote a key last; before ``resumed`` is called for what is in flight."""
        self._stamps.setdefault(group, {})[region, key] = stamp

    def resumed(self, group: Hashable) -> None:
        """One change that was in flight is again."""
        self._under_way[group] += 1

    def forget_idle(self) -> None:
        """Forget the groups of which nothing is in flight."""
        for group in self._stamps.keys() - self._under_way.keys():
            del self._stamps[group]

    def remembered(self) -> int:
        """How many stamps are kept."""
        return sum(len(stamps) for stamps in self._stamps.values())
