"""The state guard: what a late write lowered is put back, and a new state is announced."""

import json
from typing import Any

import pytest

from state_guard.handler import handle
from tests.errors import client_error
from tests.functions.conftest import Clients, CloudFormation, Context
from tests.functions.fakes import FakeClient
from tests.functions.test_app_state_updater import fence_id, items, record
from tests.regions import PRIMARY, SECONDARY

Item = dict[str, Any]


def state(epoch: int, name: str = "active", item_id: str = "app-1") -> Item:
    values = {"state": name, "writableRegion": PRIMARY, "updatedAt": f"t{epoch}", "reason": "quake"}
    return {"appId": {"S": item_id}, "epoch": {"N": str(epoch)}, **{key: {"S": value} for key, value in values.items()}}


def fence(number: int, epoch: int, region: str = PRIMARY) -> Item:
    return {"appId": {"S": fence_id(number)}, "writableRegion": {"S": region}, "epoch": {"N": str(epoch)}}


def changed(old: Item | None, new: Item | None, number: str = "1") -> dict[str, Any]:
    """A stream record as Lambda gets it."""
    images = {"OldImage": old, "NewImage": new}
    key = (new or old or {})["appId"]
    change = {name: image for name, image in images.items() if image}
    return {"dynamodb": {"Keys": {"appId": key}, "SequenceNumber": number, **change}}


def deliver(*records: dict[str, Any]) -> Any:
    return handle({"Records": list(records)}, Context())


@pytest.fixture
def events(clients: Clients) -> FakeClient:
    """EventBridge, which accepts everything."""
    client = FakeClient(None, put_events=lambda **_: {"FailedEntryCount": 0, "Entries": [{}]})
    clients.made["events", PRIMARY] = client
    return client


def test_a_record_that_replication_lowered_is_put_back_whole(application: Any, events: FakeClient) -> None:
    application.put_item(TableName="app-config", Item=state(3, "fenced"))
    assert deliver(changed(state(8), state(3, "fenced"))) == {"batchItemFailures": []}
    assert record(application) == {
        "state": "active",
        "writableRegion": PRIMARY,
        "epoch": 8,
        "updatedAt": "t8",
        "reason": "quake",
    }
    assert not events.calls


def test_a_fence_that_replication_lowered_is_put_back(application: Any, events: FakeClient) -> None:
    application.put_item(TableName="app-config", Item=fence(3, 3, SECONDARY))
    deliver(changed(fence(3, 8), fence(3, 3, SECONDARY)))
    assert items(application)[fence_id(3)] == {"writableRegion": PRIMARY, "epoch": 8}


def test_what_has_become_higher_meanwhile_is_left_alone(application: Any, events: FakeClient) -> None:
    application.put_item(TableName="app-config", Item=fence(3, 9, SECONDARY))
    assert deliver(changed(fence(3, 8), fence(3, 3, SECONDARY))) == {"batchItemFailures": []}
    assert items(application)[fence_id(3)]["epoch"] == 9


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (fence(3, 2), fence(3, 8)),
        (state(9, item_id="app-1#history#us-east-1#9"), state(3, item_id="app-1#history#us-east-1#9")),
        (state(9, item_id="app-2"), state(3, item_id="app-2")),
        (state(9), None),
        (fence(3, 9), None),
        (state(4), state(4)),
    ],
    ids=["raised", "history", "another application", "record deleted", "fence deleted", "same epoch"],
)
def test_everything_else_is_left_alone(application: Any, events: FakeClient, old: Item, new: Item | None) -> None:
    before = items(application)
    assert deliver(changed(old, new)) == {"batchItemFailures": []}
    assert items(application) == before
    assert not events.calls


def test_a_new_state_is_announced_on_the_default_bus(application: Any, events: FakeClient) -> None:
    deliver(changed(state(8), state(10, "fenced")), changed(None, state(2)))
    (_, first), (_, second) = events.calls
    (entry,) = first["Entries"]
    assert (entry["Source"], entry["DetailType"]) == ("mraa", "Application State Changed")
    assert json.loads(entry["Detail"]) == {
        "appId": "app-1",
        "region": PRIMARY,
        "state": "fenced",
        "writableRegion": PRIMARY,
        "epoch": 10,
        "updatedAt": "t10",
        "previousState": "active",
        "reason": "quake",
    }
    assert json.loads(second["Entries"][0]["Detail"])["previousState"] == ""


def test_a_failed_record_and_all_later_ones_are_delivered_again(application: Any, clients: Clients) -> None:
    def refuse(called: str, _: int, arguments: dict[str, Any]) -> None:
        if called == "put_item":
            raise client_error("InternalServerError", status=500)

    clients.made["dynamodb", PRIMARY] = FakeClient(application, refuse)
    answer = deliver(changed(fence(1, 2), fence(1, 4), "1"), changed(fence(3, 8), fence(3, 3), "2"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def test_an_event_that_is_not_accepted_is_sent_again(application: Any, clients: Clients) -> None:
    refusal = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
    clients.made["events", PRIMARY] = FakeClient(None, put_events=lambda **_: refusal)
    assert deliver(changed(state(8), state(10), "7")) == {"batchItemFailures": [{"itemIdentifier": "7"}]}


class TestAsACustomResource:
    PROPERTIES = {"AppId": "app-1", "TableName": "app-config", "Fences": "64"}

    @pytest.fixture
    def table(self, clients: Clients, app_config: Any) -> Any:
        description = {"Table": {"LatestStreamArn": "arn:stream"}}
        clients.made["dynamodb", PRIMARY] = FakeClient(app_config, describe_table=lambda **_: description)
        return app_config

    def test_it_returns_this_regions_stream_and_the_number_of_fences(
        self, table: Any, cloudformation: CloudFormation
    ) -> None:
        handle(cloudformation.request("Create", self.PROPERTIES), Context())
        assert cloudformation.answer["Data"] == {"StreamArn": "arn:stream", "Fences": "64"}

    @pytest.mark.parametrize("recorded", ["64", None])
    def test_an_application_of_an_earlier_version_has_64_fences(
        self, table: Any, cloudformation: CloudFormation, recorded: str | None
    ) -> None:
        table.put_item(TableName="app-config", Item=state(1) | ({"fences": {"N": recorded}} if recorded else {}))
        handle(cloudformation.request("Update", self.PROPERTIES, "mraa/app-config"), Context())
        assert cloudformation.answer["Data"]["Fences"] == "64"

    def test_another_number_of_fences_than_the_application_has_is_refused(
        self, table: Any, cloudformation: CloudFormation
    ) -> None:
        table.put_item(TableName="app-config", Item=state(1) | {"fences": {"N": "256"}})
        handle(cloudformation.request("Update", self.PROPERTIES, "mraa/app-config"), Context())
        assert cloudformation.answer["Status"] == "FAILED"
        assert "has 256 fences, which cannot be changed: set Fences to 256" in cloudformation.answer["Reason"]
