"""Which promises a drill broke: pure, from what was recorded.

The promises are those of docs/architecture.md and of the model (tests/protocol/model.py), no more and no less:

- P1: a Region stores a write only while one of its own fences names it, and a refused write is nowhere.
- one writer: without force the fences never let both Regions write at once, whatever the clocks say, and no two of them
  write between the same two changes.
- P2: no epoch is given out twice; a Region gives out rising ones unless a late write has lowered what it had; of two
  acknowledged changes without force the later knew the earlier, while clocks agree.
- convergence: after the heal both Regions agree on the highest epoch without any command, while clocks agree, and all
  fences with them if that change was acknowledged. Otherwise the same state set again repairs it.
- P3, P4: every acknowledged write is in both Regions in the end.
- commands: each is done, or says why not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mraa.recovery.drill.models import ids
from mraa.recovery.models import Fate, Fence
from tests.drills.chaos.observed import Changes, Played, Rest, changes_in, openness
from tests.drills.chaos.record import Entry, text_of
from tests.drills.chaos.schedule import Schedule

_SHOWN = 5


@dataclass(frozen=True)
class Violation:
    """A broken promise, and how."""

    promise: str
    text: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.text}"


def judge(played: Played) -> list[Violation]:
    """Every promise that the drill broke."""
    changes = changes_in(played.before, played.entries)
    checks: list[tuple[str, Callable[[Played, Changes], Iterator[str]]]] = [
        ("P1", _fenced_writes),
        ("P1", _refused_but_stored),
        ("one writer", _two_open),
        ("one writer", _two_writing),
        ("P2", _epochs),
        ("P2", _contradictions),
        ("convergence", _convergence),
        ("P3, P4", _lost),
        ("commands", _commands),
    ]
    return [Violation(promise, text) for promise, check in checks for text in check(played, changes)]


def is_whole(rest: Rest) -> bool:
    """Whether both Regions have the same, and all fences agree with the record."""
    first, *others = rest.values()
    return all(other == first for other in others) and not _differing_fences(rest)


def is_repair_expected(schedule: Schedule, changes: Changes) -> bool:
    """Whether Regions, or fences, that differ at rest are within the promises, until the same state is set again."""
    return schedule.is_skewed or not changes.is_highest_acknowledged


def _fenced_writes(played: Played, _: Changes) -> Iterator[str]:
    wrong = [
        f"{now.entry.key} in {now.entry.region}"
        for now in openness(played.before, played.entries)
        if _is_stored_here(now.entry) and now.entry.region not in now.open_regions
    ]
    if wrong:
        yield f"{len(wrong)} writes stored in a Region whose fences all said no: {_some(wrong)}"


def _refused_but_stored(played: Played, _: Changes) -> Iterator[str]:
    stored = {entry.key for entry in played.entries if _is_stored_here(entry)}
    if wrong := [write.write_id for write in played.writes if write.fate is Fate.REFUSED and write.write_id in stored]:
        yield f"{len(wrong)} writes refused as fenced and stored: {_some(wrong)}"


def _two_open(played: Played, changes: Changes) -> Iterator[str]:
    forced_at = changes.first(played.forcing_marks)
    for now in openness(played.before, played.entries):
        if forced_at is not None and now.entry.order >= forced_at:
            return
        if len(now.open_regions) > 1:
            yield f"both Regions open without force since {now.entry.key} changed in {now.entry.region}"
            return


def _two_writing(played: Played, changes: Changes) -> Iterator[str]:
    forced_at = changes.first(played.forcing_marks)
    changed_at = [change.order for change in changes.made]
    writers: dict[int, set[str]] = {}
    for entry in played.entries:
        if _is_stored_here(entry) and (forced_at is None or entry.order < forced_at):
            writers.setdefault(sum(order < entry.order for order in changed_at), set()).add(entry.region)
    if wrong := [number for number, regions in writers.items() if len(regions) > 1]:
        yield f"both Regions wrote between the same two changes without force (after {len(wrong)} of the changes)"


def _epochs(played: Played, changes: Changes) -> Iterator[str]:
    given: dict[int, str] = {}
    highest = dict.fromkeys(played.before, 0)
    for change in changes.made:
        if change.epoch in given:
            yield f"{change}, and before: {given[change.epoch]}"
        given[change.epoch] = str(change)
        if change.epoch < highest[change.region] and not change.is_lowered:
            yield f"{change}, after epoch {highest[change.region]} in the same Region, which nothing had lowered"
        highest[change.region] = max(highest[change.region], change.epoch)


def _contradictions(played: Played, changes: Changes) -> Iterator[str]:
    if played.schedule.is_skewed:
        return
    forced_at = changes.first(played.forcing_marks)
    good = [
        change
        for change in changes.made
        if change.is_acknowledged and not change.is_outside and (forced_at is None or change.order < forced_at)
    ]
    for earlier in good:
        for later in good:
            if earlier.epoch < later.epoch and earlier.epoch not in later.seen:
                yield f"{later} was acknowledged and did not know of {earlier}, acknowledged too"


def _convergence(played: Played, changes: Changes) -> Iterator[str]:
    expected = is_repair_expected(played.schedule, changes)
    if played.agreed_at_s is None and not played.schedule.is_skewed:
        yield f"{played.bound_s:.0f} s after the heal the Regions still differ: {_shown(played.after)}"
    elif not is_whole(played.after) and not expected:
        yield f"the fences are mixed at rest although the last change was acknowledged: {_shown(played.after)}"
    final = played.repaired or played.after
    if played.repaired is not None and not is_whole(final):
        commands = ", ".join(f"{outcome.command} ({outcome.ending} {outcome.text})" for outcome in played.repairs)
        yield f"not repaired by {commands}: {_shown(final)}"
    lowest = min(record.epoch for record, _ in final.values())
    if is_whole(final) and lowest < changes.highest:
        yield f"the highest epoch, {changes.highest}, is lost: {_shown(final)}"


def _lost(played: Played, _: Changes) -> Iterator[str]:
    acknowledged = ids(write for write in played.writes if write.fate is Fate.ACKNOWLEDGED)
    for region, kept in played.kept.items():
        if lost := acknowledged - kept:
            yield f"{len(lost)} acknowledged writes are not in {region}: {_some(sorted(lost))}"


def _commands(played: Played, _: Changes) -> Iterator[str]:
    if played.hung:
        yield f"{played.hung} operators did not get their prompt back"
    for outcome in (*played.outcomes, *played.repairs):
        if outcome.ending == "crashed":
            yield f"{outcome.command} crashed: {outcome.text}"
        elif outcome.ending == "refused" and not outcome.text.strip():
            yield f"{outcome.command} failed without a reason"


def _is_stored_here(entry: Entry) -> bool:
    """Whether this is a record that a client's request made in this Region, not one that was replicated to it."""
    return not entry.is_state and entry.old is None and text_of(entry.new, "writtenIn") == entry.region


def _differing_fences(rest: Rest) -> int:
    return sum(
        fence != Fence(record.writable_region, record.epoch) for record, fences in rest.values() for fence in fences
    )


def _shown(rest: Rest) -> str:
    return "; ".join(
        f"{region} {record.state} at epoch {record.epoch}, fences at {sorted({fence.epoch for fence in fences})}"
        for region, (record, fences) in rest.items()
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
