"""What each port to the engine's S3 and DynamoDB promises; an upgrade of the engine has to keep this."""

import itertools
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from ministack.services import s3

from mraa_local.engine import buckets, items, object_versions, objects, tables
from mraa_local.engine.scope import Answer, account_id, scope
from tests.local import engine
from tests.local.deploying import unique
from tests.local.engine import run_async
from tests.regions import PRIMARY, SECONDARY

_ACCOUNTS = itertools.count(400000000000)
VERSIONED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


@pytest.fixture(autouse=True)
def own_account() -> Iterator[str]:
    """An account of the test's own, and the engine as it was."""
    account = str(next(_ACCOUNTS))
    with engine.restored(), scope(account, PRIMARY):
        yield account


@pytest.fixture
def bucket() -> str:
    """A versioned bucket."""
    name = unique("bucket")
    assert s3._create_bucket(name, b"")[0] == 200
    versioned = (
        f'<VersioningConfiguration xmlns="{buckets.NAMESPACE}"><Status>Enabled</Status></VersioningConfiguration>'
    )
    assert buckets.put(name, "versioning", versioned.encode())[0] == 200
    return name


def put(bucket: str, key: str, body: bytes = b"body", **headers: str) -> Answer:
    answer: Answer = s3._put_object(bucket, key, body, headers)
    assert answer[0] == 200
    return answer


def test_a_bucket_is_found_configured_and_deleted(bucket: str, own_account: str) -> None:
    record = buckets.find(bucket)
    assert record is not None
    assert record["region"] == PRIMARY
    assert buckets.exists(bucket)
    assert buckets.region_in(own_account, bucket, "default") == PRIMARY
    assert buckets.region_in(own_account, "no-such", "default") == ""
    rule = "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"
    assert buckets.put(bucket, "ownership", f"<OwnershipControls>{rule}</OwnershipControls>".encode())[0] == 200
    assert "BucketOwnerEnforced" in record["_ownership_controls"]
    assert buckets.drop(bucket, "ownership")[0] < 300
    buckets.set_tags(bucket, {"a": "b"})
    assert buckets.policy(bucket) is None
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    answer = buckets.put(bucket, "policy", policy.encode())
    assert answer[0] in (204, 403)  # by the public access block
    assert buckets.refusal("Own", "why")[0] == 400
    put(bucket, "k")
    assert buckets.delete(bucket)[0] == 409
    assert buckets.find(bucket) is not None


def test_replication_rules_are_checked_before_they_are_put(bucket: str) -> None:
    asked: list[str] = []

    def check(name: str, document: bytes) -> Answer | None:
        asked.append(name)
        return buckets.refusal("InvalidRequest", "no")

    buckets.before_replication_rules(check)
    assert buckets.put(bucket, "replication", b"<ReplicationConfiguration/>")[0] == 400
    assert asked == [bucket]


def test_cors_rules_answer_for_their_bucket(bucket: str) -> None:
    assert buckets.cors_headers(bucket, "GET", {"origin": "http://a"}) == {}
    assert buckets.cors_preflight(bucket, "k", {"origin": "http://a"})[0] == 403


def test_an_upload_can_be_wrapped_and_its_content_read(bucket: str) -> None:
    objects.around_upload(lambda name, key, proceed: (*proceed()[:2], b"around"))
    assert s3._put_object(bucket, "k", b"body", {})[2] == b"around"
    assert objects.content(bucket, "k") == b"body"
    assert objects.content(bucket, "none") is None
    assert isinstance(objects.checksums(bucket, "k"), dict)
    assert objects.region(bucket) == PRIMARY
    assert objects.region("no-such-bucket") is None


