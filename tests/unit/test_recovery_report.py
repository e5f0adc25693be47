"""The report of a real failover or failback: what it says after a good run, a forced one, and one that ended early."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from mraa.errors import MraaError
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan.runbooks import plan_failover, plan_unplanned_failover
from mraa.recovery.runbook.record import Recorder, Run
from mraa.recovery.runbook.report_files import page_of, write_report
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.unit.fake_cloud import PHOTOS, SETTINGS, FakeCloud
from tests.unit.test_recovery_execute import forced


def run_of(cloud: FakeCloud, plan: object = plan_failover, drain_timeout_s: float = 300) -> Run:
    """The record of one run, as the command keeps it."""
    if plan is plan_unplanned_failover:
        survivor = read_survivor(cloud.aws, SETTINGS, cloud.clock, attempts=1)
        assert survivor.info is not None
        infos, steps = {SECONDARY: survivor.info}, plan_unplanned_failover(survivor)
    else:
        system = read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS)
        infos, steps = system.infos, plan(system)  # type: ignore[operator]
    operator = Operator("somebody <at> work", "mark", "a reason")
    recorder = Recorder("Failover", "mraa", REGIONS, operator, cloud.clock, lambda event: None)
    executor = Executor(
        cloud.aws, PHOTOS, infos, operator, cloud.clock, recorder.event, drain_timeout_s=drain_timeout_s
    )
    with suppress(MraaError, KeyboardInterrupt):
        recorder.run(executor, steps)
    assert recorder.finished is not None
    return recorder.finished


def test_a_planned_move_says_how_long_writes_were_refused_and_that_nothing_is_missing() -> None:
    run = run_of(FakeCloud(lag_s=1.0))
    assert run.outcome == "done"
    assert [(step.name, step.outcome) for step in run.steps] == [
        ("fence", "done"), ("drain", "done"), ("switch", "done"), ("verify", "done"),
    ]  # fmt: skip
    assert run.refused_s is not None
    assert 10 <= run.refused_s <= run.took_s
    assert run.recovery_s == pytest.approx(run.refused_s)
    assert run.missing.startswith("nothing")


def test_a_forced_move_says_that_something_may_be_missing() -> None:
    run = run_of(FakeCloud(), forced, drain_timeout_s=0)
    assert run.outcome == "unconfirmed"
    assert "until replication catches up" in run.missing
    assert any("proceeding by --force" in note for note in run.notes)


def test_an_unplanned_failover_refused_nothing_by_itself_and_says_since_when_writes_may_be_missing() -> None:
    cloud = FakeCloud()
    cloud.down.add(PRIMARY)
    run = run_of(cloud, plan_unplanned_failover)
    assert (run.outcome, run.refused_s) == ("done", None)
    assert run.recovery_s is not None
    assert f"writes that {PRIMARY} acknowledged before" in run.missing


@pytest.mark.parametrize(
    ("error", "outcome"), [(MraaError("It broke <here>."), "failed"), (KeyboardInterrupt(), "interrupted")]
)
def test_a_move_that_ended_early_says_where_and_that_writes_are_still_refused(
    error: BaseException, outcome: str
) -> None:
    cloud = FakeCloud()

    def fail(service: str, region: str, operation: str) -> None:
        if operation == "put_object":
            raise error

    cloud.before = fail
    run = run_of(cloud)
    assert run.outcome == outcome
    assert run.steps[-1].name == "drain"
    assert run.recovery_s is None
    assert run.refused_s is not None
    assert any(note.startswith("writes stay fenced") for note in run.notes)
    assert "nothing was switched" in run.missing
    page = page_of(run)
    assert "so far" in page
    assert "<here>" not in page


def test_the_files_hold_the_same_figures_and_hostile_text_is_escaped(tmp_path: Path) -> None:
    run = run_of(FakeCloud())
    page, document = write_report(tmp_path / "new" / "folder", run)
    found = json.loads(document.read_text())
    assert found["schemaVersion"] == 1
    assert found["recoveryS"] == run.recovery_s
    assert found["steps"][1]["name"] == "drain"
    assert "somebody &lt;at&gt; work" in page.read_text()
    assert f"{run.recovery_s:.1f} s" in page.read_text()
    assert page.stem == document.stem
    assert page.stem.startswith("failover-20")
