"""A drill that was played, and what can be read off its record: changes of the state, and who was open when. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mraa.recovery.drill.models import Write
from mraa.recovery.models import AppState, Fence
from tests.drills.chaos.operators import Outcome
from tests.drills.chaos.record import Entry, epoch_of, text_of
from tests.drills.chaos.schedule import Schedule
from tests.regions import REGIONS

Rest = Mapping[str, tuple[AppState, tuple[Fence, ...]]]
"""By Region: its record and its fences, in order."""


@dataclass(frozen=True)
class Played:
    """What happened, in seconds since the drill began, and where it came to rest.

    ``before`` is the rest that it began from, at ``began_at`` (the clock on the wall). ``quiet_at_s`` is when all was
    healed and the last command had ended, ``agreed_at_s`` when both Regions had the same by themselves (None: not
    within ``bound_s`` of that) and ``after`` what they had then; ``repaired`` is the same after ``repairs``, if there
    were any. ``hung`` operators did not end. ``kept`` are the ids of the writes that each Region has in the end.
    """

    schedule: Schedule
    before: Rest
    entries: Sequence[Entry]
    writes: Sequence[Write]
    outcomes: Sequence[Outcome]
    began_at: float
    healed_at_s: float
    quiet_at_s: float
    bound_s: float
    agreed_at_s: float | None
    after: Rest
    repairs: Sequence[Outcome]
    repaired: Rest | None
    kept: Mapping[str, frozenset[str]]
    hung: int = 0

    @property
    def forcing_marks(self) -> frozenset[str]:
        """The marks of the commands that may have changed the state with force."""
        return frozenset(outcome.mark for outcome in self.outcomes if outcome.command.may_force)


@dataclass
class Change:
    """A change of the state: the compare-and-set of one Region.

    ``seen`` are the epochs that the Region's record had had before; ``is_outside``: not made in the authority;
    ``is_lowered``: a late write of the other Region had taken the record, or a fence, to a lower epoch before.
    """

    order: int
    region: str
    epoch: int
    updated_by: str
    is_outside: bool
    is_lowered: bool
    seen: frozenset[int]
    is_acknowledged: bool = False

    def __str__(self) -> str:
        return f"epoch {self.epoch} in {self.region} by {self.updated_by}"


@dataclass(frozen=True)
class Changes:
    """All changes of a drill, in the order in which they were made."""

    made: Sequence[Change] = field(default_factory=tuple)

    @property
    def highest(self) -> int:
        """The highest epoch given out; 0 if none was."""
        return max((change.epoch for change in self.made), default=0)

    @property
    def is_highest_acknowledged(self) -> bool:
        """Whether the change of the highest epoch was acknowledged; so it is if there was none."""
        return all(change.is_acknowledged for change in self.made if change.epoch == self.highest)

    def first(self, marks: frozenset[str]) -> int | None:
        """The order of the first change with one of these marks."""
        # the tool numbers the changes of a command: [mark.1]
        made = (re.search(r"\[([^.\]]*)", change.updated_by) for change in self.made)
        return next(
            (change.order for change, found in zip(self.made, made, strict=True) if found and found[1] in marks), None
        )


def changes_in(before: Rest, entries: Sequence[Entry]) -> Changes:
    """Read the changes off the record: each writes an entry of its own Region's history."""
    made: list[Change] = []
    seen = {region: {rest[0].epoch} for region, rest in before.items()}
    authority = {region: rest[0].authority for region, rest in before.items()}
    lowered = dict.fromkeys(before, False)
    # both as they were before the latest change of the record: a change writes it just before its history
    replaced, was_lowered = dict(authority), dict(lowered)
    for entry in entries:
        if not entry.is_state or entry.new is None:
            continue
        here, epoch = entry.region, epoch_of(entry.new)
        if f"#history#{here}#" in entry.key:
            if epoch == epoch_of(entry.old):  # how long it took is noted once it is acknowledged
                for change in made:
                    if (change.region, change.epoch) == (here, epoch):
                        change.is_acknowledged = True
                continue
            made.append(
                Change(
                    entry.order,
                    here,
                    epoch,
                    text_of(entry.new, "updatedBy"),
                    is_outside=replaced[here] != here,
                    is_lowered=was_lowered[here],
                    seen=frozenset(seen[here] - {epoch}),
                )
            )
        elif "#history#" not in entry.key:
            if "#" not in entry.key:
                replaced[here], authority[here] = authority[here], text_of(entry.new, "authority")
                was_lowered[here] = lowered[here]
                seen[here].add(epoch)
            lowered[here] = lowered[here] or epoch < epoch_of(entry.old)
    return Changes(made)


@dataclass(frozen=True)
class Openness:
    """Which Regions may write, by their own fences, once ``entry`` has happened."""

    entry: Entry
    open_regions: frozenset[str]


def openness(before: Rest, entries: Sequence[Entry]) -> Iterator[Openness]:
    """Entry by entry: a Region is open while one of its fences names it."""
    fences: dict[str, dict[str, str]] = {
        region: {f"{number:02x}": fence.writable_region for number, fence in enumerate(rest[1])}
        for region, rest in before.items()
    }
    opened = frozenset(region for region in REGIONS if region in fences[region].values())
    for entry in entries:
        if entry.is_state and "#fence#" in entry.key:
            fences[entry.region][entry.key.rpartition("#")[2]] = text_of(entry.new, "writableRegion")
            opened = frozenset(region for region in REGIONS if region in fences[region].values())
        yield Openness(entry, opened)


def settling_s(played: Played) -> float:
    """From the heal, or the last change if that was later, until the last item had its final value in both Regions.

    0 if the Regions did not come to agree by themselves.
    """
    if played.agreed_at_s is None:
        return 0.0
    changes = [entry for entry in played.entries if entry.is_state and entry.at <= played.began_at + played.agreed_at_s]
    made_at = [entry.at for entry in changes if f"#history#{entry.region}#" in entry.key]
    settled_at = [entry.at for entry in changes if "#history#" not in entry.key]
    return max(0.0, max(settled_at, default=0.0) - max([played.began_at + played.healed_at_s, *made_at]))


def lowered_items(entries: Sequence[Entry]) -> int:
    """How often a late write took the record or a fence to a lower epoch, which a guard has then put back."""
    return sum(
        entry.is_state and "#history#" not in entry.key and epoch_of(entry.new) < epoch_of(entry.old)
        for entry in entries
        if entry.new is not None
    )
