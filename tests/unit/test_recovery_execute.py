"""Runbooks against two small Regions: what they do, and what is left when they are interrupted at any call."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from mraa.errors import MraaError, StateConflictError, UnreachableError
from mraa.events import Event, OnEvent
from mraa.recovery.application import Application
from mraa.recovery.models import Step, SystemView
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan.runbooks import (
    plan_failback,
    plan_failover,
    plan_fence,
    plan_unfence,
    plan_unplanned_failover,
)
from mraa.recovery.runbook.result import RunbookResult
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import PHOTOS, SETTINGS, STORE, FakeCloud, Killed

Plan = Callable[[SystemView], list[Step]]


@dataclass
class Operating:
    """One operator at one cloud; each ``run`` is one command with a mark of its own."""

    cloud: FakeCloud
    events: list[Event] = field(default_factory=list)
    runs: int = 0
    application: Application = PHOTOS

    def executor(self, system: SystemView, drain_timeout_s: float = 300, on_event: OnEvent | None = None) -> Executor:
        self.runs += 1
        operator = Operator("somebody-at-work", f"mark{id(self)}-{self.runs}", "a reason")
        return Executor(
            self.cloud.aws,
            self.application,
            system.infos,
            operator,
            self.cloud.clock,
            on_event or self.events.append,
            drain_timeout_s=drain_timeout_s,
        )

    def run(self, plan: Plan, drain_timeout_s: float = 300) -> RunbookResult:
        system = read_system(self.cloud.aws, SETTINGS, self.cloud.clock, self.application, attempts=2)
        return self.executor(system, drain_timeout_s).run(plan(system))

    def run_unplanned(self) -> RunbookResult:
        survivor = read_survivor(self.cloud.aws, SETTINGS, self.cloud.clock, attempts=2)
        system = SystemView(survivor, survivor)
        return self.executor(system).run(plan_unplanned_failover(survivor))


def forced(system: SystemView) -> list[Step]:
    return plan_failover(system, is_forced=True)


def assert_settled(cloud: FakeCloud, state: str, writable: str) -> None:
    """Both Regions say so, with every fence, once replication is done."""
    cloud.settle()
    assert [cloud.record(region)["state"] for region in (PRIMARY, SECONDARY)] == [state, state]
    for region in (PRIMARY, SECONDARY):
        assert cloud.fences(region) == {(writable, cloud.record(region)["epoch"])}


def test_a_failover_fences_drains_switches_and_verifies() -> None:
    operating = Operating(FakeCloud())
    outcome = operating.run(plan_failover)
    assert [name for name, _ in outcome.timings] == ["fence", "drain", "switch", "verify"]
    assert_settled(operating.cloud, "failover", SECONDARY)
    record = operating.cloud.record(SECONDARY)
    assert (record["epoch"], record["reason"], record["previousState"]) == (3, "a reason", "fenced")
    assert record["updatedBy"].startswith("somebody-at-work [")
    invoked = [region for service, region, _ in operating.cloud.calls if service == "lambda"]
    assert invoked == [PRIMARY, SECONDARY]


def test_a_failback_goes_the_other_way() -> None:
    operating = Operating(FakeCloud())
    operating.run(plan_failover)
    operating.cloud.calls.clear()
    operating.run(plan_failback)
    assert_settled(operating.cloud, "active", PRIMARY)
    invoked = [region for service, region, _ in operating.cloud.calls if service == "lambda"]
    assert invoked == [SECONDARY, PRIMARY]


@pytest.mark.parametrize(("plan", "state"), [(plan_failover, "failover"), (plan_failback, "active")])
def test_no_canary_stays_behind(plan: Plan, state: str) -> None:
    operating = Operating(FakeCloud())
    operating.run(plan_failover)
    operating.run(plan)
    operating.cloud.settle()
    assert operating.cloud.record(PRIMARY)["state"] == state
    assert operating.cloud.canaries() == []


def test_fence_and_unfence_return_to_the_state_before() -> None:
    operating = Operating(FakeCloud())
    for plan, state, writable in [
        (plan_fence, "fenced", "none"),
        (plan_unfence, "active", PRIMARY),
        (plan_failover, "failover", SECONDARY),
        (plan_fence, "fenced", "none"),
        (plan_unfence, "failover", SECONDARY),
    ]:
        operating.run(plan)
        assert_settled(operating.cloud, state, writable)


def test_an_unplanned_failover_needs_nothing_of_the_lost_region_and_no_control_plane() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.write(SECONDARY, STORE, "PHOTO/1", {"writtenIn": PRIMARY, "createdAt": "2026-11-23T08:00:00Z"})
    operating.cloud.down.add(PRIMARY)
    operating.cloud.calls.clear()
    outcome = operating.run_unplanned()
    assert operating.cloud.record(SECONDARY)["state"] == "failover"
    assert {region for _, region, _ in operating.cloud.calls} == {SECONDARY}
    assert {service for service, _, _ in operating.cloud.calls} == {"ssm", "dynamodb", "lambda", "api"}
    assert outcome.report is not None
    assert outcome.report["lostRegion"] == PRIMARY
    assert outcome.report["lastReplicatedAt"] == "2026-11-23T08:00:00Z"


def test_an_unplanned_failover_run_again_only_verifies() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.down.add(PRIMARY)
    operating.run_unplanned()
    epoch = operating.cloud.record(SECONDARY)["epoch"]
    assert [name for name, _ in operating.run_unplanned().timings] == ["verify"]
    assert operating.cloud.record(SECONDARY)["epoch"] == epoch


def test_a_region_that_comes_back_with_its_old_state_gets_the_new_one_by_the_same_failover() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.cut |= {PRIMARY, SECONDARY}
    operating.run_unplanned()
    assert operating.cloud.app_write(PRIMARY, "late")  # it lives, and does not know
    operating.cloud.cut.clear()
    operating.run(plan_failover)
    assert_settled(operating.cloud, "failover", SECONDARY)
    assert not operating.cloud.app_write(PRIMARY, "later")


def test_what_another_operator_changed_in_between_stops_the_loser() -> None:
    cloud = FakeCloud()
    winner, loser = Operating(cloud), Operating(cloud)
    seen = read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS)
    winner.run(plan_fence)
    with pytest.raises(StateConflictError) as lost:
        loser.executor(seen).run(plan_failover(seen))
    assert lost.value.exit_code == 1
    assert cloud.record(PRIMARY)["state"] == "fenced"


def test_two_operators_at_the_drain_make_one_failover_and_one_loser() -> None:
    cloud = FakeCloud()
    winner, loser = Operating(cloud), Operating(cloud)
    winner.run(plan_fence)
    seen = read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS)
    winner.run(plan_failover)
    with pytest.raises(StateConflictError):
        loser.executor(seen).run(plan_failover(seen))
    assert_settled(cloud, "failover", SECONDARY)


def test_a_later_change_seen_first_by_the_api_is_somebody_elses_and_no_fault_of_the_api() -> None:
    operating = Operating(FakeCloud())
    system = read_system(operating.cloud.aws, SETTINGS, operating.cloud.clock, PHOTOS)

    def fence_again(service: str, region: str, operation: str) -> None:
        if (service, operation) == ("api", "routing"):
            operating.cloud.set_state("fenced", "none", 98)

    operating.cloud.before = fence_again
    with pytest.raises(StateConflictError, match="set the state to fenced at epoch 98 meanwhile"):
        operating.executor(system).run(plan_fence(system))


def test_an_answer_that_got_lost_is_found_in_the_record() -> None:
    operating = Operating(FakeCloud())

    def lose(service: str, region: str, operation: str) -> None:
        if operation == "invoke":
            raise client_error("ServiceUnavailable", status=503)

    operating.cloud.after = lose
    operating.run(plan_failover)
    assert_settled(operating.cloud, "failover", SECONDARY)


def test_a_call_that_the_sdk_sent_twice_is_not_a_conflict() -> None:
    operating = Operating(FakeCloud())
    answered: list[str] = []

    def twice(service: str, region: str, operation: str) -> None:
        # carried out, not heard, sent again by the SDK: the function finds its own work
        if operation == "invoke" and not answered:
            answered.append(operation)
            raise client_error("StateConflict")

    operating.cloud.after = twice
    operating.run(plan_fence)
    assert_settled(operating.cloud, "fenced", "none")


def test_a_refused_call_that_did_nothing_is_reported_as_it_is() -> None:
    operating = Operating(FakeCloud())

    def refuse(service: str, region: str, operation: str) -> None:
        if operation == "invoke":
            raise client_error("ResourceNotFoundException", status=404)

    operating.cloud.before = refuse
    with pytest.raises(MraaError) as refused:
        operating.run(plan_fence)
    assert "app-state-updater does not exist in us-east-1" in refused.value.message
    assert operating.cloud.record(PRIMARY)["state"] == "active"


def test_a_partition_that_heals_late_is_waited_out() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.cut.add(SECONDARY)
    heal_at = operating.cloud.now + 120

    def heal(service: str, region: str, operation: str) -> None:
        if operating.cloud.now >= heal_at:
            operating.cloud.cut.clear()

    operating.cloud.before = heal
    operating.run(plan_failover)
    assert operating.cloud.now >= heal_at
    assert_settled(operating.cloud, "failover", SECONDARY)


def test_a_peer_region_that_does_not_follow_is_a_note() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.cut.add(SECONDARY)
    outcome = operating.run(plan_fence)
    assert any(f"{SECONDARY} does not see epoch 4 yet" in note for note in outcome.notes)


VERBS: list[tuple[str, list[Plan], Plan, str, str]] = [
    ("failover", [], plan_failover, "failover", SECONDARY),
    ("failback", [plan_failover], plan_failback, "active", PRIMARY),
    ("fence", [], plan_fence, "fenced", "none"),
    ("unfence", [plan_fence], plan_unfence, "active", PRIMARY),
]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("verb", "before", "plan", "state", "writable"), VERBS, ids=[verb[0] for verb in VERBS])
def test_killed_at_any_call_and_run_again_it_finishes(
    verb: str, before: list[Plan], plan: Plan, state: str, writable: str, moment: str
) -> None:
    call = 0
    while True:
        call += 1
        cloud = FakeCloud()
        operating = Operating(cloud)
        for earlier in before:
            operating.run(earlier)
        kill_at = len(cloud.calls) + call

        def kill(service: str, region: str, operation: str, cloud: FakeCloud = cloud, kill_at: int = kill_at) -> None:
            if len(cloud.calls) >= kill_at:
                raise Killed

        setattr(cloud, moment, kill)
        try:
            operating.run(plan)
        except Killed:
            pass
        else:
            assert call > 5, "the runbook made calls, and was killed at each"
            return
        setattr(cloud, moment, lambda service, region, operation: None)
        cloud.settle()
        operating.run(plan)
        assert_settled(cloud, state, writable)


@pytest.mark.parametrize("seconds", [0.1, 2.0])
def test_a_planned_failover_loses_no_acknowledged_write(seconds: float) -> None:
    """Writers continue all the time; what the primary acknowledged is in the secondary before that may write."""
    cloud = FakeCloud(lag_s=seconds)
    operating = Operating(cloud)
    acknowledged: list[str] = []
    missing_at_switch: list[str] = []

    def write(service: str, region: str, operation: str) -> None:
        name = f"w{len(cloud.calls)}"
        if cloud.app_write(PRIMARY, name):
            acknowledged.append(f"PHOTO/{name}")
        if (region, operation) == (SECONDARY, "invoke"):
            missing_at_switch.extend(key for key in acknowledged if key not in cloud.stores[SECONDARY][STORE])

    cloud.before = write
    operating.run(plan_failover)
    assert len(acknowledged) > 5
    assert missing_at_switch == []
    assert cloud.app_write(SECONDARY, "first")
    assert not cloud.app_write(PRIMARY, "last")


@pytest.mark.parametrize("code", ["ThrottlingException", "ServiceUnavailable"])
def test_each_call_may_fail_once_before_the_state_changes(code: str) -> None:
    cloud = FakeCloud()
    refused: set[tuple[str, str, str]] = set()

    def once(service: str, region: str, operation: str) -> None:
        # the SDK itself repeats an invoke; what a clean-up cannot remove is reported and left; an API is asked again
        if service != "lambda" and operation not in ("query", "delete_item", "list_object_versions", "delete_object"):
            key = (service, region, operation)
            if key not in refused:
                refused.add(key)
                raise client_error(code, status=503 if code == "ServiceUnavailable" or service == "api" else 400)

    cloud.before = once
    Operating(cloud).run(plan_failover)
    assert len(refused) >= 12
    assert_settled(cloud, "failover", SECONDARY)


def test_a_region_lost_right_after_the_switch_was_requested_leaves_it_unknown_and_says_so() -> None:
    operating = Operating(FakeCloud())

    def lose(service: str, region: str, operation: str) -> None:
        if operation == "invoke":
            operating.cloud.down.add(region)
            raise client_error("ServiceUnavailable", status=503)

    operating.cloud.after = lose
    with pytest.raises(UnreachableError) as unknown:
        operating.run_unplanned()
    assert "It is not known whether" in unknown.value.message
    assert "again" in unknown.value.hint