def replicated_to(bucket: str) -> str:
    """Its destination in the other Region."""
    other = unique("there")
    with scope(account_id(), SECONDARY):
        assert s3._create_bucket(other, b"")[0] == 200
        assert buckets.put(other, "versioning", VERSIONED)[0] == 200
    rule = (
        "<Rule><ID>r</ID><Status>Enabled</Status><Priority>1</Priority><Filter><Prefix></Prefix></Filter>"
        "<DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication>"
        f"<Destination><Bucket>arn:aws:s3:::{other}</Bucket></Destination></Rule>"
    )
    document = (
        f"<ReplicationConfiguration><Role>arn:aws:iam::{account_id()}:role/r</Role>{rule}</ReplicationConfiguration>"
    )
    answer = buckets.put(bucket, "replication", document.encode())
    assert answer[0] == 200, answer
    return other


def test_writes_are_noticed_where_s3_would_replicate(bucket: str) -> None:
    other = replicated_to(bucket)
    seen: list[tuple[str, ...]] = []
    objects.replicate_by(
        lambda name, key, record, tags: seen.append(("version", name, key, str(record["size"]))),
        lambda name, key: seen.append(("marker", name, key)),
        lambda name, key, version_id: seen.append(("tags", name, key, version_id)),
    )
    put(bucket, "k")
    version = object_versions.newest(bucket, "k")
    assert version is not None
    tags = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    s3._put_object_tagging(bucket, "k", tags, {"versionId": [version["version_id"]]})
    s3._delete_object(bucket, "k")
    assert seen == [
        ("version", bucket, "k", "4"), ("tags", bucket, "k", version["version_id"]), ("marker", bucket, "k"),
    ]  # fmt: skip
    rule, role = objects.rule_for(bucket, "k", None)
    assert rule is not None
    assert rule["ID"] == "r"
    assert role.endswith(":role/r")
    assert (bucket, "r") in [(source, enabled["ID"]) for source, enabled in objects.enabled_rules()]
    assert objects.can_reach_destination(bucket, "k", rule, role)
    assert object_versions.newest(other, "k") is None


def test_a_replica_takes_its_place_in_time(bucket: str) -> None:
    other = unique("there")
    s3._create_bucket(other, b"")
    buckets.put(other, "versioning", VERSIONED)
    put(bucket, "k", b"older")
    older = object_versions.newest(bucket, "k")
    put(bucket, "k", b"newer")
    newer = object_versions.newest(bucket, "k")
    assert older is not None
    assert newer is not None
    newer["last_modified"] = "2999-01-01T00:00:00.000Z"
    for version in (newer, older):  # arriving in the other order
        body = object_versions.body(bucket, "k", version)
        object_versions.insert(other, "k", version, body, {"a": "b"}, PRIMARY)
    assert objects.content(other, "k") == b"newer"
    found = object_versions.newest(other, "k")
    assert found is not None
    assert (found["version_id"], found["replication_status"]) == (newer["version_id"], "REPLICA")
    assert object_versions.tags(other, "k", older["version_id"]) == {"a": "b"}
    object_versions.set_tags(other, "k", older["version_id"], {})
    assert object_versions.tags(other, "k", older["version_id"]) == {}
    object_versions.set_status(bucket, "k", newer["version_id"], "COMPLETED")
    assert newer["replication_status"] == "COMPLETED"
    marker = {**newer, "version_id": "marker", "is_delete_marker": True, "last_modified": "2999-01-02T00:00:00.000Z"}
    object_versions.insert_marker(other, "k", marker, PRIMARY)
    assert objects.content(other, "k") is None


def table(name: str, **more: Any) -> dict[str, Any]:
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    request = {"TableName": name, "KeySchema": keys, "AttributeDefinitions": attributes, "StreamSpecification": stream}
    return {**request, "BillingMode": "PAY_PER_REQUEST", **more}


def write(name: str, id_: str) -> None:
    body = json.dumps({"TableName": name, "Item": {"id": {"S": id_}}}).encode()
    assert run_async(tables.call("PutItem", body))[0] == 200


def read(name: str, id_: str) -> dict[str, Any]:
    body = json.dumps({"TableName": name, "Key": {"id": {"S": id_}}}).encode()
    return dict(json.loads(run_async(tables.call("GetItem", body))[2]))


