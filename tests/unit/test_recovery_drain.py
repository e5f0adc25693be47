"""What counts as confirmation that replication is done, and what does not."""

import re
from datetime import UTC, datetime

import pytest

from mraa.errors import AwsError, NotReadyError, StateConflictError
from mraa.events import Event
from mraa.recovery.regions.system import read_system
from mraa.recovery.runbook.drain import Drain
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import PHOTOS, SETTINGS, STORE, FakeCloud, bucket


def fenced(**options: object) -> FakeCloud:
    cloud = FakeCloud(**options)  # type: ignore[arg-type]
    cloud.set_state("fenced", "none", 2, previous="active")
    return cloud


def drain(
    cloud: FakeCloud,
    events: list[Event] | None = None,
    *,
    fenced_at: datetime | None = None,
    compared_at: datetime | None = None,
) -> Drain:
    system = read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS)
    assert system.primary.info
    assert system.secondary.info
    seen = events if events is not None else []
    primary, secondary = system.primary.info, system.secondary.info
    return Drain(
        cloud.aws,
        cloud.clock,
        PHOTOS,
        primary,
        secondary,
        2,
        seen.append,
        fenced_at=fenced_at,
        compared_at=compared_at,
    )


def refusal(cloud: FakeCloud, timeout_s: float = 20) -> str:
    with pytest.raises(NotReadyError) as refused:
        drain(cloud).run(timeout_s)
    assert refused.value.exit_code == 3
    assert "--force" in refused.value.hint
    return refused.value.message


def test_ten_times_the_replication_latency_is_waited_after_the_canary() -> None:
    cloud = fenced(lag_s=1.0)
    begun = cloud.now
    assert drain(cloud).run(300) == ()
    assert cloud.now - begun >= 10


def test_a_drain_that_takes_longer_than_its_time_out_says_so_at_once_and_how_long() -> None:
    cloud = fenced(lag_s=4.0)
    begun = cloud.now
    with pytest.raises(
        NotReadyError, match=r"takes 3\d s more, longer than --drain-timeout \(30 s\) allows"
    ) as refused:
        drain(cloud).run(30)
    assert cloud.now - begun < 10
    assert "--drain-timeout 6" in refused.value.hint


def test_by_force_it_waits_for_what_may_still_arrive_and_no_longer() -> None:
    cloud = fenced(lag_s=4.0)
    begun = cloud.now
    (left,) = drain(cloud).run(30, is_forced=True)
    assert re.fullmatch(r"10 x the replication latency of 4\.0 s, 3\d s left", left)
    assert cloud.now - begun < 10


def test_a_wait_whose_end_is_known_is_slept_out_exactly() -> None:
    cloud = fenced(lag_s=1.0)
    canary_at: list[float] = []

    def note(service: str, region: str, operation: str) -> None:
        if operation == "put_item":
            canary_at.append(cloud.now)

    cloud.before = note
    drain(cloud).run(300)
    assert cloud.now - canary_at[0] == pytest.approx(10.0)


def test_a_latency_from_before_a_comparison_of_both_regions_does_not_count() -> None:
    cloud = fenced(lag_s=1.0)
    cloud.past_latencies = [(cloud.now - 300, 45.0)]
    assert "takes 4" in refusal(cloud, 60)
    compared_at = datetime.fromtimestamp(cloud.now - 200, UTC)
    assert drain(cloud, compared_at=compared_at).run(60) == ()


def test_a_latency_that_an_outage_left_does_not_count_once_a_whole_later_minute_was_quick() -> None:
    cloud = fenced(lag_s=1.0)
    cloud.past_latencies = [(cloud.now - 300, 45.0), (cloud.now - 120, 1.0)]
    assert drain(cloud).run(60) == ()


def test_a_latency_of_an_outage_counts_as_long_as_the_canary_is_slow() -> None:
    cloud = fenced(lag_s=5.0)
    cloud.slow = {STORE: 1.0}
    cloud.past_latencies = [(cloud.now - 300, 45.0), (cloud.now - 120, 1.0)]
    assert "10 x the replication latency of 45.0 s" in refusal(cloud, 60)


def test_time_since_a_fence_that_an_earlier_run_set_counts() -> None:
    cloud = fenced(lag_s=4.0)
    fenced_at = datetime.fromtimestamp(cloud.now, UTC)
    cloud.now += 25
    begun = cloud.now
    assert drain(cloud, fenced_at=fenced_at).run(30) == ()
    assert cloud.now - begun < 20


def test_without_a_latency_metric_the_canary_is_the_measure() -> None:
    cloud = fenced(lag_s=1.0)

    def hide(service: str, region: str, operation: str) -> None:
        cloud.metrics = "none" if region == PRIMARY else "second"

    cloud.before = hide
    begun = cloud.now
    assert drain(cloud).run(300) == ()
    assert 10 <= cloud.now - begun < 20


def test_a_missing_datapoint_of_pending_operations_is_not_zero() -> None:
    assert "none published since the fence" in refusal(fenced(metrics="none"))


