"""Buckets with replication rules in two Regions of the running local cloud."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local.deploying import eventually
from tests.local.replicating import Client, Faults, metric
from tests.regions import PRIMARY, REGIONS, SECONDARY

BUCKETS = {PRIMARY: "primary-things", SECONDARY: "secondary-things"}


@pytest.fixture(scope="module")
def role(client: Client) -> str:
    """A role that S3 may replicate under, both ways."""
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn: str = client("iam").create_role(RoleName="replicator", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allow(client, "s3:Replicate*", "s3:GetObjectVersion*", "s3:GetReplicationConfiguration", "s3:ListBucket")
    return arn


def allow(client: Client, *actions: str) -> None:
    resources = [f"arn:aws:s3:::{name}{rest}" for name in BUCKETS.values() for rest in ("", "/*")]
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resources}
    client("iam").put_role_policy(
        RoleName="replicator",
        PolicyName="replicate",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def rule(destination: str, **changes: Any) -> dict[str, Any]:
    return {
        "ID": f"to-{destination}",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}},
        "Destination": {"Bucket": f"arn:aws:s3:::{BUCKETS[destination]}", "Metrics": {"Status": "Enabled"}},
        **changes,
    }


@pytest.fixture(scope="module")
def both_ways(client: Client, role: str) -> Callable[..., None]:
    """Two buckets; call it to put one rule on each, changed as given."""
    for region, name in BUCKETS.items():
        s3 = client("s3", region)
        location = {} if region == PRIMARY else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **location)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def configure(**changes: Any) -> None:
        for source, destination in (REGIONS, REGIONS[::-1]):
            client("s3", source).put_bucket_replication(
                Bucket=BUCKETS[source],
                ReplicationConfiguration={"Role": role, "Rules": [rule(destination, **changes)]},
            )

    configure()
    return configure


@pytest.fixture
def buckets(client: Client, both_ways: Callable[..., None], faults: Faults) -> Iterator["Buckets"]:
    yield Buckets(client)
    both_ways()


class Buckets:
    """Both buckets, by Region."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def put(self, region: str, key: str, body: bytes = b"x", **options: Any) -> str:
        answer = self._client("s3", region).put_object(Bucket=BUCKETS[region], Key=key, Body=body, **options)
        return str(answer["VersionId"])

    def delete(self, region: str, key: str) -> str:
        return str(self._client("s3", region).delete_object(Bucket=BUCKETS[region], Key=key)["VersionId"])

    def body(self, region: str, key: str) -> bytes | None:
        s3 = self._client("s3", region)
        try:
            content: bytes = s3.get_object(Bucket=BUCKETS[region], Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return content

    def head(self, region: str, key: str) -> Any:
        return self._client("s3", region).head_object(Bucket=BUCKETS[region], Key=key)

    def status(self, region: str, key: str) -> str:
        return str(self.head(region, key).get("ReplicationStatus", ""))

    def history(self, region: str, key: str) -> list[tuple[str, bool]]:
        """Ids of versions and delete markers, the current one first, with whether it is a marker."""
        page = self._client("s3", region).list_object_versions(Bucket=BUCKETS[region], Prefix=key)
        found = [(entry, False) for entry in page.get("Versions", [])]
        found += [(entry, True) for entry in page.get("DeleteMarkers", [])]
        ordered = sorted(found, key=lambda each: (each[0]["IsLatest"], each[0]["LastModified"]), reverse=True)
        return [(entry["VersionId"], is_marker) for entry, is_marker in ordered]

    def tags(self, region: str, key: str) -> dict[str, str]:
        answer = self._client("s3", region).get_object_tagging(Bucket=BUCKETS[region], Key=key)
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

    def tag(self, region: str, key: str, **tags: str) -> None:
        tag_set = [{"Key": name, "Value": text} for name, text in tags.items()]
        self._client("s3", region).put_object_tagging(Bucket=BUCKETS[region], Key=key, Tagging={"TagSet": tag_set})


@pytest.mark.parametrize(("source", "destination"), [REGIONS, REGIONS[::-1]])
def test_an_object_put_in_either_bucket_is_replicated_once_and_in_full(
    buckets: Buckets, faults: Faults, source: str, destination: str
) -> None:
    key = f"public/{source}"
    version = buckets.put(source, key, b"photo", ContentType="image/png", Metadata={"a": "b"}, Tagging="t=1")
    eventually(lambda: buckets.body(destination, key) == b"photo")
    head = buckets.head(destination, key)
    assert (head["ContentType"], head["Metadata"], head["VersionId"]) == ("image/png", {"a": "b"}, version)
    assert (buckets.status(source, key), buckets.status(destination, key)) == ("COMPLETED", "REPLICA")
    assert buckets.tags(destination, key) == {"t": "1"}
    assert buckets.history(source, key) == buckets.history(destination, key) == [(version, False)]
    assert faults.pending(destination, source)["objects"] == 0


def test_an_object_in_flight_is_pending(buckets: Buckets, faults: Faults) -> None:
    faults.between("lag", PRIMARY, SECONDARY, ms=600_000)
    buckets.put(PRIMARY, "late")
    assert (buckets.status(PRIMARY, "late"), buckets.body(SECONDARY, "late")) == ("PENDING", None)
    assert faults.pending(PRIMARY, SECONDARY) == {"items": 0, "objects": 1}
    faults.between("lag", PRIMARY, SECONDARY, ms=0)
    assert (buckets.status(PRIMARY, "late"), buckets.body(SECONDARY, "late")) == ("COMPLETED", b"x")


def test_a_deletion_is_replicated_as_its_marker_and_not_sent_back(buckets: Buckets, faults: Faults) -> None:
    version = buckets.put(PRIMARY, "deleted")
    marker = buckets.delete(PRIMARY, "deleted")
    eventually(lambda: buckets.history(SECONDARY, "deleted") == [(marker, True), (version, False)])
    assert buckets.history(PRIMARY, "deleted") == [(marker, True), (version, False)]
    assert faults.pending(SECONDARY, PRIMARY)["objects"] == 0


def test_a_deletion_is_not_replicated_unless_the_rule_says_so(
    buckets: Buckets, both_ways: Callable[..., None], faults: Faults
) -> None:
    both_ways(DeleteMarkerReplication={"Status": "Disabled"})
    buckets.put(PRIMARY, "kept")
    eventually(lambda: buckets.body(SECONDARY, "kept"))
    buckets.delete(PRIMARY, "kept")
    assert faults.pending(PRIMARY, SECONDARY)["objects"] == 0
    assert buckets.body(SECONDARY, "kept") == b"x"


def test_a_version_deleted_for_good_is_not_deleted_elsewhere(client: Client, buckets: Buckets, faults: Faults) -> None:
    version = buckets.put(PRIMARY, "gone")
    eventually(lambda: buckets.body(SECONDARY, "gone"))
    client("s3", PRIMARY).delete_object(Bucket=BUCKETS[PRIMARY], Key="gone", VersionId=version)
    assert (buckets.body(PRIMARY, "gone"), buckets.body(SECONDARY, "gone")) == (None, b"x")


def test_both_buckets_end_with_the_last_object_written(buckets: Buckets, faults: Faults) -> None:
    faults.between("cut", PRIMARY, SECONDARY)
    faults.between("cut", SECONDARY, PRIMARY)
    first = buckets.put(PRIMARY, "conflict", b"first")
    time.sleep(0.002)  # the engine dates objects to the millisecond
    second = buckets.put(SECONDARY, "conflict", b"second")
    faults.between("heal", SECONDARY, PRIMARY)
    faults.between("heal", PRIMARY, SECONDARY)
    assert [buckets.body(region, "conflict") for region in REGIONS] == [b"second", b"second"]
    for region in REGIONS:
        assert buckets.history(region, "conflict") == [(second, False), (first, False)]


def test_only_what_a_rule_covers_is_replicated(
    buckets: Buckets, both_ways: Callable[..., None], faults: Faults
) -> None:
    both_ways(Filter={"Prefix": "public/"})
    buckets.put(PRIMARY, "private/1")
    buckets.put(PRIMARY, "public/1")
    eventually(lambda: buckets.body(SECONDARY, "public/1"))
    assert (buckets.status(PRIMARY, "private/1"), buckets.body(SECONDARY, "private/1")) == ("", None)


def test_objects_older_than_the_rule_are_not_replicated(
    client: Client, buckets: Buckets, both_ways: Callable[..., None], faults: Faults
) -> None:
    client("s3", PRIMARY).delete_bucket_replication(Bucket=BUCKETS[PRIMARY])
    buckets.put(PRIMARY, "before")
    both_ways()
    buckets.put(PRIMARY, "after")
    eventually(lambda: buckets.body(SECONDARY, "after"))
    assert buckets.body(SECONDARY, "before") is None


@pytest.mark.parametrize("missing", ["s3:ReplicateObject", "s3:GetObjectVersionForReplication", "s3:ListBucket"])
def test_a_role_without_permission_fails_the_replication(
    client: Client, buckets: Buckets, faults: Faults, missing: str
) -> None:
    rights = {
        "s3:ReplicateObject", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:ListBucket",
        "s3:GetReplicationConfiguration",
    }  # fmt: skip
    key = f"forbidden-{missing}"
    allow(client, *sorted(rights - {missing}))
    buckets.put(PRIMARY, key)
    eventually(lambda: buckets.status(PRIMARY, key) == "FAILED")
    assert buckets.body(SECONDARY, key) is None
    allow(client, "s3:Replicate*", "s3:GetObjectVersion*", "s3:GetReplicationConfiguration", "s3:ListBucket")


def test_a_role_that_does_not_trust_s3_fails_the_replication(client: Client, buckets: Buckets, faults: Faults) -> None:
    def trust(service: str) -> None:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client("iam").update_assume_role_policy(RoleName="replicator", PolicyDocument=document)

    trust("lambda.amazonaws.com")
    buckets.put(PRIMARY, "distrusted")
    eventually(lambda: buckets.status(PRIMARY, "distrusted") == "FAILED")
    trust("s3.amazonaws.com")


def test_a_replicas_new_tags_go_back_with_modification_sync(
    buckets: Buckets, both_ways: Callable[..., None], faults: Faults
) -> None:
    buckets.put(PRIMARY, "tagged")
    eventually(lambda: buckets.body(SECONDARY, "tagged"))
    buckets.tag(SECONDARY, "tagged", changed="here")
    eventually(lambda: buckets.tags(PRIMARY, "tagged") == {"changed": "here"})
    both_ways(SourceSelectionCriteria={"ReplicaModifications": {"Status": "Disabled"}})
    buckets.tag(SECONDARY, "tagged", changed="again")
    assert faults.pending(SECONDARY, PRIMARY)["objects"] == 0
    assert buckets.tags(PRIMARY, "tagged") == {"changed": "here"}


def test_an_upload_in_parts_is_replicated(client: Client, buckets: Buckets, faults: Faults) -> None:
    s3 = client("s3", SECONDARY)
    address = {"Bucket": BUCKETS[SECONDARY], "Key": "parts"}
    upload = {**address, "UploadId": s3.create_multipart_upload(**address)["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"whole")
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    eventually(lambda: buckets.body(PRIMARY, "parts") == b"whole")
    assert buckets.head(PRIMARY, "parts")["ETag"] == buckets.head(SECONDARY, "parts")["ETag"]


def test_a_rules_backlog_is_a_metric_of_the_destination(client: Client, buckets: Buckets, faults: Faults) -> None:
    dimensions = {
        "SourceBucket": BUCKETS[PRIMARY],
        "DestinationBucket": BUCKETS[SECONDARY],
        "RuleId": f"to-{SECONDARY}",
    }
    faults.between("cut", PRIMARY, SECONDARY)
    buckets.put(PRIMARY, "counted", b"12345")

    def last(name: str, region: str = SECONDARY) -> float | None:
        return next(iter(metric(client, region, "AWS/S3", name, dimensions)[-1:]), None)

    eventually(lambda: last("OperationsPendingReplication") == 1)
    assert last("BytesPendingReplication") == 5
    faults.between("heal", PRIMARY, SECONDARY)
    eventually(lambda: last("OperationsPendingReplication") == 0)
    assert last("BytesPendingReplication") == 0
    assert last("OperationsFailedReplication", PRIMARY) == 0


def test_a_rules_backlog_is_published_also_while_nothing_was_ever_replicated(
    client: Client, both_ways: Callable[..., None], buckets: Buckets
) -> None:
    dimensions = {"SourceBucket": BUCKETS[PRIMARY], "DestinationBucket": BUCKETS[SECONDARY], "RuleId": "idle"}
    both_ways(ID="idle")

    def published() -> set[float]:
        return set(metric(client, SECONDARY, "AWS/S3", "OperationsPendingReplication", dimensions))

    eventually(published)
    assert published() == {0.0}
