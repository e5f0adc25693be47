"""The status on two running Regions: what lags behind, and watching it."""

import json
import signal
from datetime import UTC, datetime, timedelta

from tests.local.deploying import eventually
from tests.local.operating import Deployment
from tests.local.sabotage import finish
from tests.regions import PRIMARY, SECONDARY


def test_a_probe_measures_both_ways_and_leaves_nothing_behind(active: Deployment) -> None:
    document = active.mraa("status", "--probe")
    for region in document["regions"]:
        assert 0 < region["itemLagS"] < 5
        assert 0 < region["objectLagS"] < 5
    assert active.canaries() == []


def test_without_a_probe_nothing_is_written(active: Deployment) -> None:
    document = active.mraa("status")
    assert [region["itemLagS"] for region in document["regions"]] == [None, None]
    assert active.canaries() == []


def test_photos_without_their_object_and_pending_operations_are_counted(active: Deployment) -> None:
    for _ in range(2):
        active.add_photo(PRIMARY)
    eventually(lambda: active.objects(SECONDARY).keys() >= active.objects(PRIMARY).keys())
    eventually(lambda: active.photos(SECONDARY) == active.photos(PRIMARY))
    bucket = active.regions[SECONDARY].object_store_bucket
    gone = max(active.objects(SECONDARY))
    version = active.aws.client("s3", SECONDARY).head_object(Bucket=bucket, Key=gone)["VersionId"]
    active.aws.client("s3", SECONDARY).delete_object(Bucket=bucket, Key=gone, VersionId=version)
    assert (active.shown("photosLookedAt"), active.shown("photosWithoutObject")) == ([2, 2], [0, 1])
    active.cut()
    active.add_photo(PRIMARY)
    waiting = eventually(lambda: active.mraa("status")["regions"][0]["pendingOperations"])
    assert waiting >= 1


def test_a_probe_over_a_cut_says_so_and_is_not_ready(active: Deployment) -> None:
    active.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    document = active.mraa("status", "--probe", expect=3)
    assert document["reasons"] == [f"replication: the canary item and object did not reach {SECONDARY} within 10 s"]
    assert document["regions"][1]["itemLagS"] > 0


def test_a_raised_alarm_is_named(active: Deployment) -> None:
    function = active.regions[PRIMARY].app_state_updater_function
    answer = active.aws.client("lambda", PRIMARY).invoke(FunctionName=function, Payload=b"{}")
    assert "FunctionError" in answer
    assert active.shown("alarmsRaised") == [["app-state-updater-function-errors"], []]


def test_a_table_without_deletion_protection_is_named(active: Deployment) -> None:
    info = active.regions[SECONDARY]
    dynamodb = active.aws.client("dynamodb", SECONDARY)
    dynamodb.update_table(TableName=info.app_config_table, DeletionProtectionEnabled=False)
    try:
        unprotected = active.shown("unprotectedTables")
    finally:
        dynamodb.update_table(TableName=info.app_config_table, DeletionProtectionEnabled=True)
    assert unprotected == [[], [info.app_config_table]]


def test_the_apis_requests_are_counted_as_their_alarms_read_them(active: Deployment) -> None:
    assert active.post(PRIMARY)[0] == 200
    cloudwatch, now = active.aws.client("cloudwatch", PRIMARY), datetime.now(UTC)
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix="mraa-")["MetricAlarms"]
    of_apis = [alarm for alarm in alarms if alarm["Namespace"] == "AWS/ApiGateway"]
    counted = {}
    for alarm in of_apis:
        kind = "ExtendedStatistics" if "ExtendedStatistic" in alarm else "Statistics"
        [point] = cloudwatch.get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm["Dimensions"],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            **{kind: [alarm[kind[:-1]]]},
        )["Datapoints"] or [{}]
        counted[alarm["AlarmName"].split("-", 2)[2]] = point.get("Sum", point.get("ExtendedStatistics"))
    assert counted["photos-requests"] >= 1
    assert counted["photos-errors"] == 0
    assert counted["photos-latency"]["p99"] > 0
    assert set(counted) == {"photos-requests"} | {
        f"{api}-{what}" for api in ("photos", "routing-layer") for what in ("errors", "latency")
    }


def test_watching_continues_while_a_region_is_lost_until_it_is_interrupted(active: Deployment) -> None:
    process = active.start("status", "--watch", "--interval", "0.5", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["isReady"]:
            break
    active.fault(fault="region", region=PRIMARY, state="down")
    for line in process.stdout:
        if not json.loads(line)["regions"][0]["isReachable"]:
            break
    active.fault(fault="region", region=PRIMARY, state="up")
    for line in process.stdout:
        if json.loads(line)["isReady"]:
            break
    process.send_signal(signal.SIGINT)
    _, err = finish(process)
    assert process.returncode == 130
    assert err.strip() == "Interrupted."
