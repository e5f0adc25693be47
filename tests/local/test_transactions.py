"""Transactions that meet on an item, on the running local cloud."""

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import eventually, unique
from tests.local.replicating import Client, Faults
from tests.regions import PRIMARY

TABLE = "contended"
FENCE = "fence"
Slow = Callable[..., Callable[[], Any]]


@pytest.fixture(scope="module")
def table(client: Client) -> Any:
    dynamodb = client("dynamodb", PRIMARY)
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


@pytest.fixture
def slow(table: Any, faults: Faults) -> Iterator[Slow]:
    """``slow(transaction)`` starts one, returns once it holds its items, and what it returns lets it end."""
    table.put_item(TableName=TABLE, Item={"id": {"S": FENCE}, "open": {"BOOL": True}})
    faults.set("transaction", ms=50_000)
    with ThreadPoolExecutor(1) as pool:

        def start(*entries: dict[str, Any], **more: str) -> Callable[[], Any]:
            started = pool.submit(table.transact_write_items, TransactItems=list(entries), **more)
            reading = [{"Get": {"TableName": TABLE, "Key": {"id": {"S": FENCE}}}}]
            eventually(lambda: refused(table.transact_get_items, TransactItems=reading))

            def end() -> Any:
                faults.set("transaction", ms=0)
                return started.result()

            return end

        yield start
        faults.set("transaction", ms=0)


def check() -> dict[str, Any]:
    """A check of the fence."""
    key, names = {"id": {"S": FENCE}}, {"#open": "open"}
    condition = "attribute_exists(#open)"
    return {
        "ConditionCheck": {
            "TableName": TABLE, "Key": key, "ConditionExpression": condition, "ExpressionAttributeNames": names,
        }
    }  # fmt: skip


def put(key: str) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": {"id": {"S": key}}}}


def refused(call: Callable[..., Any], **values: Any) -> ClientError | None:
    try:
        call(**values)
    except ClientError as error:
        return error
    return None


def test_a_transaction_that_names_an_item_of_another_one_is_cancelled(table: Any, slow: Slow) -> None:
    mine, other = unique("mine"), unique("other")
    end = slow(check(), put(mine))
    error = refused(table.transact_write_items, TransactItems=[put(other), check()])
    assert error is not None
    assert error.response["Error"]["Code"] == "TransactionCanceledException"
    assert error.response["Error"]["Message"].endswith("specific reasons [None, TransactionConflict]")
    assert [reason["Code"] for reason in error.response["CancellationReasons"]] == ["None", "TransactionConflict"]
    end()
    assert "Item" in table.get_item(TableName=TABLE, Key={"id": {"S": mine}})
    assert "Item" not in table.get_item(TableName=TABLE, Key={"id": {"S": other}})


@pytest.mark.parametrize("call", ["put_item", "update_item", "delete_item"])
def test_a_write_of_an_item_in_a_transaction_is_refused_and_a_read_is_not(table: Any, slow: Slow, call: str) -> None:
    end = slow(check())
    item = {"id": {"S": FENCE}}
    write = functools.partial(getattr(table, call), TableName=TABLE, **{"Item" if call == "put_item" else "Key": item})
    error = refused(write)
    assert error is not None
    assert error.response["Error"]["Code"] == "TransactionConflictException"
    assert "Item" in table.get_item(TableName=TABLE, Key=item, ConsistentRead=True)
    error = refused(table.transact_get_items, TransactItems=[{"Get": {"TableName": TABLE, "Key": item}}])
    assert error is not None
    assert error.response["Error"]["Code"] == "TransactionCanceledException"
    table.put_item(TableName=TABLE, Item={"id": {"S": "elsewhere"}})
    end()
    assert (
        refused(getattr(table, call), TableName=TABLE, **({"Item": item} if call == "put_item" else {"Key": item}))
        is None
    )


def test_the_same_request_again_is_in_progress(table: Any, slow: Slow) -> None:
    token, entries = unique("token"), [check(), put(unique("once"))]
    end = slow(*entries, ClientRequestToken=token)
    error = refused(table.transact_write_items, TransactItems=entries, ClientRequestToken=token)
    assert error is not None
    assert error.response["Error"]["Code"] == "TransactionInProgressException"
    end()


def test_concurrent_transactions_on_one_item_conflict_if_they_take_as_long_as_on_aws(
    table: Any, faults: Faults
) -> None:
    faults.set("transaction", ms=5)
    table.put_item(TableName=TABLE, Item={"id": {"S": FENCE}, "open": {"BOOL": True}})
    outcomes: list[ClientError | None] = []

    def write(number: int) -> ClientError | None:
        return refused(table.transact_write_items, TransactItems=[check(), put(f"contended-{number}")])

    def have_met() -> bool:
        outcomes.extend(pool.map(write, range(8)))
        return None in outcomes and any(outcomes)

    with ThreadPoolExecutor(8) as pool:
        eventually(have_met)
    faults.set("transaction", ms=0)
    conflicts = [error for error in outcomes if error is not None]
    assert {error.response["CancellationReasons"][0]["Code"] for error in conflicts} == {"TransactionConflict"}


def test_transactions_do_not_conflict_unless_that_is_asked_for(table: Any, faults: Faults) -> None:
    table.put_item(TableName=TABLE, Item={"id": {"S": FENCE}, "open": {"BOOL": True}})
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(table.transact_write_items, TransactItems=[check()]) for _ in range(40)]
        for call in calls:
            call.result()
