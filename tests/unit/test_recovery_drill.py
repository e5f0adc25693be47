"""Drills against two small Regions: what they need before they begin, and what is left wherever one ends early."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mraa.aws import Aws
from mraa.errors import MraaError, NotReadyError, StateConflictError, UnreachableError, UsageError
from mraa.events import Event, Progress
from mraa.recovery.drill.models import DrillResult
from mraa.recovery.drill.verdict import PromiseFinding, judge
from mraa.recovery.models import Fate, RegionInfo
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.tickets import Tickets
from tests.unit.drilling import Drilling
from tests.unit.fake_cloud import Killed


@dataclass(frozen=True)
class Place:
    """An event of a drill."""

    subject: str
    progress: Progress
    text: str = ""
    region: str = ""

    def raising(self, error: BaseException) -> Callable[[Event], None]:
        """Raise once, at the first such event."""
        todo = [error]

        def on_event(event: Event) -> None:
            is_here = (event.subject, event.progress) == (self.subject, self.progress)
            if todo and is_here and self.text in event.text and self.region in (event.region, ""):
                raise todo.pop()

        return on_event

    def __str__(self) -> str:
        return " ".join(filter(None, (self.subject, self.progress, self.text, self.region)))


def test_a_planned_drill_holds_its_promises_and_leaves_nothing_behind() -> None:
    drilling = Drilling()
    result = drilling.run(rate=100)
    verdict = judge(result)
    assert verdict.headline == "3 of 3 tested promises held", verdict.promises
    assert verdict.figures.acknowledged > 5
    assert verdict.figures.refused > 5
    assert drilling.left() == {}


def test_an_unplanned_drill_loses_a_region_and_leaves_nothing_behind() -> None:
    drilling = Drilling()
    result = drilling.run(is_planned=False, lag_ms=2000)
    found = {promise.name: promise.finding for promise in judge(result).promises}
    assert found["P4"] is not PromiseFinding.VIOLATED
    assert found["P5"] is PromiseFinding.HELD
    assert drilling.states() == ["active", "active"]
    assert drilling.left() == {}


def test_a_write_that_arrives_late_although_its_region_is_lost_is_replicated_and_need_not_be_listed() -> None:
    drilling = Drilling()
    cloud, arrived = drilling.cloud, list[str]()

    def arrive(event: Event) -> None:
        if event.text.startswith("load before: "):
            cloud.cut.add(SECONDARY)  # already, so that some write is under way however slow the writers are
        if arrived or not event.text.startswith("load in the secondary Region"):
            return
        under_way = next(write for write in cloud.queue if (write.to, write.store) == (SECONDARY, drilling.table))
        cloud.stores[SECONDARY][under_way.store][under_way.key] = (under_way.value, under_way.stamp)
        arrived.append(under_way.key)

    drilling.on_event = arrive
    result = drilling.run(is_planned=False, lag_ms=2000)
    assert arrived
    found = {promise.name: promise.finding for promise in judge(result).promises}
    assert found["P4"] is not PromiseFinding.VIOLATED


def test_the_counts_of_a_phase_are_of_its_own_writes() -> None:
    drilling = Drilling()
    result = drilling.run()
    (after,) = [event.text for event in drilling.events if event.text.startswith("load after: ")]
    assert f"{SECONDARY} 0 acknowledged" in after
    assert sum(write.region == SECONDARY for write in result.acknowledged()) > 0


def test_a_write_that_is_carried_out_after_its_client_gave_up_is_removed_too() -> None:
    """The answer to one write of the last phase never comes; the write arrives long after the load has ended."""
    drilling = Drilling()

    class Late(Tickets):
        def write(self, aws: Aws, info: RegionInfo, *of: Any) -> tuple[Fate, str]:
            is_last_phase = any(event.text.startswith("load after, ") for event in drilling.events)
            if not is_last_phase or info.region != PRIMARY or not first.acquire(blocking=False):
                return super().write(aws, info, *of)
            unanswered.append(of[1])
            drilling.later.append(
                (drilling.cloud.now + 20, lambda: carried_out.append(super(Late, self).write(aws, info, *of)))
            )
            raise UnreachableError("no answer")

    first = threading.Lock()
    unanswered: list[str] = []
    carried_out: list[tuple[Fate, str]] = []
    drilling.application = Late(1)
    result = drilling.run()
    assert [write.write_id for write in result.writes if write.reason == "UnreachableError"] == unanswered
    assert carried_out == [(Fate.ACKNOWLEDGED, "")]
    assert [event.text for event in drilling.events if "got no answer" in event.text] == [
        "1 write got no answer and may still be carried out: waiting for them"
    ]
    assert drilling.left() == {}


# --- before anything is changed ---------------------------------------------------------------------------------


def test_a_region_that_accepts_no_write_stops_the_drill_before_anything_is_changed() -> None:
    drilling = Drilling()

    def fail(service: str, region: str, operation: str) -> None:
        if operation == "transact_write_items":
            raise client_error("InternalServerError", status=400)

    drilling.cloud.before = fail
    with pytest.raises(
        NotReadyError, match=f"{PRIMARY} .primary. should accept writes to tickets, and does not: a write was"
    ) as said:
        drilling.run()
    assert "Nothing was changed" in said.value.hint
    assert drilling.kept == []
    assert drilling.lags == {}
    assert drilling.cloud.record(PRIMARY)["epoch"] == 1
    assert drilling.left() == {}


def test_a_report_that_cannot_be_kept_stops_the_drill_before_anything_is_changed() -> None:
    drilling = Drilling()

    def refuse(result: DrillResult) -> None:
        assert drilling.left() == {}, "the write that was tried has been removed"
        raise UsageError("The disk is full.")

    with pytest.raises(UsageError):
        drilling.run(keep=refuse)
    assert drilling.lags == {}
    assert drilling.cloud.record(PRIMARY)["epoch"] == 1


def test_a_drill_that_is_killed_leaves_the_report_of_one_that_has_not_ended() -> None:
    drilling = Drilling(on_event=Place("drain", Progress.STARTED).raising(Killed()))
    with pytest.raises(Killed):
        drilling.run()
    (kept,) = drilling.kept
    assert kept.early_end is not None
    assert kept.early_end.reason == "the drill has not ended, or was killed"
    assert not judge(kept).is_good


def test_what_a_killed_drill_left_is_removed_by_one_an_hour_later() -> None:
    drilling = Drilling(on_event=Place("drill", Progress.DONE, "load before").raising(Killed()))
    with pytest.raises(Killed):
        drilling.run()
    assert len(drilling.left()) == 2, "tickets and the note, in the one table of both Regions"
    Drilling.run(drilling)
    assert len(drilling.left()) == 2, "a drill of less than an hour ago may still be running"
    drilling.cloud.now += 4000
    Drilling.run(drilling)
    assert drilling.left() == {}


# --- an early end -----------------------------------------------------------------------------------------------

STARTED, DONE, NOTE = Progress.STARTED, Progress.DONE, Progress.NOTE
STEPS = [(step, progress) for step in ("fence", "drain", "switch", "verify") for progress in (STARTED, DONE)]
PLANNED = [
    Place("drill", STARTED, "load before"),
    Place("drill", DONE, "load before"),
    *[Place(step, progress, region=PRIMARY if step == "fence" else SECONDARY) for step, progress in STEPS],
    Place("drill", STARTED, "load in the secondary Region"),
    Place("reconcile", STARTED),
    *[Place(step, progress, region=SECONDARY if step == "fence" else PRIMARY) for step, progress in STEPS],
    Place("drill", STARTED, "load after"),
    Place("drill", STARTED, "waiting until both"),
]
UNPLANNED = [
    Place("drill", NOTE, "lost, with writes"),
    Place("switch", STARTED),
    Place("switch", DONE),
    Place("report", DONE),
    Place("drill", STARTED, "load in the secondary Region"),
    Place("drill", NOTE, "back;"),
    Place("drain", STARTED),
]


@pytest.mark.parametrize("error", [MraaError("it broke"), KeyboardInterrupt()], ids=["error", "Ctrl-C"])
@pytest.mark.parametrize("place", PLANNED, ids=str)
def test_a_planned_drill_that_ends_early_goes_back_to_active_and_cleans_up(place: Place, error: BaseException) -> None:
    drilling = Drilling(on_event=place.raising(error))
    result = drilling.run(phase_s=3)
    end = result.early_end
    assert end is not None
    assert end.error is error
    assert end.reason == ("it broke" if isinstance(error, MraaError) else "interrupted (Ctrl-C)")
    assert end.afterwards.startswith("the state is active"), end
    assert drilling.states() == ["active", "active"]
    assert drilling.left() == {}
    assert drilling.lags == {(PRIMARY, SECONDARY): 300, (SECONDARY, PRIMARY): 300}
    assert [kept.early_end.phase for kept in drilling.kept if kept.early_end] == ["beginning", end.phase]
    verdict = judge(result)
    assert verdict.finding is PromiseFinding.INCONCLUSIVE
    assert {promise.finding for promise in verdict.promises} == {PromiseFinding.NOT_TESTED}


@pytest.mark.parametrize("place", UNPLANNED, ids=str)
def test_an_unplanned_drill_that_ends_early_gives_the_region_back_and_goes_back_to_active(place: Place) -> None:
    drilling = Drilling(on_event=place.raising(KeyboardInterrupt("SIGTERM")))
    result = drilling.run(is_planned=False, phase_s=3, lag_ms=2000)
    assert result.early_end is not None
    assert result.early_end.reason == "interrupted (SIGTERM)"
    assert (drilling.cloud.down, drilling.cloud.cut) == (set(), set())
    assert drilling.states() == ["active", "active"]
    assert drilling.left() == {}


def test_a_drain_that_takes_longer_than_allowed_ends_the_drill_in_active() -> None:
    drilling = Drilling()
    result = drilling.run(phase_s=3, drain_timeout_s=0.1)
    assert result.early_end is not None
    assert result.early_end.phase == "failover"
    assert "longer than --drain-timeout (0 s)" in result.early_end.reason
    assert drilling.states() == ["active", "active"]


def test_a_fault_that_cannot_be_removed_is_reported_and_hides_neither_the_others_nor_the_reason() -> None:
    drilling = Drilling(on_event=Place("drill", NOTE, "lost, with writes").raising(MraaError("it broke")))
    tries = []

    def regain(region: str) -> None:
        tries.append(region)
        if len(tries) <= 3:
            raise MraaError("the local cloud does not answer")
        drilling.cloud.down.discard(region)

    breaks = drilling.on_event

    def on_event(event: Event) -> None:
        breaks(event)
        if "a fault is left" in event.text:
            regain(PRIMARY)

    drilling.on_event = on_event
    assert drilling.faults
    drilling.faults = replace(drilling.faults, regain=regain)
    result = drilling.run(is_planned=False, phase_s=3, lag_ms=2000)
    assert result.early_end is not None
    assert result.early_end.reason == "it broke"
    assert [event.reason for event in drilling.events if "a fault is left" in event.text] == [
        "the local cloud does not answer"
    ]
    assert drilling.cloud.cut == set()
    assert drilling.lags == {(PRIMARY, SECONDARY): 300, (SECONDARY, PRIMARY): 300}
    assert drilling.states() == ["active", "active"]


def test_a_drill_that_cannot_go_back_says_which_command_does() -> None:
    drilling = Drilling()

    def on_event(event: Event) -> None:
        if event.text.startswith("load in the secondary Region, "):
            raise MraaError("it broke")
        if event.text.startswith("going back"):
            drilling.cloud.api_status[PRIMARY] = 500
            drilling.cloud.rules[SECONDARY] = []
            drilling.cloud.down.add(PRIMARY)

    drilling.on_event = on_event
    result = drilling.run(phase_s=3)
    assert result.early_end is not None
    assert "going back to active failed: " in result.early_end.afterwards
    assert "The state is failover: `mraa failback` goes back to active" in result.early_end.afterwards


def test_ctrl_c_on_the_way_back_ends_at_once_and_says_how_to_go_on() -> None:
    drilling = Drilling()

    def on_event(event: Event) -> None:
        if event.progress is STARTED and event.text.startswith(("load in the secondary Region, ", "going back")):
            raise KeyboardInterrupt

    drilling.on_event = on_event
    result = drilling.run(phase_s=3)
    assert result.early_end is not None
    assert result.early_end.afterwards == (
        "going back to active failed: interrupted. The state is failover: `mraa failback` goes back to active"
    )
    assert drilling.left() == {}


def test_a_region_that_is_lost_before_anything_was_changed_is_no_reason_to_change_the_state() -> None:
    drilling = Drilling()

    def on_event(event: Event) -> None:
        if event.progress is DONE and event.text.startswith("load before"):
            drilling.cloud.down.add(SECONDARY)

    drilling.on_event = on_event
    drilling.faults = None
    result = drilling.run(phase_s=3)
    assert result.early_end is not None
    assert result.early_end.afterwards == (
        "the state is active, as before, but the Regions do not answer alike: see `mraa status`"
    )
    assert drilling.cloud.record(PRIMARY)["epoch"] == 1


def test_a_state_that_somebody_else_set_meanwhile_is_left_as_it_is() -> None:
    drilling = Drilling()

    def on_event(event: Event) -> None:
        if (event.subject, event.progress) == ("drain", Progress.STARTED):
            drilling.cloud.set_state("fenced", "none", 40, previous="active")

    drilling.on_event = on_event
    result = drilling.run(phase_s=3)
    assert result.early_end is not None
    assert isinstance(result.early_end.error, StateConflictError)
    assert result.early_end.afterwards == (
        "the state is fenced, set by somebody, and left so: see `mraa status`; `mraa unfence` goes back to active"
    )
    assert drilling.states() == ["fenced", "fenced"]