def test_a_table_has_replicas_and_settings(own_account: str) -> None:
    assert tables.create(table("things"))[0] == 200
    assert tables.update({"TableName": "things", "ReplicaUpdates": [{"Create": {"RegionName": SECONDARY}}]})[0] == 200
    record = tables.find("things")
    assert record is not None
    assert record["TableArn"].endswith(":table/things")
    assert tables.replica_regions(record) >= {SECONDARY}
    assert tables.find_in(own_account, SECONDARY, "things") is not None
    assert tables.find("no-such") is None
    assert tables.set_time_to_live("things", {"Enabled": True, "AttributeName": "gone"})[0] == 200
    assert tables.set_point_in_time_recovery("things", is_enabled=True)[0] == 200
    tables.set_tags("things", [{"Key": "a", "Value": "b"}])
    assert tables.update({"TableName": "things", "ReplicaUpdates": [{"Delete": {"RegionName": SECONDARY}}]})[0] == 200
    assert tables.delete("things")[0] == 200
    assert tables.find("things") is None


def test_an_items_write_is_noticed_in_place_of_replicating_it(own_account: str) -> None:
    tables.create(table("things"))
    tables.update({"TableName": "things", "ReplicaUpdates": [{"Create": {"RegionName": SECONDARY}}]})
    seen: list[Any] = []
    items.replicate_by(lambda of, key, item: seen.append((of["TableName"], key[0], item)))
    write("things", "1")
    body = json.dumps({"TableName": "things", "Key": {"id": {"S": "1"}}}).encode()
    run_async(tables.call("DeleteItem", body))
    assert seen == [("things", "1", {"id": {"S": "1"}}), ("things", "1", None)]
    record = tables.find("things")
    assert record is not None
    assert sorted(items.replica_group(record)) == sorted({PRIMARY, SECONDARY})
    with scope(own_account, SECONDARY):
        assert read("things", "1") == {}
        assert items.write_replica("things", ("1", "__no_sort__"), {"id": {"S": "1"}})
        assert read("things", "1")["Item"] == {"id": {"S": "1"}}
        assert items.write_replica("things", ("1", "__no_sort__"), None)
        assert read("things", "1") == {}
        assert not items.write_replica("no-such", ("1", "__no_sort__"), None)
    assert len(seen) == 2


def test_policies_see_what_a_request_selects_and_by_which_key_of_which_table() -> None:
    tables.create(table("things"))
    request = json.dumps({"TableName": "things", "Key": {"id": {"S": "1"}}}).encode()
    assert tables.condition_keys(request) == {"dynamodb:Select": "ALL_ATTRIBUTES"}
    account = account_id()
    assert tables.partition_key_name(account, PRIMARY, "things", "") == "id"
    assert tables.partition_key_name(account, PRIMARY, "things", "no-such-index") == ""
    assert tables.partition_key_name(account, PRIMARY, "no-such-table", "") == ""


def test_a_key_condition_can_be_decided_in_the_engines_place() -> None:
    tables.create(table("things"))
    write("things", "1")
    asked: list[str] = []
    decided: list[bool | None] = [None]

    def compare(condition: str, item: Any, values: Any, names: Any) -> bool | None:
        asked.append(condition)
        return decided[0]

    tables.compare_key_conditions_by(compare)
    query = {
        "TableName": "things",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "1"}},
    }
    body = json.dumps(query).encode()
    assert json.loads(run_async(tables.call("Query", body))[2])["Count"] == 1
    decided[0] = False
    assert json.loads(run_async(tables.call("Query", body))[2])["Count"] == 0
    assert asked == ["id = :id"] * 2


