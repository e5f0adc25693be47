"""The alarms of each Region: what they watch, when they are raised, whom they notify."""

from typing import Any

import pytest

from mraa import names
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.templates.resolving import REGIONAL_PARAMETERS, TOKEN, Resolver

TOPICS = {
    "PrimaryAlarmTopicArn": f"arn:aws:sns:{PRIMARY}:123456789012:ops",
    "SecondaryAlarmTopicArn": f"arn:aws:sns:{SECONDARY}:123456789012:ops",
}
Alarms = dict[str, dict[str, Any]]


def alarms(regional: dict[str, Any], region: str = PRIMARY, **parameters: str) -> Alarms:
    """The alarms of a Region by their names without the deployment's prefix."""
    resolve = Resolver(regional, {**REGIONAL_PARAMETERS, **parameters}, region)
    found = [resolve.resource(name) for name, of in regional["Resources"].items() if of["Type"].endswith("::Alarm")]
    return {alarm["AlarmName"].removeprefix(f"mraa-{TOKEN}-"): alarm for alarm in found}


def dimensions(alarm: dict[str, Any]) -> dict[str, str]:
    return {of["Name"]: of["Value"] for of in alarm["Dimensions"]}


def test_what_can_go_wrong_has_an_alarm(regional: dict[str, Any]) -> None:
    assert set(alarms(regional)) == {
        *(f"{api}-{what}" for api in ("routing-layer", "photos") for what in ("errors", "latency")),
        *(f"{function}-function-errors" for function in ("app-state-updater", "photos-api", "state-guard")),
        "photos-api-function-throttles",
        "photos-requests",
        "app-config-replication",
        "key-value-store-replication",
        "key-value-store-throttles",
        "objects-pending",
        "objects-failed",
        "state-guard-failures",
    }


def test_every_alarm_says_what_it_is_about_and_idleness_raises_none(regional: dict[str, Any]) -> None:
    for alarm in alarms(regional).values():
        assert alarm["AlarmDescription"].endswith(".")
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]
        assert alarm["Period"] == 60


@pytest.mark.parametrize(
    ("region", "inbound", "outbound"),
    [(PRIMARY, names.REVERSE_RULE, names.FORWARD_RULE), (SECONDARY, names.FORWARD_RULE, names.REVERSE_RULE)],
)
def test_replication_is_watched_where_aws_publishes_it(
    regional: dict[str, Any], region: str, inbound: str, outbound: str
) -> None:
    """Pending in the destination's Region, failed and the tables' latency in the source's."""
    found = alarms(regional, region)
    peer = next(other for other in REGIONS if other != region)
    here, there = (f"mraa-{TOKEN}-{of}-objects" for of in (region, peer))
    pending, failed = dimensions(found["objects-pending"]), dimensions(found["objects-failed"])
    assert pending == {"SourceBucket": there, "DestinationBucket": here, "RuleId": inbound}
    assert failed == {"SourceBucket": here, "DestinationBucket": there, "RuleId": outbound}
    for table in ("app-config", "key-value-store"):
        latency = dimensions(found[f"{table}-replication"])
        assert latency == {"TableName": f"mraa-{TOKEN}-{table}", "ReceivingRegion": peer}


@pytest.mark.parametrize(("region", "own"), [(PRIMARY, "PrimaryAlarmTopicArn"), (SECONDARY, "SecondaryAlarmTopicArn")])
def test_an_alarm_notifies_the_topic_of_its_own_region_if_one_is_given(
    regional: dict[str, Any], region: str, own: str
) -> None:
    for alarm in alarms(regional, region, **TOPICS).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPICS[own]]
    for alarm in alarms(regional, region, **{**TOPICS, own: ""}).values():
        assert "AlarmActions" not in alarm and "OKActions" not in alarm


@pytest.mark.parametrize("rate", names.PHOTOS_RATES)
def test_the_photos_apis_limit_is_its_stages_and_four_fifths_of_it_raise_the_alarm(
    regional: dict[str, Any], rate: str
) -> None:
    resolve = Resolver(regional, REGIONAL_PARAMETERS | {names.PHOTOS_RATE: rate})
    [settings] = resolve.resource("PhotosStage")["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (rate, int(rate) * 2)
    assert alarms(regional, **{names.PHOTOS_RATE: rate})["photos-requests"]["Threshold"] == int(rate) * 60 * 0.8
