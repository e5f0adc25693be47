"""Global tables between two Regions of the running local cloud."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import eventually
from tests.local.replicating import Client, Faults, metric
from tests.regions import PRIMARY, REGIONS, SECONDARY

TABLE = "things"


@pytest.fixture(scope="module")
def table(client: Client) -> Callable[[str], Any]:
    """The table's client in a Region."""
    home = client("dynamodb", PRIMARY)
    home.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    home.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": SECONDARY}}])
    return lambda region: client("dynamodb", region)


def put(table: Callable[[str], Any], region: str, key: str, value: str) -> None:
    table(region).put_item(TableName=TABLE, Item={"id": {"S": key}, "v": {"S": value}})


def value(table: Callable[[str], Any], region: str, key: str) -> str | None:
    item = table(region).get_item(TableName=TABLE, Key={"id": {"S": key}}, ConsistentRead=True).get("Item")
    return str(item["v"]["S"]) if item else None


@pytest.mark.parametrize(("source", "destination"), [REGIONS, REGIONS[::-1]])
def test_an_item_written_in_either_region_is_replicated_and_so_is_its_deletion(
    table: Callable[[str], Any], faults: Faults, source: str, destination: str
) -> None:
    put(table, source, "both", source)
    eventually(lambda: value(table, destination, "both") == source)
    table(source).delete_item(TableName=TABLE, Key={"id": {"S": "both"}})
    eventually(lambda: value(table, destination, "both") is None)
    assert faults.pending(destination, source)["items"] == 0


def test_an_item_in_flight_is_not_yet_replicated(table: Callable[[str], Any], faults: Faults) -> None:
    faults.between("lag", PRIMARY, SECONDARY, ms=600_000)
    put(table, PRIMARY, "late", "1")
    put(table, PRIMARY, "late", "2")
    assert value(table, SECONDARY, "late") is None
    assert faults.pending(PRIMARY, SECONDARY) == {"items": 2, "objects": 0}
    faults.between("lag", PRIMARY, SECONDARY, ms=0)
    assert value(table, SECONDARY, "late") == "2"


def test_what_is_written_during_a_cut_arrives_when_it_is_healed(table: Callable[[str], Any], faults: Faults) -> None:
    faults.between("cut", PRIMARY, SECONDARY)
    put(table, PRIMARY, "cut", "primary")
    put(table, SECONDARY, "other-way", "secondary")
    eventually(lambda: value(table, PRIMARY, "other-way") == "secondary")
    assert value(table, SECONDARY, "cut") is None
    faults.between("heal", PRIMARY, SECONDARY)
    assert value(table, SECONDARY, "cut") == "primary"


def test_the_last_writer_wins_in_both_regions(table: Callable[[str], Any], faults: Faults) -> None:
    faults.between("cut", PRIMARY, SECONDARY)
    faults.between("cut", SECONDARY, PRIMARY)
    put(table, PRIMARY, "conflict", "first")
    put(table, SECONDARY, "conflict", "second")
    put(table, SECONDARY, "deleted", "first")
    table(PRIMARY).delete_item(TableName=TABLE, Key={"id": {"S": "deleted"}})
    put(table, PRIMARY, "deleted", "second")
    table(PRIMARY).delete_item(TableName=TABLE, Key={"id": {"S": "deleted"}})
    faults.between("heal", PRIMARY, SECONDARY)
    faults.between("heal", SECONDARY, PRIMARY)
    assert [value(table, region, "conflict") for region in REGIONS] == ["second", "second"]
    assert [value(table, region, "deleted") for region in REGIONS] == [None, None]


@pytest.mark.parametrize(("region", "seconds"), [(PRIMARY, 5), (SECONDARY, -5.5)])
def test_a_later_write_loses_to_a_clock_that_is_ahead(
    table: Callable[[str], Any], faults: Faults, region: str, seconds: float
) -> None:
    faults.set("clock-skew", region=region, seconds=seconds)
    faults.between("cut", PRIMARY, SECONDARY)
    faults.between("cut", SECONDARY, PRIMARY)
    put(table, PRIMARY, "skewed", "first")
    put(table, SECONDARY, "skewed", "second")
    faults.between("heal", PRIMARY, SECONDARY)
    faults.between("heal", SECONDARY, PRIMARY)
    assert [value(table, name, "skewed") for name in REGIONS] == ["first", "first"]


def test_a_write_that_follows_a_replicated_one_wins_whatever_the_clocks_say(
    table: Callable[[str], Any], faults: Faults
) -> None:
    faults.set("clock-skew", region=PRIMARY, seconds=60)
    faults.between("cut", SECONDARY, PRIMARY)
    put(table, PRIMARY, "seen", "first")
    eventually(lambda: value(table, SECONDARY, "seen") == "first")
    put(table, SECONDARY, "seen", "second")
    faults.between("heal", SECONDARY, PRIMARY)
    assert [value(table, region, "seen") for region in REGIONS] == ["second", "second"]


def test_the_items_of_a_transaction_are_replicated(table: Callable[[str], Any], faults: Faults) -> None:
    puts = [{"Put": {"TableName": TABLE, "Item": {"id": {"S": f"tx-{n}"}, "v": {"S": "x"}}}} for n in range(3)]
    table(PRIMARY).transact_write_items(TransactItems=puts)
    eventually(lambda: all(value(table, SECONDARY, f"tx-{n}") for n in range(3)))


def test_a_region_that_was_down_gets_what_it_missed(table: Callable[[str], Any], faults: Faults) -> None:
    put(table, SECONDARY, "unsent", "secondary")
    faults.set("region", region=SECONDARY, state="down")
    put(table, PRIMARY, "missed", "primary")
    assert faults.pending(PRIMARY, SECONDARY)["items"] == 1
    with pytest.raises(ClientError):
        value(table, SECONDARY, "missed")
    faults.set("region", region=SECONDARY, state="up")
    eventually(lambda: value(table, SECONDARY, "missed") == "primary")
    eventually(lambda: value(table, PRIMARY, "unsent") == "secondary")


def test_a_tables_replication_latency_is_a_metric_of_the_region_written_in(
    client: Client, table: Callable[[str], Any], faults: Faults
) -> None:
    put(table, PRIMARY, "measured", "1")
    dimensions = {"TableName": TABLE, "ReceivingRegion": SECONDARY}
    assert eventually(lambda: metric(client, PRIMARY, "AWS/DynamoDB", "ReplicationLatency", dimensions))[-1] > 0
