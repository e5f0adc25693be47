"""What is said before anything is fenced: for how long writes are refused, and drains that cannot be confirmed."""

import pytest

from mraa.errors import NotReadyError
from mraa.events import Progress
from mraa.recovery.regions.estimate import DrainEstimate, estimate_of, require_confirmable
from mraa.recovery.regions.system import read_system
from mraa.recovery.runbook.plan.runbooks import plan_failback, plan_failover, plan_fence
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import PHOTOS, SETTINGS, FakeCloud, bucket
from tests.unit.test_recovery_execute import Operating, Plan, forced


def estimated(cloud: FakeCloud, plan: Plan = plan_failover) -> DrainEstimate | None:
    system = read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS)
    return estimate_of(cloud.aws, cloud.clock, PHOTOS, system.infos, plan(system))


def refusal(cloud: FakeCloud, timeout_s: float = 300) -> NotReadyError:
    estimate = estimated(cloud)
    assert estimate is not None
    with pytest.raises(NotReadyError) as refused:
        require_confirmable(estimate, timeout_s)
    assert refused.value.exit_code == 3
    assert "Nothing was fenced" in refused.value.message
    return refused.value


def test_ten_times_the_latency_is_how_long_writes_are_refused() -> None:
    estimate = estimated(FakeCloud(lag_s=1.2))
    assert estimate is not None
    assert estimate.text.startswith("writes will be refused for about 12 s (10 x the replication latency of 1.2 s")


def test_a_count_by_the_minute_makes_it_minutes() -> None:
    cloud = FakeCloud(metrics="minute")
    cloud.now = cloud.now // 60 * 60 + 20
    late = cloud.now - 200

    def publish_late(service: str, region: str, operation: str) -> None:
        cloud.published_at = late if (service, region) == ("cloudwatch", SECONDARY) else None

    cloud.before = publish_late
    estimate = estimated(cloud)
    assert estimate is not None
    assert estimate.seconds == pytest.approx(240)
    assert "S3's next count of pending operations" in estimate.text


def test_without_traffic_it_is_a_lower_bound() -> None:
    cloud = FakeCloud()

    def hide(service: str, region: str, operation: str) -> None:
        cloud.metrics = "none" if region == PRIMARY else "second"

    cloud.before = hide
    estimate = estimated(cloud)
    assert estimate is not None
    assert estimate.text == (
        "writes will be refused for at least 1 s (S3's next count of pending operations, or 10 x the replication "
        "latency, which the drain measures)"
    )


def test_a_plan_that_fences_nothing_or_drains_nothing_has_no_estimate() -> None:
    cloud = FakeCloud()
    assert estimated(cloud, plan_fence) is None
    Operating(cloud).run(plan_fence)
    assert estimated(cloud) is not None  # the fence has to name another authority
    Operating(cloud).run(plan_failover)
    assert estimated(cloud) is None


def test_without_a_count_of_pending_operations_nothing_is_fenced() -> None:
    refused = refusal(FakeCloud(metrics="none"))
    assert f"S3 has published no count of pending operations from {bucket(PRIMARY)}" in refused.message
    assert "--force" in refused.hint


def test_a_drain_that_takes_longer_than_its_time_out_is_refused_with_the_time_that_it_takes() -> None:
    refused = refusal(FakeCloud(lag_s=45.0))
    assert "about 450 s, longer than --drain-timeout (300 s), by the metrics of the last 15 minutes" in refused.message
    assert "--drain-timeout 480" in refused.hint


def test_a_cloudwatch_that_refuses_is_a_reason() -> None:
    cloud = FakeCloud()

    def refuse(service: str, region: str, operation: str) -> None:
        if service == "cloudwatch":
            raise client_error("AccessDenied", "no cloudwatch:GetMetricData", status=403)

    cloud.before = refuse
    assert "no cloudwatch:GetMetricData" in refusal(cloud).message


def test_the_executor_refuses_before_the_fence() -> None:
    operating = Operating(FakeCloud(metrics="none"))
    with pytest.raises(NotReadyError, match="Nothing was fenced"):
        operating.run(plan_failover)
    assert operating.cloud.record(PRIMARY)["state"] == "active"
    assert not any("writes" in event.text for event in operating.events if event.progress is Progress.NOTE)


def test_force_asks_for_no_estimate() -> None:
    operating = Operating(FakeCloud(metrics="none"))
    operating.run(forced, drain_timeout_s=0)
    assert operating.cloud.record(SECONDARY)["state"] == "failover"


def test_a_failback_soon_after_an_outage_trusts_its_comparison_and_not_the_latency_of_the_outage() -> None:
    operating = Operating(FakeCloud(lag_s=0.5))
    operating.run(plan_failover)
    cloud = operating.cloud
    cloud.now = cloud.now // 60 * 60 + 90
    cloud.past_latencies = [(cloud.now - 70, 45.0)]
    begun = cloud.now
    operating.run(plan_failback)
    assert cloud.record(PRIMARY)["state"] == "active"
    assert cloud.now - begun < 30


def test_a_failback_without_the_comparison_says_before_the_fence_that_it_takes_too_long() -> None:
    operating = Operating(FakeCloud(lag_s=0.5))
    operating.run(plan_failover)
    operating.cloud.past_latencies = [(operating.cloud.now - 70, 45.0)]
    with pytest.raises(NotReadyError, match="longer than --drain-timeout"):
        operating.run(lambda system: plan_failback(system, is_reconciled=True))
    assert operating.cloud.record(PRIMARY)["state"] == "failover"
