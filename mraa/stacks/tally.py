"""Counts what has been done, is being done and is still to do in one stack while its operation runs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mraa.models import StackEvent
from mraa.statuses import Phase, stack_phase


@dataclass
class Tally:
    """One stack's resources in an operation. ``expected`` are those that the template makes whatever its conditions."""

    expected: frozenset[str] = frozenset()
    begun: dict[str, float] = field(default_factory=dict)
    took_s: dict[str, float] = field(default_factory=dict)

    def count(self, event: StackEvent) -> None:
        """Take a resource's event into account; a later operation on it (a rollback) counts anew."""
        if stack_phase(event.status) is Phase.IN_PROGRESS:
            if event.logical_id in self.took_s or event.logical_id not in self.begun:
                self.begun[event.logical_id] = event.at
                self.took_s.pop(event.logical_id, None)
        else:
            self.took_s[event.logical_id] = event.at - self.begun.setdefault(event.logical_id, event.at)

    @property
    def done(self) -> int:
        """Resources whose work has ended, well or not."""
        return len(self.took_s)

    @property
    def total(self) -> int | None:
        """All resources as far as they are known; None where nothing tells (an update touches only some)."""
        return len(self.expected | self.begun.keys()) if self.expected else None

    def told(self, now: float | None = None) -> str:
        """The counts, and the slowest resource with its time; ``now`` for one that is still being worked on."""
        running = self.begun.keys() - self.took_s.keys()
        parts = [f"{self.done} done"]
        if running:
            parts.append(f"{len(running)} running")
        if self.total is not None and (left := self.total - len(self.begun)):
            parts.append(f"{left} to do")
        times = dict(self.took_s)
        if now is not None:
            times |= {name: now - self.begun[name] for name in running}
        if times:
            name, took_s = max(times.items(), key=lambda of: of[1])
            parts.append(f"slowest {name} {took_s:.1f} s")
        return ", ".join(parts)


def unconditional(resources: Iterable[tuple[str, object]]) -> frozenset[str]:
    """The logical ids of a template's resources that hang on no condition."""
    return frozenset(name for name, of in resources if isinstance(of, dict) and "Condition" not in of)
