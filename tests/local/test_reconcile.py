"""Reconciling and repairing on two running Regions that were cut off from each other."""

from typing import Any

from tests.local.deploying import eventually
from tests.local.operating import Deployment, bring, connect
from tests.regions import PRIMARY, SECONDARY


def found(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Kind, last part of the key, Region, of everything that is named."""
    return {(example["kind"], example["key"][-1], example["region"]) for example in document["examples"]}


def test_two_regions_with_the_same_data_are_equal_and_every_write_has_its_epoch(active: Deployment) -> None:
    photo = active.add_photo(PRIMARY)
    active.mraa("failover", "--yes")
    assert active.post(SECONDARY)[0] == 200
    document = active.mraa("reconcile")
    assert document["isEqual"] is True
    assert document["counts"] == []
    assert {(entry["region"], entry["epoch"]) for entry in document["written"]} >= {(PRIMARY, 2), (SECONDARY, 5)}
    assert document["records"][PRIMARY] == document["records"][SECONDARY] >= 2
    assert f"public/{photo}" in active.objects(SECONDARY)


def test_what_was_written_during_a_partition_is_listed_and_copied_to_where_it_is_missing(active: Deployment) -> None:
    active.add_photo(PRIMARY)
    eventually(lambda: active.objects(PRIMARY).keys() == active.objects(SECONDARY).keys())
    active.cut()
    stranded = active.add_photo(PRIMARY)
    active.mraa("failover", "--unplanned", "--yes")
    late = active.add_photo(PRIMARY)  # this Region does not know of the failover
    other = active.add_photo(SECONDARY)
    # by hand: the same keys with other contents, and a deletion on one side only
    store = active.regions[PRIMARY].key_value_store_table
    for region in (PRIMARY, SECONDARY):
        item = {"pk": {"S": "PHOTO"}, "sk": {"S": "twice"}, "writtenIn": {"S": region}}
        active.aws.client("dynamodb", region).put_item(TableName=store, Item=item)
    gone = next(key for key in active.objects(SECONDARY) if key in active.objects(PRIMARY))
    active.aws.client("s3", SECONDARY).delete_object(Bucket=active.regions[SECONDARY].object_store_bucket, Key=gone)

    document = active.mraa("reconcile", expect=3)
    assert found(active.mraa("reconcile", "--repair", "--dry-run")) == found(document)
    assert {
        ("missing", stranded, SECONDARY),
        ("missing", late, SECONDARY),
        ("missing", other, PRIMARY),
        ("missing", f"public/{stranded}", SECONDARY),
        ("missing", f"public/{other}", PRIMARY),
        ("conflict", "twice", ""),
        ("deleted", gone, SECONDARY),
        ("out of turn", late, ""),
    } <= found(document)
    assert ("out of turn", stranded, "") not in found(document)

    # the primary lacks what the secondary wrote: writing must not move there
    refused = active.mraa("failback", "--yes", expect=3)
    assert "missing in us-east-1" in refused["error"]
    assert "mraa reconcile --repair" in refused["error"]
    assert active.post(SECONDARY)[0] == 200

    repaired = active.mraa("reconcile", "--repair", "--yes", expect=3)  # the conflict and the deletion stay
    assert repaired["repair"]["failed"] == 0
    assert {stranded, late, other} <= active.photos(PRIMARY) & active.photos(SECONDARY)
    assert active.objects(SECONDARY)[f"public/{late}"] == late.encode()
    assert active.objects(PRIMARY)[f"public/{other}"] == other.encode()
    assert gone not in active.objects(SECONDARY)
    bucket = active.regions[SECONDARY].object_store_bucket
    head = active.aws.client("s3", SECONDARY).head_object(Bucket=bucket, Key=f"public/{late}")
    assert head["ContentType"] == "image/png"
    for region in (PRIMARY, SECONDARY):
        key = {"pk": {"S": "PHOTO"}, "sk": {"S": "twice"}}
        item = active.aws.client("dynamodb", region).get_item(TableName=store, Key=key)["Item"]
        assert item["writtenIn"]["S"] == region
    again = active.mraa("reconcile", expect=3)
    assert {kind for kind, _, _ in found(again)} == {"conflict", "deleted", "out of turn", "no object"}

    connect(active)
    bring(active, "active")


def test_with_a_region_down_it_says_that_it_needs_both(active: Deployment) -> None:
    active.fault(fault="region", region=PRIMARY, state="down")
    refused = active.mraa("reconcile", expect=3)
    assert "Both Regions are needed" in refused["error"]


def test_the_history_is_readable_in_either_region_alone(active: Deployment) -> None:
    active.mraa("fence", "--yes", "--reason", "to be remembered")
    active.mraa("unfence", "--yes")
    whole = active.mraa("history", "--limit", "100")
    assert whole["problems"] == {}
    fence = next(change for change in whole["changes"] if change["reason"] == "to be remembered")
    assert (fence["state"], fence["writableRegion"], fence["setIn"]) == ("fenced", "none", PRIMARY)
    assert fence["tookMs"] >= 0
    assert fence["lastedS"] > 0
    for region in (PRIMARY, SECONDARY):
        active.fault(fault="region", region=region, state="down")
        alone = active.mraa("history", "--limit", "100")
        assert alone["changes"] == whole["changes"]
        assert list(alone["problems"]) == [region]
        active.fault(fault="region", region=region, state="up")
