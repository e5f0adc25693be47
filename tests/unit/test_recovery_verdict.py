"""What a drill's result shows: every promise can fail, and what was not tested is not called held."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraa.recovery.drill import models as marks
from mraa.recovery.drill.ledger import Ledger
from mraa.recovery.drill.models import AwsCall, DrillResult, EarlyEnd, Mark, Sighting, Write
from mraa.recovery.drill.page import render
from mraa.recovery.drill.verdict import PromiseFinding, closures, figures, judge
from mraa.recovery.models import Fate
from tests.regions import PRIMARY, SECONDARY

# a planned failover: the primary fenced at 3, the secondary switched at 8, fenced at 12, the primary switched at 16
PLANNED = (
    Mark(0.0, marks.BEGUN),
    Mark(2.5, marks.DECLARED),
    Mark(3.0, marks.FENCE_ACKNOWLEDGED, PRIMARY),
    Mark(8.0, marks.SWITCH_STARTED, SECONDARY),
    Mark(8.2, marks.SWITCH_ACKNOWLEDGED, SECONDARY),
    Mark(12.0, marks.FENCE_ACKNOWLEDGED, SECONDARY),
    Mark(16.0, marks.SWITCH_STARTED, PRIMARY),
    Mark(16.2, marks.SWITCH_ACKNOWLEDGED, PRIMARY),
)
UNPLANNED = (
    Mark(3.0, marks.CUT, PRIMARY),
    Mark(3.0, marks.DECLARED),
    Mark(3.1, marks.SWITCH_STARTED, SECONDARY),
    Mark(3.4, marks.SWITCH_ACKNOWLEDGED, SECONDARY),
    Mark(7.0, marks.HEALED, PRIMARY),
)
RISING = tuple(Sighting(float(t), region, "s", "w", t) for t in range(1, 5) for region in (PRIMARY, SECONDARY))


def write(name: str, region: str, at: float, fate: Fate = Fate.ACKNOWLEDGED) -> Write:
    return Write(name, region, at, at + 0.1, fate)


GOOD = (
    write("a", PRIMARY, 1.0),
    write("b", SECONDARY, 1.0, Fate.REFUSED),
    write("c", PRIMARY, 4.0, Fate.REFUSED),
    write("d", SECONDARY, 9.0),
    write("e", PRIMARY, 17.0),
)


def planned(writes: Iterable[Write] = GOOD, **changes: object) -> DrillResult:
    writes = tuple(writes)
    everything = frozenset(w.write_id for w in writes if w.fate is Fate.ACKNOWLEDGED)
    result = DrillResult(
        True,
        PRIMARY,
        SECONDARY,
        0.3,
        writes,
        PLANNED,
        RISING,
        {PRIMARY: everything, SECONDARY: everything},
        survived=everything,
        returned=everything,
    )
    return replace(result, **changes)  # type: ignore[arg-type]


LOST = tuple(write(f"lost{n}", PRIMARY, 2.0 + n / 100) for n in range(25))


def unplanned(**changes: object) -> DrillResult:
    writes = (*LOST, write("refused", SECONDARY, 1.0, Fate.REFUSED), write("after", SECONDARY, 3.5))
    everything = frozenset(w.write_id for w in writes if w.fate is Fate.ACKNOWLEDGED)
    result = DrillResult(
        False,
        PRIMARY,
        SECONDARY,
        2.0,
        writes,
        UNPLANNED,
        RISING,
        {PRIMARY: everything, SECONDARY: everything},
        survived=frozenset(),
        listed=frozenset(w.write_id for w in LOST),
        calls=(AwsCall("lambda", "Invoke", SECONDARY), AwsCall("dynamodb", "BatchGetItem", SECONDARY)),
    )
    return replace(result, **changes)  # type: ignore[arg-type]


EARLY = EarlyEnd("failback", "the drain timed out", "the state is active again, as by `mraa failback`")


def ended_early(**changes: object) -> DrillResult:
    """An unplanned drill that ended before anything was compared."""
    return replace(unplanned(), found={}, survived=None, early_end=EARLY, **changes)  # type: ignore[arg-type]


def finding(result: DrillResult, name: str) -> PromiseFinding:
    return next(promise.finding for promise in judge(result).promises if promise.name == name)


def detail(result: DrillResult, name: str) -> str:
    return next(promise.detail for promise in judge(result).promises if promise.name == name)


def test_a_planned_drill_without_violations_is_good() -> None:
    verdict = judge(planned())

    assert verdict.is_good
    assert [p.finding for p in verdict.promises] == [PromiseFinding.HELD] * 3 + [PromiseFinding.NOT_TESTED] * 2


def test_an_unplanned_drill_without_violations_is_good() -> None:
    verdict = judge(unplanned())

    assert verdict.is_good
    assert [p.name for p in verdict.promises if p.finding is PromiseFinding.HELD] == ["P1", "P2", "P4", "P5"]


@pytest.mark.parametrize(
    ("region", "at"),
    [(SECONDARY, 0.5), (PRIMARY, 3.0), (PRIMARY, 7.9), (SECONDARY, 12.0), (SECONDARY, 18.0)],
    ids=["standby from the beginning", "at the fence", "after the fence", "fenced the other way", "at the end"],
)
def test_one_write_accepted_by_a_closed_region_violates_p1(region: str, at: float) -> None:
    result = planned((*GOOD, write("bad", region, at)))

    assert finding(result, "P1") is PromiseFinding.VIOLATED
    assert "bad" in detail(result, "P1")


@pytest.mark.parametrize("at", [2.95, 7.95, 15.95], ids=["while fencing", "while switching", "while switching back"])
def test_a_write_in_flight_during_a_change_violates_nothing(at: float) -> None:
    region = SECONDARY if at == 7.95 else PRIMARY
    assert finding(planned((*GOOD, write("in flight", region, at))), "P1") is PromiseFinding.HELD


def test_a_drill_that_met_no_fence_says_nothing_about_p1() -> None:
    assert finding(planned([write("a", PRIMARY, 1.0)]), "P1") is PromiseFinding.INCONCLUSIVE


def test_a_lost_region_is_closed_again_once_its_record_and_all_of_its_fences_have_arrived() -> None:
    """They arrive one by one: while the routing layer shows the record, a write may still meet an older fence."""
    seen = (*RISING, Sighting(7.5, PRIMARY, "failover", SECONDARY, 9))
    converged = (*UNPLANNED, Mark(8.0, marks.CONVERGED))

    assert closures(unplanned(sightings=seen, marks=converged), PRIMARY) == [(8.0, float("inf"))]
    for at, expected in ((7.6, PromiseFinding.HELD), (8.1, PromiseFinding.VIOLATED)):
        writes = (*unplanned().writes, write("w", PRIMARY, at))
        assert finding(unplanned(sightings=seen, marks=converged, writes=writes), "P1") is expected
    assert closures(unplanned(sightings=seen), PRIMARY) == []


def test_an_epoch_that_falls_violates_p2() -> None:
    result = planned(sightings=(*RISING, Sighting(9.0, SECONDARY, "s", "w", 3)))

    assert finding(result, "P2") is PromiseFinding.VIOLATED
    assert f"{SECONDARY} went from epoch 4 back to 3" in detail(result, "P2")


def test_a_region_that_did_not_answer_has_no_epoch_to_fall() -> None:
    assert finding(planned(sightings=(*RISING, Sighting(9.0, SECONDARY))), "P2") is PromiseFinding.HELD


def test_an_epoch_that_never_changed_is_inconclusive() -> None:
    assert finding(planned(sightings=(Sighting(1.0, PRIMARY, "s", "w", 1),)), "P2") is PromiseFinding.INCONCLUSIVE


@pytest.mark.parametrize("region", [PRIMARY, SECONDARY])
def test_an_acknowledged_write_that_is_missing_in_one_region_violates_p3(region: str) -> None:
    result = planned()
    result = replace(result, found={**result.found, region: result.found[region] - {"d"}})

    assert finding(result, "P3") is PromiseFinding.VIOLATED
    assert "d" in detail(result, "P3")
    assert not judge(result).is_good


@pytest.mark.parametrize(("where", "name"), [("survived", "a"), ("returned", "d")])
def test_a_write_that_the_drain_left_behind_violates_p3_though_it_arrived_later(where: str, name: str) -> None:
    result = planned()
    result = replace(result, **{where: getattr(result, where) - {name}})

    assert finding(result, "P3") is PromiseFinding.VIOLATED
    assert "when it took over" in detail(result, "P3")


def test_an_unreplicated_write_that_nobody_listed_violates_p4() -> None:
    result = unplanned(listed=frozenset(w.write_id for w in LOST[1:]))

    assert finding(result, "P4") is PromiseFinding.VIOLATED
    assert "lost0" in detail(result, "P4")


def test_a_write_under_way_at_the_cut_and_carried_out_once_the_region_is_back_was_not_unreplicated() -> None:
    result = unplanned()
    late = Write("late", PRIMARY, 2.99, 7.2, Fate.ACKNOWLEDGED)
    found = {region: ids | {"late"} for region, ids in result.found.items()}

    assert finding(replace(result, writes=(*result.writes, late), found=found), "P4") is PromiseFinding.HELD
    assert finding(replace(result, writes=(*result.writes, late)), "P4") is PromiseFinding.VIOLATED  # it is nowhere


def test_a_write_that_vanished_from_one_region_unlisted_violates_p4() -> None:
    result = unplanned()
    result = replace(result, found={PRIMARY: result.found[PRIMARY], SECONDARY: result.found[SECONDARY] - {"after"}})

    assert finding(result, "P4") is PromiseFinding.VIOLATED


def test_too_few_unreplicated_writes_are_inconclusive_and_not_good() -> None:
    result = unplanned(survived=frozenset(w.write_id for w in LOST[:6]))

    assert finding(result, "P4") is PromiseFinding.INCONCLUSIVE
    assert not judge(result).is_good


@pytest.mark.parametrize(
    "call",
    [
        AwsCall("cloudformation", "DescribeStacks", SECONDARY),
        AwsCall("iam", "GetRole", SECONDARY),
        AwsCall("dynamodb", "GetItem", PRIMARY),
    ],
)
def test_a_call_to_a_control_plane_or_to_the_lost_region_violates_p5(call: AwsCall) -> None:
    result = unplanned(calls=(*unplanned().calls, call))

    assert finding(result, "P5") is PromiseFinding.VIOLATED
    assert call.operation in detail(result, "P5")


def test_without_any_call_seen_p5_is_inconclusive() -> None:
    assert finding(unplanned(calls=()), "P5") is PromiseFinding.INCONCLUSIVE


@pytest.mark.parametrize(
    ("result", "headline"),
    [
        (planned(), "3 of 3 tested promises held"),
        (unplanned(), "4 of 4 tested promises held"),
        (planned([write("a", PRIMARY, 1.0)]), "2 of 3 tested promises held, P1 inconclusive"),
        (planned((*GOOD, write("bad", PRIMARY, 4.0))), "2 of 3 tested promises held, P1 violated"),
    ],
)
def test_the_headline_counts_the_promises_that_were_tested(result: DrillResult, headline: str) -> None:
    assert judge(result).headline == headline


def test_a_drill_that_ended_early_tests_no_promise_and_knows_no_loss() -> None:
    verdict = judge(ended_early())

    assert (verdict.finding, verdict.headline) == (PromiseFinding.INCONCLUSIVE, "inconclusive: ended early")
    assert {(p.finding, p.detail) for p in verdict.promises} == {(PromiseFinding.NOT_TESTED, "the drill ended early")}
    assert (verdict.figures.lost, verdict.figures.unreplicated_at_cut) == (None, None)
    assert verdict.figures.acknowledged == 26


def test_a_violation_is_one_however_the_drill_ended() -> None:
    verdict = judge(ended_early(writes=(*LOST, write("bad", SECONDARY, 1.0))))

    assert (verdict.finding, verdict.headline) == (PromiseFinding.VIOLATED, "inconclusive: ended early, P1 violated")
    assert finding(ended_early(sightings=(*RISING, Sighting(9.0, SECONDARY, "s", "w", 3))), "P2") == "violated"


def test_the_figures_count_and_measure() -> None:
    found = figures(unplanned(survived=frozenset({"lost0"})))

    assert (found.acknowledged, found.refused, found.unknown) == (26, 1, 0)
    assert found.unreplicated_at_cut == 24
    assert found.rto_declared_s == pytest.approx(0.6)
    assert found.oldest_unreplicated_s == pytest.approx(3.0 - 2.01 - 0.1)
    assert found.lost == ()
    assert figures(planned()).rto_interruption_s == pytest.approx(6.1)


def test_what_was_not_interrupted_took_no_time() -> None:
    accepted_before_the_fence = write("x", SECONDARY, 2.6)
    assert figures(planned((*GOOD, accepted_before_the_fence))).rto_interruption_s == 0


def test_a_write_that_is_nowhere_is_counted_as_lost() -> None:
    result = unplanned()
    gone = {region: ids - {"lost3"} for region, ids in result.found.items()}

    assert figures(replace(result, found=gone)).lost == ("lost3",)


@given(
    st.lists(
        st.tuples(st.sampled_from([PRIMARY, SECONDARY]), st.floats(0, 20), st.sampled_from(list(Fate))), max_size=60
    )
)
def test_p1_is_violated_exactly_when_a_closed_region_acknowledged(drawn: list[tuple[str, float, Fate]]) -> None:
    """Against the same rule written another way: by looking at each span by hand."""
    writes = [write(str(n), region, at, fate) for n, (region, at, fate) in enumerate(drawn)]
    open_spans = {PRIMARY: [(0.0, 3.0), (16.0, 99.0)], SECONDARY: [(8.0, 12.0)]}
    is_violated = any(
        w.fate is Fate.ACKNOWLEDGED
        and not any(start < w.answered_at and w.sent_at < end for start, end in open_spans[w.region])
        for w in writes
    )

    assert (finding(planned([*writes, GOOD[1]]), "P1") is PromiseFinding.VIOLATED) == is_violated


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_p3_is_violated_exactly_when_something_acknowledged_is_missing(sent: set[int], kept: set[int]) -> None:
    writes = [write(str(n), PRIMARY, 1.0 + n / 100) for n in sent]
    found = frozenset(map(str, kept))
    result = planned([*writes, GOOD[1]], found={PRIMARY: found, SECONDARY: found}, survived=found, returned=found)

    expected = (
        PromiseFinding.INCONCLUSIVE if not sent else PromiseFinding.HELD if sent <= kept else PromiseFinding.VIOLATED
    )
    assert finding(result, "P3") is expected


def test_a_ledger_gives_back_everything_in_order_of_time() -> None:
    ledger = Ledger()
    for entry in (
        write("b", PRIMARY, 2.0),
        Mark(1.0, "x"),
        write("a", PRIMARY, 1.0),
        Sighting(3.0, PRIMARY),
        Mark(0.5, "y"),
    ):
        ledger.note(entry)

    closed, made, sightings = ledger.closed()
    assert [w.write_id for w in closed] == ["a", "b"]
    assert [m.name for m in made] == ["y", "x"]
    assert len(sightings) == 1
    assert ledger.count(PRIMARY, Fate.ACKNOWLEDGED) == 2


@pytest.mark.parametrize("result", [planned(), unplanned()], ids=["planned", "unplanned"])
def test_the_page_stands_alone_and_escapes_what_it_is_given(result: DrillResult) -> None:
    page = render(result, judge(result), "<script>alert(1)</script>", "today")

    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert judge(result).headline in page
    assert page.count("<rect") > 3
