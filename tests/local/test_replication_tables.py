"""Global tables between two Regions of the running local cloud."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud
from tests.local.deploying import eventually
from tests.local.replicating import EAST, REGIONS, WEST, Client, Faults, metric

TABLE = "things"


@pytest.fixture
def faults(cloud: LocalCloud) -> Iterator[Faults]:
    """Faults, gone after the test."""
    subject = Faults(cloud)
    subject.connect()
    yield subject
    subject.connect()


@pytest.fixture(scope="module")
def client(client: Client) -> Client:
    """As ``conftest`` has it, but each client made only once."""
    return functools.cache(client)


@pytest.fixture(scope="module")
def table(client: Client) -> Callable[[str], Any]:
    """The table's client in a Region."""
    home = client("dynamodb", EAST)
    home.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    home.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
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
    faults.between("lag", EAST, WEST, ms=600_000)
    put(table, EAST, "late", "1")
    put(table, EAST, "late", "2")
    assert value(table, WEST, "late") is None
    assert faults.pending(EAST, WEST) == {"items": 2, "objects": 0}
    faults.between("lag", EAST, WEST, ms=0)
    assert value(table, WEST, "late") == "2"


def test_what_is_written_during_a_cut_arrives_when_it_is_healed(table: Callable[[str], Any], faults: Faults) -> None:
    faults.between("cut", EAST, WEST)
    put(table, EAST, "cut", "east")
    put(table, WEST, "other-way", "west")
    eventually(lambda: value(table, EAST, "other-way") == "west")
    assert value(table, WEST, "cut") is None
    faults.between("heal", EAST, WEST)
    assert value(table, WEST, "cut") == "east"


def test_the_last_writer_wins_in_both_regions(table: Callable[[str], Any], faults: Faults) -> None:
    faults.between("cut", EAST, WEST)
    faults.between("cut", WEST, EAST)
    put(table, EAST, "conflict", "first")
    put(table, WEST, "conflict", "second")
    put(table, WEST, "deleted", "first")
    table(EAST).delete_item(TableName=TABLE, Key={"id": {"S": "deleted"}})
    put(table, EAST, "deleted", "second")
    table(EAST).delete_item(TableName=TABLE, Key={"id": {"S": "deleted"}})
    faults.between("heal", EAST, WEST)
    faults.between("heal", WEST, EAST)
    assert [value(table, region, "conflict") for region in REGIONS] == ["second", "second"]
    assert [value(table, region, "deleted") for region in REGIONS] == [None, None]


def test_the_items_of_a_transaction_are_replicated(table: Callable[[str], Any], faults: Faults) -> None:
    puts = [{"Put": {"TableName": TABLE, "Item": {"id": {"S": f"tx-{n}"}, "v": {"S": "x"}}}} for n in range(3)]
    table(EAST).transact_write_items(TransactItems=puts)
    eventually(lambda: all(value(table, WEST, f"tx-{n}") for n in range(3)))


def test_a_region_that_was_down_gets_what_it_missed(table: Callable[[str], Any], faults: Faults) -> None:
    put(table, WEST, "unsent", "west")
    faults.set("region", region=WEST, state="down")
    put(table, EAST, "missed", "east")
    assert faults.pending(EAST, WEST)["items"] == 1
    with pytest.raises(ClientError):
        value(table, WEST, "missed")
    faults.set("region", region=WEST, state="up")
    eventually(lambda: value(table, WEST, "missed") == "east")
    eventually(lambda: value(table, EAST, "unsent") == "west")


def test_a_tables_replication_latency_is_a_metric_of_the_region_written_in(
    client: Client, table: Callable[[str], Any], faults: Faults
) -> None:
    put(table, EAST, "measured", "1")
    dimensions = {"TableName": TABLE, "ReceivingRegion": WEST}
    assert eventually(lambda: metric(client, EAST, "AWS/DynamoDB", "ReplicationLatency", dimensions))[-1] > 0
