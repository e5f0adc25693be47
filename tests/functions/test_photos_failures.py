"""If AWS is slow, throttles, fails or does not respond, the client gets JSON that says whether to retry."""

import json
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from photos_api import handler
from shared.clock import Clock
from tests.errors import cancelled, client_error
from tests.functions.conftest import FENCES, Clients, Context
from tests.functions.fakes import FakeClient, FakeTime, failing
from tests.functions.test_photos_api import COMMENT, PHOTO, PHOTO_FIELDS, answered, request
from tests.regions import PRIMARY

FENCED = {"Code": "ConditionalCheckFailed"}
EXISTING = {
    "Code": "ConditionalCheckFailed",
    "Item": {"pk": {"S": "x"}, "sk": {"S": COMMENT}, "author": {"S": "somebody"}},
}


def dynamo(*errors: Exception, forever: bool = False) -> FakeClient:
    """DynamoDB without records that raises ``errors``, when it writes or lists, before it succeeds."""
    fail = failing(*errors, forever=forever)

    def on_call(operation: str, number: int, arguments: dict[str, Any]) -> None:
        if operation != "get_item":
            fail(operation, number, arguments)

    return FakeClient(None, on_call, transact_write_items={}, query={"Items": []}, get_item={})


def transactions(dynamodb: FakeClient) -> list[Any]:
    """The items of each transaction that was tried."""
    return [asked["TransactItems"] for operation, asked in dynamodb.calls if operation == "transact_write_items"]


def s3_client(*errors: Exception) -> FakeClient:
    """S3 with a small object under every key."""
    return FakeClient(None, failing(*errors, forever=True), head_object={"ContentLength": 4})


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    made = FakeTime()
    numbers = iter(range(10_000))
    monkeypatch.setattr(handler, "_CLOCK", made.clock(random=lambda: 37 * next(numbers) % 97 / 97))
    return made


def post(clients: Clients, dynamodb: Any, s3: Any = None, resource: str = "/comments/{photoId}") -> Any:
    """The raw answer to a POST."""
    clients.made |= {("dynamodb", PRIMARY): dynamodb, ("s3", PRIMARY): s3 or s3_client()}
    body = PHOTO_FIELDS if "photos" in resource else {"commentId": COMMENT, "user": "ana", "message": "hi"}
    return handler.handle(request("POST", resource, body), Context())


def code_of(answer: Any) -> tuple[int, str | None, str | None]:
    status, body = answered(answer)
    return status, body.get("error", {}).get("code"), answer["headers"].get("Retry-After")


@pytest.mark.parametrize(
    "error",
    [
        cancelled("None", "None", "TransactionConflict"),
        cancelled("TransactionConflict", "None", "None"),
        cancelled("None", "None", "ThrottlingError"),
        cancelled("None", "ProvisionedThroughputExceeded", "TransactionConflict"),
        client_error("ThrottlingException"),
    ],
)
def test_a_conflict_is_retried_in_the_function_with_another_fence(
    clients: Clients, time: FakeTime, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENCES", "64")
    dynamodb = dynamo(error, error, error)
    assert code_of(post(clients, dynamodb))[0] == 200
    assert len(time.pauses) == 3
    keys = [items[-1]["ConditionCheck"]["Key"]["appId"]["S"] for items in transactions(dynamodb)]
    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    "error",
    [
        client_error("TransactionInProgressException"),
        client_error("InternalServerError", status=500),
        ReadTimeoutError(endpoint_url="https://x"),
    ],
)
def test_after_a_lost_answer_the_same_request_is_sent_again(clients: Clients, time: FakeTime, error: Exception) -> None:
    dynamodb = dynamo(error, error)
    assert code_of(post(clients, dynamodb))[0] == 200
    one, two, three = (asked for operation, asked in dynamodb.calls if operation == "transact_write_items")
    assert one == two == three


@pytest.mark.parametrize(
    "error", [cancelled("None", "None", "TransactionConflict"), client_error("ProvisionedThroughputExceededException")]
)
def test_a_conflict_that_persists_is_503_with_retry_after_and_never_409(
    clients: Clients, time: FakeTime, error: Exception
) -> None:
    assert code_of(post(clients, dynamo(error, forever=True))) == (503, "Busy", "1")
    assert time.seconds <= 5


@pytest.mark.parametrize(
    "reasons",
    [("None", "None", FENCED), ("TransactionConflict", "None", FENCED), ("None", "None", "ConditionalCheckFailed")],
)
def test_a_fence_is_409_at_once(clients: Clients, time: FakeTime, reasons: Any) -> None:
    dynamodb = dynamo(cancelled(*reasons), forever=True)
    assert code_of(post(clients, dynamodb)) == (409, "RegionFenced", None)
    assert len(transactions(dynamodb)) == 1


@pytest.mark.parametrize("fence", ["None", FENCED, "TransactionConflict"])
def test_another_author_s_record_is_already_exists_fenced_or_not(clients: Clients, time: FakeTime, fence: Any) -> None:
    assert code_of(post(clients, dynamo(cancelled(EXISTING, "None", fence)))) == (409, "AlreadyExists", None)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (client_error("InternalServerError", status=500), (503, "Busy", "1")),
        (client_error("ServiceUnavailable", status=503), (503, "Busy", "1")),
        (ReadTimeoutError(endpoint_url="https://x"), (503, "Busy", "1")),
        (ConnectTimeoutError(endpoint_url="https://x"), (503, "Busy", "1")),
        (EndpointConnectionError(endpoint_url="https://x"), (503, "Busy", "1")),
        (client_error("AccessDeniedException"), (500, "InternalError", None)),
        (client_error("ResourceNotFoundException"), (500, "InternalError", None)),
        (KeyError("bug"), (500, "InternalError", None)),
    ],
)
def test_every_other_failure_is_json_without_a_traceback(
    clients: Clients, time: FakeTime, capsys: pytest.CaptureFixture[str], error: Exception, expected: Any
) -> None:
    for answer in (post(clients, dynamo(error, forever=True)), get(clients, dynamo(error))):
        assert code_of(answer) == expected
        assert "Traceback" not in answer["body"]
        assert "because of" not in answer["body"]
    assert "Traceback" in capsys.readouterr().out


