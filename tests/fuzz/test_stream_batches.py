"""The state guard takes any batch: what it cannot process is delivered again, and nothing else is lowered by it."""

import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import Clock
from state_guard.handler import handle
from tests.functions.conftest import Context
from tests.functions.fakes import FakeTime
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import JSON, TEXTS, altered

APP_ID = "app-1"
WORDS = ["1", "3", "8", "1.5", {"S": APP_ID}, {"N": "7"}, {"S": "app-1#fence#00"}, {"S": "app-2"}]


class Clients:
    """DynamoDB and EventBridge; what was put back, and what was announced."""

    def __init__(self) -> None:
        self.put: list[dict[str, Any]] = []
        self.announced: list[dict[str, Any]] = []

    def put_item(self, **arguments: Any) -> None:
        self.put.append(arguments)

    def put_events(self, Entries: list[dict[str, Any]]) -> Any:
        self.announced += Entries
        return {"FailedEntryCount": 0, "Entries": [{}]}


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Clients:
    made, clock = Clients(), FakeTime().clock()
    assert isinstance(clock, Clock)
    monkeypatch.setattr("shared.aws.client", lambda *_, **__: made)
    monkeypatch.setattr("state_guard.handler._CLOCK", clock)
    return made


def image(item_id: str, epoch: int) -> dict[str, Any]:
    texts = {"appId": item_id, "state": "active", "writableRegion": "us-east-1", "updatedAt": "t", "reason": "quake"}
    return {"epoch": {"N": str(epoch)}, **{name: {"S": value} for name, value in texts.items()}}


def record(item_id: str, old: int, new: int, number: str) -> dict[str, Any]:
    return {
        "eventName": "MODIFY",
        "dynamodb": {
            "Keys": {"appId": {"S": item_id}},
            "SequenceNumber": number,
            "OldImage": image(item_id, old),
            "NewImage": image(item_id, new),
        },
    }


BATCH = {"Records": [record(APP_ID, 8, 3, "100"), record("app-1#fence#0a", 8, 3, "200"), record(APP_ID, 2, 8, "300")]}


@fuzzed
@given(altered(BATCH, words=WORDS))
def test_any_batch_is_processed_or_reported_for_another_delivery(clients: Clients, batch: Any) -> None:
    clients.put.clear()
    if isinstance(batch, dict) and {"RequestType", "ResponseURL"} & batch.keys():
        return  # a custom resource's
    answer = handle(batch, Context())
    assert answer is not None
    assert answer.keys() == {"batchItemFailures"}
    for failure in answer["batchItemFailures"]:
        assert failure.keys() == {"itemIdentifier"}
        # of this batch, or empty: all of it (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html)
        assert isinstance(failure["itemIdentifier"], str)
    for put in clients.put:
        assert put["ConditionExpression"] == "#epoch < :higher"
        assert put["TableName"] == os.environ["APP_CONFIG_TABLE"]
        assert put["Item"]["appId"]["S"].startswith(APP_ID)


@fuzzed
@given(JSON)
def test_anything_but_a_batch_is_delivered_again(clients: Clients, payload: Any) -> None:
    assert handle(payload, Context()) in (
        {"batchItemFailures": []},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
    )


@fuzzed
@given(TEXTS, TEXTS, st.integers(min_value=3, max_value=2**53))
def test_an_announcement_says_what_the_record_says(clients: Clients, reason: str, updated_by: str, epoch: int) -> None:
    clients.announced.clear()
    new = image(APP_ID, epoch) | {"reason": {"S": reason}, "updatedAt": {"S": updated_by}}
    change = {"Keys": {"appId": {"S": APP_ID}}, "SequenceNumber": "1", "OldImage": image(APP_ID, 2), "NewImage": new}
    assert handle({"Records": [{"dynamodb": change}]}, Context()) == {"batchItemFailures": []}
    [entry] = clients.announced
    detail = json.loads(entry["Detail"])
    assert (detail["reason"], detail["updatedAt"], detail["epoch"]) == (reason, updated_by, epoch)
    assert detail.keys() == {
        "appId", "region", "state", "writableRegion", "epoch", "updatedAt", "previousState", "reason",
    }  # fmt: skip
