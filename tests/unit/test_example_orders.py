"""The example's orders: a check finds nothing, and the function writes only where it may."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.regions import PRIMARY, SECONDARY
from tests.unit.application_project import checked

EXAMPLE = Path(__file__).parents[2] / "examples" / "orders"
ACCESS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": PRIMARY}
ENVIRONMENT = {
    "AWS_REGION": PRIMARY,
    "APP_ID": "a",
    "APP_CONFIG_TABLE": "config",
    "FENCES": "1",
    "ORDERS_TABLE": "orders",
}


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The function's module in a Region that may write."""
    for name, value in {**ACCESS, **ENVIRONMENT}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(EXAMPLE / "src"))
    with mock_aws():
        for table, key in (("config", "appId"), ("orders", "orderId")):
            boto3.client("dynamodb").create_table(
                TableName=table,
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        monkeypatch.setenv("QUEUE_URL", boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"])
        let_write(PRIMARY)
        sys.modules.pop("orders", None)
        yield importlib.import_module("orders")
        sys.modules.pop("orders")


def let_write(region: str) -> None:
    item = {"appId": {"S": "a#fence#00"}, "writableRegion": {"S": region}, "epoch": {"N": "7"}}
    boto3.client("dynamodb").put_item(TableName="config", Item=item)


def call(orders: Any, method: str, order_id: str, body: Any = None) -> tuple[int, Any]:
    event = {"httpMethod": method, "pathParameters": {"id": order_id}, "body": body and json.dumps(body)}
    answer = orders.handle(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def stored() -> dict[str, dict[str, str]]:
    items = boto3.client("dynamodb").scan(TableName="orders")["Items"]
    return {item["orderId"]["S"]: {name: value["S"] for name, value in item.items()} for item in items}


def queued() -> list[str]:
    answer = boto3.client("sqs").receive_message(QueueUrl=boto3.client("sqs").list_queues()["QueueUrls"][0])
    return [message["Body"] for message in answer.get("Messages", [])]


def records(*order_ids: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m-{order_id}", "body": order_id} for order_id in order_ids]}


def test_a_check_finds_nothing() -> None:
    found = checked(EXAMPLE)
    assert list(found.findings) == []


def test_it_is_small_enough_to_be_read() -> None:
    assert len((EXAMPLE / "src" / "orders.py").read_text().splitlines()) <= 150


def test_an_order_is_stored_queued_read_packed_and_deleted(orders: Any) -> None:
    assert call(orders, "PUT", "1", {"note": "two of them"}) == (200, {"orderId": "1"})
    assert queued() == ["1"]
    assert orders.handle(records("1"), None) == {"batchItemFailures": []}
    status, order = call(orders, "GET", "1")
    assert (status, order["note"], order["writtenIn"]) == (200, "two of them", PRIMARY)
    assert order["packed"] == f"{PRIMARY} in epoch 7"
    assert call(orders, "DELETE", "1")[0] == 200
    assert call(orders, "GET", "1") == (404, {})


def test_the_same_order_again_changes_nothing(orders: Any) -> None:
    call(orders, "PUT", "1", {"note": "first"})
    assert call(orders, "PUT", "1", {"note": "second"})[0] == 200
    assert stored()["1"]["note"] == "first"


def test_a_region_that_may_not_write_refuses_and_keeps_its_messages(orders: Any) -> None:
    call(orders, "PUT", "1", {"note": "before"})
    let_write(SECONDARY)
    status, body = call(orders, "PUT", "2", {"note": "after"})
    assert (status, body["error"]["code"]) == (409, "RegionFenced")
    assert call(orders, "DELETE", "1")[0] == 409
    assert orders.handle(records("1"), None) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    orders.handle({"scheduledAt": "2026-11-30T20:00:00Z"}, None)
    assert stored().keys() == {"1"} and "packed" not in stored()["1"]
    assert queued() == ["1"]


def test_a_minute_in_which_no_region_may_write_waits_in_the_queue(orders: Any) -> None:
    let_write("none")
    minute = "2026-11-30T20:00:00Z"
    orders.handle({"scheduledAt": minute}, None)
    assert stored() == {} and queued() == [f"tick {minute}"]
    assert orders.handle(records(f"tick {minute}"), None)["batchItemFailures"]
    let_write(PRIMARY)
    assert orders.handle(records(f"tick {minute}"), None) == {"batchItemFailures": []}
    assert stored().keys() == {f"tick {minute}"}


def test_a_message_or_a_minute_that_comes_twice_is_handled_once(
    orders: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call(orders, "PUT", "1", {"note": "once"})
    for _ in range(2):
        assert orders.handle(records("1", "gone"), None) == {"batchItemFailures": []}
        orders.handle({"scheduledAt": "2026-11-30T20:00:00Z"}, None)
    assert stored().keys() == {"1", "tick 2026-11-30T20:00:00Z"}
    said = capsys.readouterr().out
    assert said.count("1 is packed already") == 1 and said.count("is noted already") == 1


@pytest.mark.parametrize("body", [None, "", [], {}, {"note": 1}, {"note": "x" * 1001}])
def test_what_is_no_order_is_refused(orders: Any, body: Any) -> None:
    assert call(orders, "PUT", "1", body)[0] == 400
    assert stored() == {}
