"""Our rule is put and removed; other rules are not touched."""

from typing import Any

import pytest

from replication_configurer.handler import RULE_ID, configure, handle
from shared.cloudformation import Request
from tests.errors import client_error
from tests.functions.conftest import Clients, CloudFormation, Context
from tests.functions.fakes import FakeTime
from tests.regions import SECONDARY

ROLE = "arn:aws:iam::123456789012:role/mraa/token/replication"
PROPERTIES = {
    "SourceBucket": "source",
    "SourceRegion": SECONDARY,
    "DestinationBucketArn": "arn:aws:s3:::destination",
    "RoleArn": ROLE,
    "ReplicationTimeControl": "Disabled",
    "TemplateHash": "x",
}
FOREIGN = {
    "ID": "backup",
    "Status": "Enabled",
    "Priority": 7,
    "Filter": {"Prefix": "x/"},
    "Destination": {"Bucket": "b"},
}


class Bucket:
    """One bucket's replication configuration, with S3's errors. Moto drops parts of the rules."""

    def __init__(self, configuration: dict[str, Any] | None = None, is_there: bool = True) -> None:
        self.configuration = configuration
        self.is_there = is_there
        self.put_errors: list[Exception] = []
        self.puts = 0

    def get_bucket_replication(self, Bucket: str) -> Any:
        self._require(Bucket)
        if self.configuration is None:
            raise client_error("ReplicationConfigurationNotFoundError", status=404)
        return {"ReplicationConfiguration": self.configuration}

    def put_bucket_replication(self, Bucket: str, ReplicationConfiguration: dict[str, Any]) -> None:
        self._require(Bucket)
        self.puts += 1
        if self.put_errors:
            raise self.put_errors.pop(0)
        assert ReplicationConfiguration["Rules"], "S3 refuses a configuration without rules"
        priorities = [rule["Priority"] for rule in ReplicationConfiguration["Rules"]]
        assert len(set(priorities)) == len(priorities), "S3 refuses equal priorities"
        self.configuration = ReplicationConfiguration

    def delete_bucket_replication(self, Bucket: str) -> None:
        self._require(Bucket)
        self.configuration = None

    def _require(self, name: str) -> None:
        if not self.is_there:
            raise client_error("NoSuchBucket", status=404)
        assert name in ("source", "old-source")

    @property
    def rules(self) -> dict[str, Any]:
        return {rule["ID"]: rule for rule in (self.configuration or {"Rules": []})["Rules"]}


@pytest.fixture
def bucket(clients: Clients) -> Bucket:
    made = Bucket()
    clients.made[("s3", SECONDARY)] = made
    return made


def do(kind: str, time: FakeTime | None = None, old: dict[str, str] | None = None, **properties: Any) -> None:
    """The work itself, on a clock without waiting."""
    clock = (time or FakeTime()).clock()
    request = Request(kind, "id", PROPERTIES | properties, old or {}, lambda: 120 - clock.monotonic())
    configure(request, clock)


def test_the_rule_replicates_everything(bucket: Bucket) -> None:
    do("Create")
    assert bucket.configuration == {
        "Role": ROLE,
        "Rules": [
            {
                "ID": RULE_ID,
                "Status": "Enabled",
                "Priority": 1,
                "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Enabled"},
                "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}},
                "Destination": {"Bucket": "arn:aws:s3:::destination", "Metrics": {"Status": "Enabled"}},
            }
        ],
    }


