"""Did the promises hold? Pure: a drill's result in, the verdict and the figures out.

P1 to P5 are those of docs/architecture.md: a fenced Region refuses every write; the epoch only rises; a planned
failover loses nothing that was acknowledged; an unplanned one drops nothing silently; it needs the surviving Region's
data planes alone. Each can fail, and one that this drill could not test says so. A drill that ended early has tested
none: all that it can show is a violation, of what its writes and its view of the state show by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mraa.recovery.drill.models import (
    CONVERGED,
    CUT,
    DECLARED,
    FENCE_ACKNOWLEDGED,
    HEALED,
    SWITCH_ACKNOWLEDGED,
    SWITCH_STARTED,
    DrillResult,
    Write,
    ids,
)
from mraa.recovery.models import Fate

# fewer lost writes than this show little about how losses are handled
MINIMUM_UNREPLICATED = 20

# services that an unplanned failover must not need (AWS's advice: no control planes on the path of recovery)
FORBIDDEN_SERVICES = frozenset({"cloudformation", "iam", "cloudfront", "route53"})

_SHOWN = 5


class PromiseFinding(StrEnum):
    """How a promise did."""

    HELD = "held"
    VIOLATED = "violated"
    NOT_TESTED = "not tested"
    INCONCLUSIVE = "inconclusive"


_WORST_FIRST = [
    PromiseFinding.VIOLATED,
    PromiseFinding.INCONCLUSIVE,
    PromiseFinding.HELD,
    PromiseFinding.NOT_TESTED,
]

Check = Callable[[DrillResult], tuple[PromiseFinding, str]]


@dataclass(frozen=True)
class Promise:
    """One promise and what the drill found."""

    name: str
    text: str
    finding: PromiseFinding
    detail: str


@dataclass(frozen=True)
class Figures:
    """What was measured, in seconds and numbers of writes; None if it did not happen or is not known."""

    rto_declared_s: float | None
    rto_interruption_s: float | None
    acknowledged: int
    refused: int
    unknown: int
    unreplicated_at_cut: int | None
    oldest_unreplicated_s: float | None
    lost: tuple[str, ...] | None


@dataclass(frozen=True)
class Verdict:
    """All promises. ``finding`` sums them up, ``headline`` in words."""

    promises: tuple[Promise, ...]
    figures: Figures
    has_ended_early: bool = False

    @property
    def finding(self) -> PromiseFinding:
        """``held`` if every promise that could be tested held; a violation counts however the drill ended."""
        found = {promise.finding for promise in self.promises}
        if PromiseFinding.VIOLATED in found:
            return PromiseFinding.VIOLATED
        if self.has_ended_early or PromiseFinding.INCONCLUSIVE in found:
            return PromiseFinding.INCONCLUSIVE
        return PromiseFinding.HELD

    @property
    def is_good(self) -> bool:
        """True if nothing was violated and nothing is inconclusive."""
        return self.finding is PromiseFinding.HELD

    @property
    def headline(self) -> str:
        """For people: ``3 of 3 tested promises held``."""
        tested = [promise for promise in self.promises if promise.finding is not PromiseFinding.NOT_TESTED]
        bad = [f"{promise.name} {promise.finding}" for promise in tested if promise.finding is not PromiseFinding.HELD]
        if self.has_ended_early:
            return ", ".join(["inconclusive: ended early", *bad])
        return ", ".join([f"{len(tested) - len(bad)} of {len(tested)} tested promises held", *bad])


def judge(result: DrillResult) -> Verdict:
    """The verdict on a drill that has ended."""
    checks: list[tuple[str, str, Check]] = [
        ("P1", "a Region that is fenced refuses every write", _p1),
        ("P2", "in each Region's view the epoch only rises", _p2),
        ("P3", "a planned failover loses no acknowledged write", _p3),
        ("P4", "an unplanned failover drops nothing silently", _p4),
        ("P5", "an unplanned failover needs the surviving Region's data planes alone", _p5),
    ]
    promises = tuple(Promise(name, text, *_finding_of(check, result)) for name, text, check in checks)
    return Verdict(promises, figures(result), has_ended_early=result.early_end is not None)


def _finding_of(check: Check, result: DrillResult) -> tuple[PromiseFinding, str]:
    if result.early_end is None:
        return _of_each(check, result)
    # the others compare stores at the end
    if check in (_p1, _p2) and (found := _of_each(check, result))[0] is PromiseFinding.VIOLATED:
        return found
    return PromiseFinding.NOT_TESTED, "the drill ended early"


def _of_each(check: Check, result: DrillResult) -> tuple[PromiseFinding, str]:
    """The worst finding of all applications: one that was not tested must not hide behind another one."""
    if check in (_p2, _p5) or len(result.applications) < 2:
        return check(result)
    found = {name: check(result.of(name)) for name in result.applications}
    worst = min((finding for finding, _ in found.values()), key=_WORST_FIRST.index)
    # what is the same for all is said once
    details = {detail for _, detail in found.values()}
    return worst, details.pop() if len(details) == 1 else "; ".join(f"{name}: {of[1]}" for name, of in found.items())


def figures_of_each(result: DrillResult) -> dict[str, Figures]:
    """The figures of each application by its name, if there are several."""
    return {name: figures(result.of(name)) for name in result.applications} if len(result.applications) > 1 else {}


def figures(result: DrillResult) -> Figures:
    """Recovery times, losses and counts. Of several applications the one that recovered last counts."""
    acknowledged = result.acknowledged()
    declared, cut = result.first(DECLARED), result.first(CUT)
    first_after = None if declared is None else _last_recovery(result, declared)
    interruption = cut if cut is not None else result.first(FENCE_ACKNOWLEDGED)
    missing = _unreplicated(result)
    return Figures(
        rto_declared_s=_difference(first_after, declared),
        rto_interruption_s=_difference(first_after, interruption),
        acknowledged=len(acknowledged),
        refused=sum(write.fate is Fate.REFUSED for write in result.writes),
        unknown=sum(write.fate is Fate.UNKNOWN for write in result.writes),
        unreplicated_at_cut=None if cut is None or result.survived is None else len(missing),
        oldest_unreplicated_s=max((cut - write.answered_at for write in missing), default=None) if cut else None,
        lost=None if not result.found else tuple(sorted(ids(acknowledged).difference(*result.found.values()))),
    )


def _p1(result: DrillResult) -> tuple[PromiseFinding, str]:
    forbidden = [write for write in result.acknowledged() if _is_forbidden(result, write)]
    if forbidden:
        return PromiseFinding.VIOLATED, f"{len(forbidden)} writes were accepted by a fenced Region: {_named(forbidden)}"
    refused = sum(write.fate is Fate.REFUSED for write in result.writes)
    if not refused:
        return PromiseFinding.INCONCLUSIVE, "no write met a fence"
    return PromiseFinding.HELD, f"{refused} writes refused, none accepted"


def _is_forbidden(result: DrillResult, write: Write) -> bool:
    """Whether the Region was known to be closed from before the write was sent until after it was answered."""
    return any(
        closed <= write.sent_at and write.answered_at <= until for closed, until in closures(result, write.region)
    )


def closures(result: DrillResult, region: str) -> list[tuple[float, float]]:
    """The spans in which a Region must refuse writes: from a fence acknowledged (or seen) to a switch begun.

    The secondary is closed from the beginning. A lost Region that comes back has not seen the switch yet: it is
    closed once the record and all fences have arrived there, which they do one by one.
    """
    spans: list[tuple[float, float]] = []
    closed_at: float | None = 0.0 if region == result.secondary else None
    for mark in result.marks:
        if mark.name == FENCE_ACKNOWLEDGED and closed_at is None and mark.region == region:
            closed_at = mark.at
        elif mark.name == SWITCH_STARTED and mark.region == region and closed_at is not None:
            spans.append((closed_at, mark.at))
            closed_at = None
        elif mark.name == CONVERGED and region == result.primary and closed_at is None:
            closed_at = mark.at
    if closed_at is not None:
        spans.append((closed_at, float("inf")))
    return spans


def _p2(result: DrillResult) -> tuple[PromiseFinding, str]:
    highest: dict[str, int] = {}
    for sighting in result.sightings:
        if sighting.epoch is None:
            continue
        if sighting.epoch < highest.get(sighting.region, 0):
            was = highest[sighting.region]
            return PromiseFinding.VIOLATED, f"{sighting.region} went from epoch {was} back to {sighting.epoch}"
        highest[sighting.region] = sighting.epoch
    if len({sighting.epoch for sighting in result.sightings if sighting.epoch is not None}) < 2:
        return PromiseFinding.INCONCLUSIVE, "the epoch was not seen to change"
    return PromiseFinding.HELD, ", ".join(f"{region} rose to {epoch}" for region, epoch in sorted(highest.items()))


def _p3(result: DrillResult) -> tuple[PromiseFinding, str]:
    if not result.is_planned:
        return PromiseFinding.NOT_TESTED, "this failover was unplanned"
    acknowledged = result.acknowledged()
    if not acknowledged:
        return PromiseFinding.INCONCLUSIVE, "no write was acknowledged"
    for source, target, arrived in (
        (result.primary, result.secondary, result.survived or frozenset()),
        (result.secondary, result.primary, result.returned),
    ):
        # a drain that ended too early shows here, even if what it left behind arrives later
        switched = result.first(SWITCH_ACKNOWLEDGED, target) or 0.0
        late = [
            write
            for write in acknowledged
            if write.region == source and write.answered_at <= switched and write.write_id not in arrived
        ]
        if late:
            return (
                PromiseFinding.VIOLATED,
                f"{len(late)} acknowledged writes were not in {target} when it took over: {_named(late)}",
            )
    for region in (result.primary, result.secondary):
        missing = [write for write in acknowledged if write.write_id not in result.found[region]]
        if missing:
            return PromiseFinding.VIOLATED, f"{len(missing)} acknowledged writes are not in {region}: {_named(missing)}"
    return PromiseFinding.HELD, f"all {len(acknowledged)} acknowledged writes are in both Regions"


def _p4(result: DrillResult) -> tuple[PromiseFinding, str]:
    if result.is_planned:
        return PromiseFinding.NOT_TESTED, "this failover was planned"
    there = result.found[result.primary] & result.found[result.secondary]
    unreplicated = _unreplicated(result)
    unlisted = [write for write in unreplicated if write.write_id not in result.listed]
    if unlisted:
        return PromiseFinding.VIOLATED, f"{len(unlisted)} unreplicated writes were not listed: {_named(unlisted)}"
    dropped = [w for w in result.acknowledged() if w.write_id not in there and w.write_id not in result.listed]
    if dropped:
        return (
            PromiseFinding.VIOLATED,
            f"{len(dropped)} acknowledged writes are missing and not listed: {_named(dropped)}",
        )
    if len(unreplicated) < MINIMUM_UNREPLICATED:
        return (
            PromiseFinding.INCONCLUSIVE,
            f"only {len(unreplicated)} acknowledged writes were unreplicated at the cut, {MINIMUM_UNREPLICATED} needed",
        )
    arrived = sum(write.write_id in there for write in unreplicated)
    return (
        PromiseFinding.HELD,
        f"{len(unreplicated)} unreplicated at the cut, all listed; {arrived} of them arrived later",
    )


def _p5(result: DrillResult) -> tuple[PromiseFinding, str]:
    if result.is_planned:
        return PromiseFinding.NOT_TESTED, "this failover was planned"
    forbidden = [call for call in result.calls if call.service in FORBIDDEN_SERVICES or call.region != result.secondary]
    if forbidden:
        named = ", ".join(sorted({f"{c.service}:{c.operation} in {c.region}" for c in forbidden})[:_SHOWN])
        return PromiseFinding.VIOLATED, f"the failover called {named}"
    if result.first(SWITCH_ACKNOWLEDGED, result.secondary) is None:
        return PromiseFinding.VIOLATED, "the failover did not succeed without the lost Region"
    if not result.calls:
        return PromiseFinding.INCONCLUSIVE, "no call was seen"
    services = ", ".join(sorted({call.service for call in result.calls}))
    return PromiseFinding.HELD, f"{len(result.calls)} calls, all to {result.secondary}: {services}"


def _unreplicated(result: DrillResult) -> list[Write]:
    """Acknowledged by the lost Region before it was back, and not in the other one when that took over.

    A write that was under way when the Region was lost may be carried out once it is back, until it has seen the
    failover.
    """
    cut = result.first(CUT)
    if cut is None or result.survived is None:
        return []
    back = result.first(HEALED)
    return [
        write
        for write in result.acknowledged()
        if write.region == result.primary
        and write.sent_at <= cut
        and (back is None or write.answered_at <= back)
        and write.write_id not in result.survived
    ]


def _last_recovery(result: DrillResult, declared: float) -> float | None:
    """When every application had acknowledged a write in the secondary Region; None if one has not."""
    firsts = [
        min(
            (w.answered_at for w in of.acknowledged() if w.region == of.secondary and w.sent_at >= declared),
            default=None,
        )
        for of in ([result.of(name) for name in result.applications] or [result])
    ]
    known = [first for first in firsts if first is not None]
    return max(known) if len(known) == len(firsts) else None


def _difference(later: float | None, earlier: float | None) -> float | None:
    """Zero for a write that no fence held up, and that was accepted before the other Region was fenced."""
    return None if later is None or earlier is None else max(0.0, later - earlier)


def _named(writes: list[Write]) -> str:
    named = ", ".join(f"{write.write_id} ({write.region}, {write.sent_at:.2f} s)" for write in writes[:_SHOWN])
    return named + (f" and {len(writes) - _SHOWN} more" if len(writes) > _SHOWN else "")
