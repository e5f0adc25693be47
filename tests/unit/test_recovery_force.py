"""Planned moves that end early, and what ``--force`` does not wait for."""

import pytest

from mraa.errors import MraaError, NotReadyError, StateConflictError
from mraa.events import Event, Progress
from mraa.recovery.regions.system import read_system
from mraa.recovery.runbook.plan.runbooks import plan_failover
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import PHOTOS, SETTINGS, FakeCloud
from tests.unit.test_recovery_execute import Operating, assert_settled, forced


def test_a_failure_in_the_middle_says_what_is_done() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.cut.add(SECONDARY)
    with pytest.raises(NotReadyError) as unconfirmed:
        operating.run(plan_failover, drain_timeout_s=5)
    assert "timed out after 5 s; replication unconfirmed" in unconfirmed.value.message
    notes = [event.text for event in operating.events if event.progress is Progress.NOTE]
    assert any("done so far: fence" in note and "again is safe" in note for note in notes)
    failed = [event for event in operating.events if event.progress is Progress.FAILED]
    assert [event.subject for event in failed] == ["drain"]
    assert operating.cloud.record(PRIMARY)["state"] == "fenced"


def test_force_proceeds_without_confirmation_and_says_so() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.cut.add(SECONDARY)
    outcome = operating.run(forced, drain_timeout_s=5)
    assert operating.cloud.record(SECONDARY)["state"] == "failover"
    assert any("replication unconfirmed, proceeding by --force" in note for note in outcome.notes)


def test_force_without_a_time_out_waits_for_nothing_and_is_no_green_tick() -> None:
    operating = Operating(FakeCloud(lag_s=30.0))
    begun = operating.cloud.now
    operating.run(forced, drain_timeout_s=0)
    assert operating.cloud.now - begun < 5
    assert operating.cloud.record(SECONDARY)["state"] == "failover"
    progress = {event.subject: event.progress for event in operating.events if event.elapsed_s is not None}
    assert progress == {
        "fence": Progress.DONE,
        "drain": Progress.UNCONFIRMED,
        "switch": Progress.DONE,
        "verify": Progress.UNCONFIRMED,
    }
    assert_settled(operating.cloud, "failover", SECONDARY)


def test_a_fence_that_arrives_while_force_switches_is_no_conflict() -> None:
    operating = Operating(FakeCloud(lag_s=30.0))
    asked: list[str] = []

    def arrive(service: str, region: str, operation: str) -> None:
        if operation == "invoke" and not asked and region == SECONDARY:
            asked.append(region)
            operating.cloud.settle()

    operating.cloud.before = arrive
    operating.run(forced, drain_timeout_s=0)
    assert_settled(operating.cloud, "failover", SECONDARY)


@pytest.mark.parametrize(
    ("service", "region", "said"),
    [
        ("s3", PRIMARY, "writes stay fenced in both Regions"),
        ("lambda", SECONDARY, "writes may be fenced in both Regions"),
        ("lambda", PRIMARY, "writes may be fenced in both Regions"),
    ],
)
@pytest.mark.parametrize("error", [client_error("AccessDenied", status=403), KeyboardInterrupt()])
def test_a_move_that_ends_early_says_that_writes_are_fenced_and_both_ways_on(
    service: str, region: str, said: str, error: BaseException
) -> None:
    operating = Operating(FakeCloud())

    def fail(of: str, where: str, operation: str) -> None:
        if (of, where) == (service, region) and operation in ("invoke", "put_object"):
            raise error

    operating.cloud.before = fail
    with pytest.raises((MraaError, KeyboardInterrupt)):
        operating.run(plan_failover)
    notes = [event.text for event in operating.events if event.progress is Progress.NOTE]
    (note,) = [note for note in notes if note.startswith(said)]
    assert "the same command goes on" in note
    assert "`mraa unfence` takes the move back" in note


def test_force_does_not_overrule_what_another_operator_did_meanwhile() -> None:
    cloud = FakeCloud(metrics="none")
    operating = Operating(cloud)

    def overtake(service: str, region: str, operation: str) -> None:
        if cloud.record(SECONDARY)["epoch"] == 2 and cloud.now > drained_at:
            cloud.set_state("active", PRIMARY, 3, region=SECONDARY)

    drained_at = cloud.now + 3
    cloud.before = overtake
    with pytest.raises(StateConflictError, match="somebody set the state to active at epoch 3 meanwhile"):
        operating.run(forced, drain_timeout_s=5)
    assert cloud.record(SECONDARY)["state"] == "active"


def test_force_with_a_confirmed_drain_changes_nothing() -> None:
    operating = Operating(FakeCloud())
    outcome = operating.run(forced)
    assert outcome.notes == []
    assert_settled(operating.cloud, "failover", SECONDARY)


def test_a_switch_to_a_region_whose_api_is_unhealthy_fails_afterwards_and_says_so() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.api_status[SECONDARY] = 500
    with pytest.raises(MraaError) as ill:
        operating.run(forced)
    assert "is set to failover" in ill.value.message
    assert "answers 500" in ill.value.message
    assert operating.cloud.record(SECONDARY)["state"] == "failover"


def test_a_move_that_is_interrupted_between_two_steps_says_that_writes_are_fenced() -> None:
    operating = Operating(FakeCloud())
    system = read_system(operating.cloud.aws, SETTINGS, operating.cloud.clock, PHOTOS)

    def interrupt(event: Event) -> None:
        operating.events.append(event)
        if (event.subject, event.progress) == ("drain", Progress.DONE):
            raise KeyboardInterrupt

    executor = operating.executor(system, on_event=interrupt)
    with pytest.raises(KeyboardInterrupt):
        executor.run(plan_failover(system))
    assert any(event.text.startswith("writes stay fenced in both Regions") for event in operating.events)