def test_requests_to_tables_can_be_answered_before_the_engine_does(own_account: str) -> None:
    keys = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "sort", "KeyType": "RANGE"}]
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "sort")]
    name = unique("table")
    request = {"TableName": name, "AttributeDefinitions": types, "KeySchema": keys, "BillingMode": "PAY_PER_REQUEST"}
    assert tables.create(request)[0] == 200
    item = {"id": {"S": "a"}, "sort": {"S": "b"}, "v": {"N": "1"}}
    assert items.key_of(name, item) == (name, "a", "b")
    assert items.key_of(f"arn:aws:dynamodb:{PRIMARY}:{own_account}:table/{name}", item) == (name, "a", "b")
    assert items.key_of(name, {}) is None
    assert items.key_of(name, None) is None
    assert items.key_of("no-such", item) is None

    seen: list[Any] = []

    async def around(action: str, request: dict[str, Any], proceed: Callable[[], Awaitable[Answer]]) -> Answer:
        seen.append((action, request))
        answer = await proceed()
        return tables.refusal("Own", "why", {"More": 1}) if answer[0] == 200 else answer

    tables.around_request(around)
    status, _, body = run_async(tables.call("ListTables", b"{}"))
    assert (status, json.loads(body)["__type"], json.loads(body)["More"]) == (400, "Own", 1)
    assert seen == [("ListTables", {})]
    assert run_async(tables.call("ListTables", b"{"))[0] == 400
    assert len(seen) == 1


def test_a_listing_of_versions_can_be_wrapped_and_a_deleted_version_keeps_its_place(bucket: str) -> None:
    ids = [put(bucket, "key")[1]["x-amz-version-id"] for _ in range(3)]
    seen: list[object_versions.Marker | None] = []

    def around(
        name: str,
        marker: object_versions.Marker | None,
        proceed: Callable[[], tuple[Answer, object_versions.Marker | None]],
    ) -> Answer:
        answer, end = proceed()
        seen.extend([marker, end])
        return answer

    object_versions.around_listing(around)
    assert s3._list_object_versions(bucket, {"max-keys": ["1"]})[0] == 200
    assert seen == [None, (bucket, "key", ids[2])]
    assert object_versions.older_than(bucket, "key", ids[2]) == ids[:2]
    assert object_versions.older_than(bucket, "key", "unknown") == []
    s3._delete_object(bucket, "key", {}, {"versionId": [ids[2]]})
    where = {"key-marker": ["key"], "version-id-marker": [ids[2]]}
    with object_versions.placeholder((bucket, "key", ids[2]), frozenset(ids[:2])):
        assert ids[1] in str(s3._list_object_versions(bucket, where)[2])
    assert ids[1] not in str(s3._list_object_versions(bucket, where)[2])
    with object_versions.placeholder((bucket, "other", ids[2]), frozenset()):
        assert object_versions.newest(bucket, "other") is None


def test_what_an_upload_does_not_say_has_a_default_and_copies_have_conditions(bucket: str) -> None:
    objects.default_content_type("own/type")
    objects.default_encryption({"x-amz-server-side-encryption": "AES256"})
    objects.check_conditions_of_copies()
    assert put(bucket, "key")[1]["x-amz-server-side-encryption"] == "AES256"
    assert s3._buckets[bucket]["objects"]["key"]["content_type"] == "own/type"
    assert s3._create_multipart_upload(bucket, "parts", {})[0] == 200
    source = {"x-amz-copy-source": f"{bucket}/key"}
    assert s3._copy_object(bucket, "copy", {**source, "if-none-match": "*"})[0] == 200
    assert s3._copy_object(bucket, "copy", {**source, "if-none-match": "*"})[0] == 412


def test_updates_and_deletions_of_tables_can_be_answered() -> None:
    tables.create(table("things"))
    arn = f"arn:aws:dynamodb:{PRIMARY}:{account_id()}:table/things"
    assert (tables.name_of(arn), tables.name_of("things")) == ("things", "things")
    seen: list[str] = []

    def around(request: dict[str, Any], proceed: Callable[[], Answer]) -> Answer:
        seen.append(request["TableName"])
        return tables.refusal("Own", "because") if len(seen) < 3 else proceed()

    tables.around_update(around)
    tables.around_delete(around)
    assert b"because" in tables.update({"TableName": "things"})[2]
    assert b"because" in tables.delete("things")[2]
    assert tables.delete("things")[0] == 200
    assert seen == ["things"] * 3
