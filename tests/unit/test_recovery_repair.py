"""Repairing on moto: what is missing is copied, what exists is never overwritten, and paging leaves nothing out."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mraa.aws import Aws, Clock
from mraa.events import Event
from mraa.recovery.models import KeyAttribute, RegionInfo, Table
from mraa.recovery.reconcile.discrepancies import Discrepancy, Kind, Thing
from mraa.recovery.reconcile.merge import Entry
from mraa.recovery.reconcile.repair import Copier, CopyResult, MissingThing, Worklist
from mraa.recovery.reconcile.scan import read_objects, read_records
from mraa.recovery.regions.parameter import find_region_info
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import PHOTOS, SETTINGS, STORE, bucket, parameter_document
from tests.unit.fake_stacks import TOKEN

TABLE = Table(STORE, (KeyAttribute("pk"), KeyAttribute("sk")))
CLOCK = Clock(sleep=lambda seconds: None)


@pytest.fixture
def infos(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, RegionInfo]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        found = {}
        for region in (PRIMARY, SECONDARY):
            boto3.client("ssm", region).put_parameter(
                Name=f"/mraa/{TOKEN}/regional", Type="String", Value=json.dumps(parameter_document(region))
            )
            boto3.client("dynamodb", region).create_table(
                TableName=STORE,
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
                BillingMode="PAY_PER_REQUEST",
            )
            place: Any = {} if region == PRIMARY else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            boto3.client("s3", region).create_bucket(Bucket=bucket(region), **place)
            info = find_region_info(Aws(), region, SETTINGS)
            assert info
            found[region] = info
        yield found


def put_record(region: str, sk: str, title: str) -> None:
    boto3.client("dynamodb", region).put_item(
        TableName=STORE, Item={"pk": {"S": "PHOTO"}, "sk": {"S": sk}, "title": {"S": title}}
    )


def title(region: str, sk: str) -> str:
    key = {"pk": {"S": "PHOTO"}, "sk": {"S": sk}}
    return str(boto3.client("dynamodb", region).get_item(TableName=STORE, Key=key)["Item"]["title"]["S"])


def put_object(region: str, key: str, body: bytes) -> None:
    boto3.client("s3", region).put_object(
        Bucket=bucket(region), Key=key, Body=body, ContentType="image/png", Metadata={"a": "b"}
    )


def repair(
    infos: dict[str, RegionInfo], *missing: tuple[Thing, str, tuple[str, ...]]
) -> tuple[CopyResult, list[Event]]:
    events: list[Event] = []
    with Worklist() as work:
        for thing, region, key in missing:
            store = PHOTOS.tables(infos[region])[0] if thing is Thing.RECORD else bucket(region)
            work.add(Discrepancy(Kind.MISSING, thing, store, key, region, Entry(key, "")))
        return Copier(Aws(), CLOCK, PHOTOS, infos, events.append).run(work), events


def test_a_missing_record_is_copied_completely(infos: dict[str, RegionInfo]) -> None:
    put_record(PRIMARY, "a", 'quotes " and 😀')
    done, _ = repair(infos, (Thing.RECORD, SECONDARY, ("PHOTO", "a")))
    assert done.copied == {(Thing.RECORD, SECONDARY): 1}
    assert title(SECONDARY, "a") == 'quotes " and 😀'


def test_what_was_written_meanwhile_is_never_overwritten(infos: dict[str, RegionInfo]) -> None:
    put_record(PRIMARY, "a", "old")
    put_record(SECONDARY, "a", "new")
    put_object(PRIMARY, "public/a", b"old")
    put_object(SECONDARY, "public/a", b"new")
    done, _ = repair(infos, (Thing.RECORD, SECONDARY, ("PHOTO", "a")), (Thing.OBJECT, SECONDARY, ("public/a",)))
    assert (done.copied.total(), done.skipped, done.failed) == (0, 2, 0)
    assert title(SECONDARY, "a") == "new"
    body = boto3.client("s3", SECONDARY).get_object(Bucket=bucket(SECONDARY), Key="public/a")["Body"].read()
    assert body == b"new"


def test_an_object_is_copied_with_its_bytes_its_type_and_its_metadata(infos: dict[str, RegionInfo]) -> None:
    content = bytes(range(256)) * 4096 * 20  # 20 MB: more than is held in memory
    put_object(SECONDARY, "public/b", content)
    done, _ = repair(infos, (Thing.OBJECT, PRIMARY, ("public/b",)))
    assert done.copied == {(Thing.OBJECT, PRIMARY): 1}
    found = boto3.client("s3", PRIMARY).get_object(Bucket=bucket(PRIMARY), Key="public/b")
    assert hashlib.sha256(found["Body"].read()).digest() == hashlib.sha256(content).digest()
    assert (found["ContentType"], found["Metadata"]) == ("image/png", {"a": "b"})


def test_what_is_deleted_by_now_needs_no_copy(infos: dict[str, RegionInfo]) -> None:
    done, events = repair(infos, (Thing.RECORD, PRIMARY, ("PHOTO", "x")), (Thing.OBJECT, PRIMARY, ("public/x",)))
    assert (done.copied.total(), done.skipped, done.failed) == (0, 2, 0)
    assert [event.text for event in events] == [
        "record PHOTO x needs no copy any more",
        "object public/x needs no copy any more",
    ]


def test_one_that_cannot_be_copied_is_reported_and_the_rest_continues(infos: dict[str, RegionInfo]) -> None:
    put_record(PRIMARY, "a", "a")
    put_object(PRIMARY, "public/a", b"a")
    boto3.client("s3", SECONDARY).delete_bucket(Bucket=bucket(SECONDARY))
    done, events = repair(infos, (Thing.OBJECT, SECONDARY, ("public/a",)), (Thing.RECORD, SECONDARY, ("PHOTO", "a")))
    assert (done.copied.total(), done.failed) == (1, 1)
    assert "NoSuchBucket" in events[0].reason


def test_only_what_copying_fixes_is_put_on_the_list() -> None:
    with Worklist() as work:
        for kind in Kind:
            work.add(Discrepancy(kind, Thing.RECORD, TABLE, ("PHOTO", str(kind)), PRIMARY, Entry(("PHOTO",), "")))
        assert list(work) == [MissingThing(Thing.RECORD, PRIMARY, TABLE, ("PHOTO", "missing"))]


def test_every_page_of_a_listing_and_of_a_scan_is_read_and_canaries_are_left_out(
    infos: dict[str, RegionInfo],
) -> None:
    aws = Aws()
    listing = aws.client("s3", PRIMARY).meta.events
    # S3 lists a thousand at a time
    listing.register("provide-client-params.s3.ListObjectsV2", lambda params, **_: {**params, "MaxKeys": 3})
    for number in range(7):
        put_object(PRIMARY, f"public/{number}", b"")
    put_object(PRIMARY, "canary/x", b"")
    for number in range(4):  # DynamoDB's page ends at a megabyte
        put_record(PRIMARY, str(number), "x" * 390_000)
    boto3.client("dynamodb", PRIMARY).put_item(
        TableName=STORE, Item={"pk": {"S": f"CANARY#{PRIMARY}"}, "sk": {"S": "x"}}
    )
    keys = [entry.key for entry in read_objects(aws, CLOCK, infos[PRIMARY], bucket(PRIMARY))]
    assert keys == [(f"public/{number}",) for number in range(7)]
    assert {entry.key for entry in read_records(aws, CLOCK, PHOTOS, infos[PRIMARY], TABLE)} == {
        ("PHOTO", n) for n in "0123"
    }
