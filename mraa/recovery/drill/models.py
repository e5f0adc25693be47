"""What a drill wrote and saw: every write with its fate, marks of what happened when, and the drill's result.

Times are seconds since the drill began, by one monotonic clock: the drill's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mraa.recovery.models import Fate
from mraa.recovery.regions.estimate import DRAIN_TIMEOUT_S


@dataclass(frozen=True)
class DrillOptions:
    """How a drill is run.

    ``writers`` and ``rate`` (writes a second) are of each Region and application; ``lag_ms`` None leaves the lag as it
    is. ``crash_after`` names a step of the runbook (fence, drain, switch) after which the operator's tool crashes and
    is run again.
    """

    is_planned: bool
    writers: int = 4
    rate: float = 20.0
    phase_s: float = 3.0
    seed: int = 1
    lag_ms: int | None = None
    drain_timeout_s: float = DRAIN_TIMEOUT_S
    crash_after: str = ""


@dataclass(frozen=True)
class Write:
    """One write to one Region's API. ``reason`` is the answer's code, or why there was no answer.

    ``application`` is the name of the one that was written to.
    """

    write_id: str
    region: str
    sent_at: float
    answered_at: float
    fate: Fate
    reason: str = ""
    application: str = ""


@dataclass(frozen=True)
class Mark:
    """Something that happened. ``name`` is one of the constants below, or a runbook step's name with its end."""

    at: float
    name: str
    region: str = ""


@dataclass(frozen=True)
class Sighting:
    """What a Region's routing layer answered to a client; ``epoch`` is None if it did not answer."""

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
ENDED_EARLY = "ended early"

# marks of the state's changes, from the runbook's events
FENCE_ACKNOWLEDGED = "fence acknowledged"
SWITCH_STARTED = "switch started"
SWITCH_ACKNOWLEDGED = "switch acknowledged"


@dataclass(frozen=True)
class AwsCall:
    """One AWS call that the runbook made."""

    service: str
    operation: str
    region: str


@dataclass(frozen=True)
class EarlyEnd:
    """A drill that did not reach its end: in which phase, why, and what was done then, each for people.

    ``error`` is what ended it; None if all that is known is that it has begun.
    """

    phase: str
    reason: str
    afterwards: str
    error: BaseException | None = None


@dataclass(frozen=True)
class DrillResult:
    """A drill that has ended, all that its verdict is based on.

    ``found`` are the ids that each Region's store has at the end, ``survived`` those that the secondary had right
    after the failover, ``returned`` those that the primary had right after the failback; ``listed`` (unplanned only)
    those that a comparison of both stores named as not replicated when the lost Region was back. ``calls`` are those
    of the unplanned failover alone. ``applications`` are those that were written to. With ``early_end`` all of it is
    what was known by then; ``found`` is then empty, and ``survived`` None if it was not read yet.
    """

    is_planned: bool
    primary: str
    secondary: str
    lag_s: float
    writes: tuple[Write, ...]
    marks: tuple[Mark, ...]
    sightings: tuple[Sighting, ...]
    found: Mapping[str, frozenset[str]]
    survived: frozenset[str] | None = None
    returned: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    calls: tuple[AwsCall, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    applications: tuple[str, ...] = ()
    early_end: EarlyEnd | None = None

    def first(self, name: str, region: str = "", *, after: float = 0.0) -> float | None:
        """When the first such mark was made, None if there is none."""
        return next(
            (m.at for m in self.marks if m.name == name and m.at >= after and (not region or m.region == region)), None
        )

    def of(self, application: str) -> "DrillResult":
        """The same with the writes of one application alone."""
        writes = tuple(write for write in self.writes if write.application == application)
        return replace(self, writes=writes, applications=(application,))

    def acknowledged(self) -> list[Write]:
        """The writes that their senders may rely on."""
        return [write for write in self.writes if write.fate is Fate.ACKNOWLEDGED]


def ids(writes: Iterable[Write]) -> frozenset[str]:
    """Their ids."""
    return frozenset(write.write_id for write in writes)
