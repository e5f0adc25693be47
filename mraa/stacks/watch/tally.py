"""Counts the resources done, running and to do in one stack while its operation runs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mraa.stacks.models import Counts, StackEvent
from mraa.statuses import Phase, stack_phase


@dataclass
class Tally:
    """One stack's resources in an operation.

    ``expected`` are the logical ids that will have an event, as far as known beforehand; with ``is_at_most`` some of
    them may have none. ``begun_by`` is the id of the stack's own event that began it.
    """

    expected: frozenset[str] = frozenset()
    is_at_most: bool = False
    status: str = ""
    begun_by: str = ""
    begun: dict[str, float] = field(default_factory=dict)
    took_s: dict[str, float] = field(default_factory=dict)

    def count(self, event: StackEvent) -> None:
        """Count a resource's event; a later operation on it (a rollback) starts its count again."""
        if stack_phase(event.status) is Phase.IN_PROGRESS:
            if event.logical_id in self.took_s or event.logical_id not in self.begun:
                self.begun[event.logical_id] = event.at
                self.took_s.pop(event.logical_id, None)
        else:
            self.took_s[event.logical_id] = event.at - self.begun.setdefault(event.logical_id, event.at)

    @property
    def done(self) -> int:
        """Resources whose operation has ended, successfully or not."""
        return len(self.took_s)

    @property
    def total(self) -> int | None:
        """All resources that will have an event; None if unknown."""
        return len(self.expected | self.begun.keys()) if self.expected and not self.is_at_most else None

    def counts(self, name: str, region: str, now: float) -> Counts:
        """The counts at a time (seconds since 1970, close to CloudFormation's clock)."""
        running = self.begun.keys() - self.took_s.keys()
        times = self.took_s | {of: max(0.0, now - self.begun[of]) for of in running}
        slowest = max(times, key=lambda of: times[of], default="")
        is_over = stack_phase(self.status or "_IN_PROGRESS") is not Phase.IN_PROGRESS
        left = frozenset() if is_over else self.expected - self.begun.keys()
        return Counts(
            name,
            region,
            self.status,
            self.done,
            len(running),
            len(left) if self.expected else None,
            self.is_at_most,
            slowest,
            times.get(slowest, 0.0),
        )


def summary(counts: Counts) -> str:
    """The counts on one line."""
    parts = [f"{counts.done} done"]
    if counts.running:
        parts.append(f"{counts.running} running")
    if counts.to_do:
        parts.append(f"{'at most ' if counts.is_at_most else ''}{counts.to_do} to do")
    if counts.slowest:
        parts.append(f"slowest {counts.slowest} {counts.slowest_s:.1f} s")
    return ", ".join(parts)


def unconditional(resources: Iterable[tuple[str, object]]) -> frozenset[str]:
    """The logical ids of a template's resources without a condition."""
    return frozenset(name for name, of in resources if isinstance(of, dict) and "Condition" not in of)
