"""What each port to the engine's streams and event sources promises; an upgrade has to keep this."""

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import iam_actions
from ministack.services import dynamodb, lambda_svc

from mraa_local.engine import event_sources, streams, tables
from mraa_local.engine.scope import Answer, account_id, scope
from tests.local import engine
from tests.local.deploying import unique
from tests.regions import PRIMARY, SECONDARY

_ACCOUNTS = itertools.count(500000000000)
ZIP = base64.b64encode(b"PK\x05\x06" + bytes(18)).decode()  # an empty one


@pytest.fixture(autouse=True)
def own_account() -> Iterator[str]:
    """An account of the test's own, and the engine as it was."""
    account = str(next(_ACCOUNTS))
    with engine.restored(), scope(account, PRIMARY):
        lambda_svc._ensure_poller = lambda: None
        yield account


@pytest.fixture
def stream() -> str:
    """The ARN of the stream of a table with a replica."""
    request = {
        "TableName": unique("table"), "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }  # fmt: skip
    assert tables.create(request)[0] == 200
    name = request["TableName"]
    assert tables.update({"TableName": name, "ReplicaUpdates": [{"Create": {"RegionName": SECONDARY}}]})[0] == 200
    table = tables.find(str(name))
    assert table is not None
    return str(table["LatestStreamArn"])


@pytest.fixture
def function() -> str:
    """The name of a function."""
    name = unique("function")
    request = {
        "FunctionName": name, "Runtime": "python3.13", "Role": "arn:aws:iam::000000000000:role/r",
        "Handler": "index.handle", "Code": {"ZipFile": ZIP},
    }  # fmt: skip
    assert lambda_svc._create_function(request)[0] == 201
    return name


def put(stream: str, value: str) -> None:
    item = {"id": {"S": "k"}, "v": {"S": value}}
    assert dynamodb._put_item({"TableName": stream.split("/")[1], "Item": item})[0] == 200


def create(function: str, stream: str, **settings: Any) -> dict[str, Any]:
    answer = event_sources.create(
        {"FunctionName": function, "EventSourceArn": stream, "StartingPosition": "LATEST", **settings}
    )
    assert answer[0] == 202, answer
    mapping = event_sources.find(json.loads(answer[2])["UUID"])
    assert mapping is not None
    return mapping


def test_a_stream_exists_in_its_region_and_its_records_have_a_size(stream: str) -> None:
    streams.give_records_a_size()
    put(stream, "1")
    assert streams.exists(stream)
    assert not streams.exists(stream + "1")
    assert not streams.exists(stream.replace("table/", "table/no"))
    with scope(account_id(), SECONDARY):
        assert not streams.exists(stream)
        replica = tables.find(stream.split("/")[1])
        assert replica is not None
        assert streams.exists(replica["LatestStreamArn"])
        assert f":{SECONDARY}:" in replica["LatestStreamArn"]
    ((record,),) = [
        of["records"] for of in streams.saved() if of["account_id"] == account_id() and of["region"] == PRIMARY
    ]
    assert record["dynamodb"]["SizeBytes"] > 0


def test_streams_are_saved_and_restored(stream: str, function: str) -> None:
    mapping = create(function, stream)
    put(stream, "1")
    saved = json.loads(json.dumps([of for of in streams.saved() if of["account_id"] == account_id()]))
    dynamodb._stream_records.clear()
    assert event_sources.read(mapping)[1] == []
    for of in saved:
        streams.restore(of)
    assert [record["eventName"] for record in event_sources.read(mapping)[1]] == ["INSERT"]


def test_a_mapping_reads_from_its_position_on_a_batch_at_a_time(stream: str, function: str) -> None:
    put(stream, "0")
    mapping = create(function, stream, BatchSize=2)
    for value in "123":
        put(stream, value)
    position, records = event_sources.read(mapping)
    assert [record["dynamodb"]["NewImage"]["v"]["S"] for record in records] == ["1", "2"]
    event_sources.advance(mapping, position + 2)
    assert [record["dynamodb"]["OldImage"]["v"]["S"] for record in event_sources.read(mapping)[1]] == ["2"]
    assert event_sources.read({**mapping, "EventSourceArn": stream + "x"}) == (0, [])
    mapping["FilterCriteria"] = {"Filters": [{"Pattern": '{"dynamodb": {"NewImage": {"v": {"S": ["1"]}}}}'}]}
    assert [event_sources.is_selected(mapping, record) for record in records] == [True, False]
    event_sources.delete(mapping["UUID"])
    event_sources.advance(mapping, 1)
    assert mapping["UUID"] not in lambda_svc._dynamodb_stream_positions
    from_the_start = create(function, stream, StartingPosition="TRIM_HORIZON")
    assert len(event_sources.read(from_the_start)[1]) == 4


def test_mappings_are_found_and_what_is_asked_of_them_can_be_refused(stream: str, function: str) -> None:
    event_sources.around_create(lambda request, proceed: proceed({**request, "BatchSize": 3}))
    seen: list[Any] = []

    def check(mapping: dict[str, Any], request: dict[str, Any]) -> Answer | None:
        seen.append(mapping["UUID"])
        return event_sources.refusal("No", "why", 409) if "BatchSize" in request else None

    event_sources.before_update(check)
    mapping = create(function, stream)
    assert mapping["BatchSize"] == 3
    assert event_sources.here() == [mapping]
    (place,) = [place for place in event_sources.everywhere() if place.account_id == account_id()]
    assert (place.region, place.mapping) == (PRIMARY, mapping)
    assert event_sources.update(mapping["UUID"], {"BatchSize": 4})[0] == 409
    assert event_sources.update(mapping["UUID"], {"Enabled": False})[0] == 200
    assert event_sources.update("none", {"BatchSize": 4})[0] == 404
    assert seen == [mapping["UUID"]] * 2
    found = event_sources.function_of(mapping)
    assert found is not None
    assert found["FunctionArn"].endswith(function)
    assert event_sources.function_of({"FunctionName": found["FunctionArn"]}) == found
    assert event_sources.function_of({"FunctionName": "no-such"}) is None
    assert event_sources.delete(mapping["UUID"])[0] == 202
    assert event_sources.find(mapping["UUID"]) is None


def test_a_mappings_function_gets_records_and_the_engine_polls_no_stream(stream: str, function: str) -> None:
    mapping = create(function, stream)
    lambda_svc._execute_function = lambda record, event: {"body": event, "record": record["config"]["FunctionName"]}
    assert event_sources.invoke(mapping, [{"a": 1}]) == {"body": {"Records": [{"a": 1}]}, "record": function}
    assert event_sources.invoke({**mapping, "FunctionName": "no-such"}, [])["error"]
    event_sources.poll_by(lambda: True)
    assert lambda_svc._poll_dynamodb_streams() is True
    event_sources.wake()
    assert lambda_svc._esm_wake.is_set()


def test_policies_see_the_right_action_for_each_call() -> None:
    event_sources.name_actions()
    path = "/2015-03-31/event-source-mappings/"

    def action(method: str, path: str) -> Any:
        return iam_actions.extract_iam_action("lambda", method, path, {}, b"", {})

    assert action("GET", path) == "lambda:ListEventSourceMappings"
    assert action("GET", path + "id") == "lambda:GetEventSourceMapping"
    assert action("POST", path) == "lambda:CreateEventSourceMapping"
    assert action("PUT", path + "id") == "lambda:UpdateEventSourceMapping"
    assert action("DELETE", path + "id") == "lambda:DeleteEventSourceMapping"