def test_users_read_their_own_writes(clients: Clients, time: FakeTime) -> None:
    dynamodb = dynamo()
    get(clients, dynamodb)
    assert dynamodb.requests[0]["ConsistentRead"] is True


def get(clients: Clients, dynamodb: Any) -> Any:
    clients.made[("dynamodb", PRIMARY)] = dynamodb
    return handler.handle(request("GET", "/photos"), Context())


@pytest.mark.parametrize("error", [client_error("403", status=403), client_error("SlowDown", status=503)])
def test_an_object_that_cannot_be_checked_is_503_and_nothing_is_written(
    clients: Clients, time: FakeTime, error: Exception
) -> None:
    dynamodb = dynamo()
    assert code_of(post(clients, dynamodb, s3_client(error), "/photos/{photoId}")) == (503, "Busy", "1")
    assert not dynamodb.requests


def test_a_missing_object_in_a_fenced_region_is_reported_as_fenced(clients: Clients, time: FakeTime) -> None:
    s3 = s3_client(client_error("404", status=404))
    for writable, expected in (("none", "RegionFenced"), (PRIMARY, "ObjectMissing")):
        fence = {"writableRegion": {"S": writable}, "epoch": {"N": "2"}}
        stored = {"app-config": {"Item": fence}, "key-value-store": {}}
        dynamodb = FakeClient(get_item=lambda TableName, stored=stored, **_: stored[TableName])
        assert code_of(post(clients, dynamodb, s3, "/photos/{photoId}"))[1] == expected


def test_a_write_is_one_transaction_of_fence_put_and_name(clients: Clients, time: FakeTime) -> None:
    dynamodb = dynamo()
    post(clients, dynamodb)
    [items] = transactions(dynamodb)
    put, check = items[0]["Put"], items[2]["ConditionCheck"]
    assert len(items) == 3
    assert check["TableName"] == "app-config"
    assert check["ExpressionAttributeValues"] == {":region": {"S": PRIMARY}}
    assert put["ConditionExpression"] == "attribute_not_exists(pk)"
    assert put["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_writes_are_spread_over_all_fences(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    dynamodb = dynamo()
    numbers = iter(range(FENCES))
    monkeypatch.setattr(handler, "_CLOCK", FakeTime().clock(random=lambda: next(numbers) / FENCES))
    for _ in range(FENCES):
        post(clients, dynamodb)
    keys = {items[-1]["ConditionCheck"]["Key"]["appId"]["S"] for items in transactions(dynamodb)}
    assert keys == {f"app-1#fence#{number:02x}" for number in range(FENCES)}


def test_a_missing_setting_is_a_500(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEY_VALUE_TABLE")
    assert code_of(get(clients, dynamo())) == (500, "InternalError", None)


@pytest.mark.parametrize(
    ("method", "resource", "expected"),
    [
        ("GET", "/nothing", (404, "NotFound")),
        ("GET", None, (404, "NotFound")),
        ("GET", "/photos/{photoId}/x", (404, "NotFound")),
        ("DELETE", "/photos", (405, "MethodNotAllowed")),
        ("GET", "/photos/{photoId}", (405, "MethodNotAllowed")),
        ("PUT", "/comments/{photoId}", (405, "MethodNotAllowed")),
        (None, "/photos", (405, "MethodNotAllowed")),
    ],
)
def test_an_unknown_route_is_reported(clients: Clients, method: Any, resource: Any, expected: Any) -> None:
    made = request("GET", "/photos") | {"httpMethod": method, "resource": resource}
    answer = handler.handle(made, Context())
    assert code_of(answer)[:2] == expected
    assert ("Allow" in answer["headers"]) is (expected[0] == 405)


@pytest.mark.parametrize("event", [{}, [], None, "x", {"key1": "value1"}, {"resource": ["/photos"]}])
def test_an_event_not_from_api_gateway_gets_a_response_too(event: Any) -> None:
    assert answered(handler.handle(event, Context()))[0] == 404


@pytest.mark.parametrize(
    "change",
    [{"pathParameters": "x"}, {"pathParameters": ["x"]}, {"requestContext": "x"}, {"queryStringParameters": 1}],
)
def test_a_malformed_event_gets_a_response_too(clients: Clients, change: dict[str, Any]) -> None:
    for method, resource in (("GET", "/photos"), ("POST", "/comments/{photoId}")):
        clients.made |= {("dynamodb", PRIMARY): dynamo(), ("s3", PRIMARY): s3_client()}
        body = json.dumps({"commentId": COMMENT, "user": "ana", "message": "hi"})
        answered(handler.handle(request(method, resource, body) | change, Context()))


def test_the_real_clock_stamps_in_utc_with_milliseconds() -> None:
    assert FakeTime().clock().timestamp() == "2026-11-23T08:00:00.250Z"
    assert len(Clock().timestamp()) == len("2026-11-23T08:00:00.250Z")


def test_ids_are_taken_from_the_path(clients: Clients, time: FakeTime) -> None:
    dynamodb = dynamo()
    post(clients, dynamodb, resource="/photos/{photoId}")
    assert transactions(dynamodb)[0][0]["Put"]["Item"]["sk"] == {"S": PHOTO}