def test_time_control_sets_its_threshold(bucket: Bucket) -> None:
    do("Create", ReplicationTimeControl="Enabled")
    destination = bucket.rules[RULE_ID]["Destination"]
    assert destination["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}
    assert destination["Metrics"] == {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}


def test_other_rules_are_kept_and_ours_has_the_highest_priority(bucket: Bucket) -> None:
    bucket.configuration = {"Role": ROLE, "Rules": [FOREIGN]}
    do("Create")
    assert bucket.rules["backup"] == FOREIGN
    assert bucket.rules[RULE_ID]["Priority"] == 8
    do("Delete")
    assert bucket.configuration == {"Role": ROLE, "Rules": [FOREIGN]}


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_repeating_it_changes_nothing(bucket: Bucket, kind: str) -> None:
    bucket.configuration = {"Role": ROLE, "Rules": [FOREIGN]}
    do("Create")
    before = bucket.configuration
    do(kind)
    assert bucket.configuration == before


def test_rules_under_another_role_are_not_changed(bucket: Bucket) -> None:
    bucket.configuration = {"Role": "arn:aws:iam::1:role/other", "Rules": [FOREIGN]}
    with pytest.raises(
        Exception, match=r"source has other replication rules, under the role arn:aws:iam::1:role/other"
    ):
        do("Create")
    assert bucket.configuration == {"Role": "arn:aws:iam::1:role/other", "Rules": [FOREIGN]}


def test_our_new_role_replaces_the_old_one(bucket: Bucket) -> None:
    do("Create", RoleArn="arn:aws:iam::1:role/old")
    do("Update")
    assert bucket.configuration is not None
    assert bucket.configuration["Role"] == ROLE


def test_an_update_to_another_bucket_removes_the_rule_from_the_old_one(clients: Clients, bucket: Bucket) -> None:
    old = Bucket()
    clients.made[("s3", "eu-west-1")] = old
    do("Create", SourceBucket="old-source", SourceRegion="eu-west-1")
    assert RULE_ID in old.rules
    do("Update", old=PROPERTIES | {"SourceBucket": "old-source", "SourceRegion": "eu-west-1"})
    assert old.configuration is None
    assert RULE_ID in bucket.rules


@pytest.mark.parametrize("configuration", [None, {"Role": ROLE, "Rules": [FOREIGN]}])
def test_the_delete_of_a_missing_rule_changes_nothing(bucket: Bucket, configuration: Any) -> None:
    bucket.configuration = configuration
    do("Delete")
    assert bucket.configuration == configuration


def test_the_delete_of_the_only_rule_leaves_no_configuration(bucket: Bucket) -> None:
    do("Create")
    do("Delete")
    assert bucket.configuration is None


def test_a_delete_succeeds_when_the_bucket_is_gone(bucket: Bucket, cloudformation: CloudFormation) -> None:
    bucket.is_there = False
    handle(cloudformation.request("Delete", PROPERTIES, "mraa/source"), Context())
    assert cloudformation.answer["Status"] == "SUCCESS"


def test_a_create_fails_with_aws_s_reason_if_the_bucket_is_missing(
    bucket: Bucket, cloudformation: CloudFormation
) -> None:
    bucket.is_there = False
    handle(cloudformation.request("Create", PROPERTIES), Context())
    assert cloudformation.answer["Status"] == "FAILED"
    assert "NoSuchBucket" in cloudformation.answer["Reason"]


@pytest.mark.parametrize("code", ["InvalidRequest", "InvalidArgument", "AccessDenied", "OperationAborted", "SlowDown"])
def test_a_new_role_that_is_not_usable_yet_is_retried(bucket: Bucket, code: str) -> None:
    time = FakeTime()
    bucket.put_errors = [client_error(code)] * 4
    do("Create", time)
    assert RULE_ID in bucket.rules
    assert time.pauses == [1, 2, 4, 4]


def test_a_role_that_never_works_is_reported_in_time(bucket: Bucket) -> None:
    time = FakeTime()
    bucket.put_errors = [client_error("InvalidRequest")] * 1000
    with pytest.raises(Exception, match="because of InvalidRequest"):
        do("Create", time)
    assert 50 < time.seconds <= 60


def test_an_error_that_retries_cannot_fix_is_reported_at_once(bucket: Bucket) -> None:
    bucket.put_errors = [client_error("MalformedXML")]
    with pytest.raises(Exception, match="because of MalformedXML"):
        do("Create")
    assert bucket.puts == 1


@pytest.mark.parametrize("value", ["enabled", "", "true", None])
def test_an_invalid_time_control_is_rejected(bucket: Bucket, value: Any) -> None:
    with pytest.raises(Exception, match="ReplicationTimeControl"):
        do("Create", ReplicationTimeControl=value)
    assert bucket.puts == 0


@pytest.mark.parametrize("missing", ["SourceBucket", "SourceRegion", "DestinationBucketArn", "RoleArn"])
def test_a_missing_property_is_named(bucket: Bucket, cloudformation: CloudFormation, missing: str) -> None:
    properties = {name: value for name, value in PROPERTIES.items() if name != missing}
    handle(cloudformation.request("Create", properties), Context())
    assert f"property {missing} must be a non-empty string" in cloudformation.answer["Reason"]
    assert bucket.puts == 0


def test_create_update_and_delete_work_on_moto(clients: Clients, cloudformation: CloudFormation) -> None:
    s3 = clients("s3", SECONDARY)
    for name in ("source", "destination"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": SECONDARY})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    handle(cloudformation.request("Create", PROPERTIES), Context())
    assert (cloudformation.answer["Status"], cloudformation.answer["PhysicalResourceId"]) == ("SUCCESS", "mraa/source")
    [rule] = s3.get_bucket_replication(Bucket="source")["ReplicationConfiguration"]["Rules"]
    assert rule["ID"] == RULE_ID