def test_a_metric_by_the_minute_is_waited_for_until_a_whole_minute_after_the_canary_has_begun() -> None:
    cloud = fenced(metrics="minute")
    begun = cloud.now
    assert drain(cloud).run(300) == ()
    assert cloud.now // 60 > begun // 60


def test_a_cloudwatch_that_refuses_seconds_for_a_metric_by_the_minute_does_not_fail_the_drain() -> None:
    cloud = fenced(metrics="minute")
    asked: list[str] = []

    def refuse(service: str, region: str, operation: str) -> None:
        # each poll asks by the minute, then by the second
        if (service, region) == ("cloudwatch", SECONDARY):
            asked.append(region)
            if len(asked) % 2 == 0:
                raise client_error("InvalidParameterValue")

    cloud.before = refuse
    assert drain(cloud).run(300) == ()


def test_objects_in_flight_block_the_drain() -> None:
    cloud = fenced()
    cloud.lag_s = 1000
    cloud.write(PRIMARY, "objects", "public/slow", cloud.now)
    cloud.lag_s = 0.3
    assert "1 pending S3 operations" in refusal(cloud)


def test_a_fence_that_has_not_arrived_blocks_the_drain() -> None:
    cloud = fenced()
    cloud.queue.clear()
    assert "the fence of epoch 2 (it sees active at 1)" in refusal(cloud)


def test_a_fence_that_arrived_in_part_blocks_the_drain() -> None:
    cloud = fenced()
    del cloud.queue[-3:]
    assert "still waiting for the rest of the fence" in refusal(cloud)


def test_without_a_rule_to_the_other_bucket_nothing_is_confirmed() -> None:
    cloud = fenced()
    cloud.rules[PRIMARY] = [("somewhere-else", "another-bucket")]
    assert f"a replication rule on {bucket(PRIMARY)}" in refusal(cloud)


def test_a_change_of_state_by_somebody_else_ends_the_drain() -> None:
    cloud = fenced()
    cloud.set_state("active", PRIMARY, 3)
    cloud.settle()
    with pytest.raises(StateConflictError):
        drain(cloud).run(20)


def test_a_region_with_transient_errors_is_waited_for() -> None:
    cloud = fenced()
    up_at = cloud.now + 5
    waiting = drain(cloud)

    def fail(service: str, region: str, operation: str) -> None:
        if region == SECONDARY and cloud.now < up_at:
            raise client_error("InternalServerError", status=500)

    cloud.before = fail
    assert waiting.run(60) == ()


def test_a_missing_permission_is_reported_at_once() -> None:
    cloud = fenced()
    waiting = drain(cloud)

    def deny(service: str, region: str, operation: str) -> None:
        if service == "cloudwatch":
            raise client_error("AccessDenied", status=403)

    cloud.before = deny
    begun = cloud.now
    with pytest.raises(AwsError, match="AccessDenied"):
        waiting.run(300)
    assert cloud.now - begun < 5


def test_force_returns_what_is_unconfirmed() -> None:
    assert drain(fenced(metrics="none")).run(5, is_forced=True) == (
        "S3's count of pending operations (none published since the fence)",
    )


def test_what_is_waited_for_is_reported_when_it_changes_and_not_at_each_poll() -> None:
    events: list[Event] = []
    drain(fenced(metrics="minute"), events).run(300)
    texts = [event.text for event in events]
    assert len(texts) == len(set(texts))
    assert len(texts) < 20


def test_stale_canaries_of_killed_drains_are_removed_and_recent_ones_of_others_stay() -> None:
    cloud = fenced()
    stale, young = "us-east-1-20200101T000000Z-0a0a0a0a", "us-east-1-29990101T000000Z-0b0b0b0b"
    for name in (stale, young):
        cloud.write(PRIMARY, STORE, f"CANARY#{PRIMARY}/{name}", {})
        cloud.write(PRIMARY, "objects", f"canary/{name}", cloud.now)
    cloud.settle()
    waiting = drain(cloud)
    waiting.run(300)
    waiting.clean_up()
    cloud.settle()
    assert {key.rpartition("/")[2] for key in cloud.canaries()} == {young}


def test_a_canary_that_cannot_be_removed_is_reported_and_does_not_fail_the_run() -> None:
    cloud, events = fenced(), list[Event]()
    waiting = drain(cloud, events)
    waiting.run(300)
    events.clear()
    cloud.down.add(SECONDARY)
    waiting.clean_up()
    assert [(event.text, event.region) for event in events] == [("canary left behind", SECONDARY)]


def test_an_object_that_has_not_arrived_blocks_the_drain_regardless_of_the_count() -> None:
    cloud = fenced()

    def lose(service: str, region: str, operation: str) -> None:
        cloud.queue = [write for write in cloud.queue if write.store != "objects"]

    cloud.after = lose
    assert refusal(cloud).endswith("still waiting for the canary object.")
