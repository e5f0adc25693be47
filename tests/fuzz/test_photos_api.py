"""Whatever reaches the photos API is answered with JSON: as stored, to the byte, or with a 4xx."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photos_api.handler import handle
from photos_api.http import LIMITS_BYTES
from photos_api.text import compared
from tests.errors import client_error
from tests.functions.conftest import Context, event
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import JSON, TEXTS, altered
from tests.regions import PRIMARY

SUBJECT = "5f0e8a3c-1d2b-4c5d-8e9f-a0b1c2d3e4f5"
PHOTO = "0193a5d0-7c1e-7b3a-9f00-1234567890ab"
COMMENT = "0193a5d1-0000-7000-8000-000000000001"
EVENT = event("api-gateway-post-comment")
ROUTES = [
    ("GET", "/photos"), ("POST", "/photos/{photoId}"), ("DELETE", "/photos/{photoId}"), ("GET", "/comments/{photoId}"),
    ("POST", "/comments/{photoId}"),
]  # fmt: skip


class Stores:
    """DynamoDB and S3 as far as the function uses them: items by key, an open fence, one photo's object."""

    meta = SimpleNamespace(region_name=PRIMARY)

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Any] = {}

    def transact_write_items(self, TransactItems: Any, **_: Any) -> None:
        reasons = [self._reason(*next(iter(write.items()))) for write in TransactItems]
        if any(reason["Code"] != "None" for reason in reasons):
            raise client_error("TransactionCanceledException", reasons=reasons)
        for item in (write["Put"]["Item"] for write in TransactItems if "Put" in write):
            json.dumps(item).encode()
            self.items[item["pk"]["S"], item["sk"]["S"]] = item

    def _reason(self, kind: str, write: dict[str, Any]) -> dict[str, Any]:
        key = write["Item" if kind == "Put" else "Key"]
        found = self.items.get((key["pk"]["S"], key["sk"]["S"])) if "pk" in key else None
        author = write.get("ExpressionAttributeValues", {}).get(":author")
        is_met = {
            "writableRegion = :region": True,
            "attribute_not_exists(pk)": found is None,
            "author = :author": found is not None and found["author"] == author,
            "attribute_not_exists(pk) OR author = :author": found is None or found["author"] == author,
            "author = :author AND attribute_not_exists(deletedAt)": found is not None and "deletedAt" not in found,
        }[write["ConditionExpression"]]
        if is_met:
            return {"Code": "None"}
        return {"Code": "ConditionalCheckFailed"} | ({"Item": found} if found else {})

    def query(self, ExpressionAttributeValues: Any, **_: Any) -> Any:
        partition = ExpressionAttributeValues[":pk"]["S"]
        return {"Items": [item for (pk, _), item in sorted(self.items.items()) if pk == partition]}

    def get_item(self, Key: Any, **_: Any) -> Any:
        if "appId" in Key:
            return {"Item": {"writableRegion": {"S": PRIMARY}, "epoch": {"N": "2"}}}
        found = self.items.get((Key["pk"]["S"], Key["sk"]["S"]))
        return {"Item": found} if found else {}

    def delete_objects(self, **_: Any) -> Any:
        return {}

    def head_object(self, **_: Any) -> Any:
        return {"ContentLength": 4}


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Stores:
    made = Stores()
    monkeypatch.setattr("shared.aws.client", lambda *_, **__: made)
    return made


def answered(sent: Any) -> tuple[int, Any]:
    """Status and body; also what holds for every answer."""
    answer = handle(sent, Context())
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    assert set(answer) == {"statusCode", "headers", "isBase64Encoded", "body"}
    body = json.loads(answer["body"])
    assert answer["statusCode"] == 200 or set(body) == {"error"}
    assert 200 <= answer["statusCode"] < 500, body
    return answer["statusCode"], body


def request(method: str, resource: str, body: str | None = None) -> dict[str, Any]:
    return EVENT | {"httpMethod": method, "resource": resource, "body": body, "queryStringParameters": {}}


@fuzzed
@given(st.data())
def test_any_event_is_answered_with_json_and_never_with_a_5xx(stores: Stores, data: st.DataObject) -> None:
    stores.items.clear()
    method, resource = data.draw(st.sampled_from(ROUTES))
    answered(data.draw(altered(request(method, resource, EVENT["body"]), words=[PHOTO, COMMENT, "GET", "POST"])))


@fuzzed
@given(JSON)
def test_any_payload_of_a_direct_invocation_is_answered_with_json(stores: Stores, payload: Any) -> None:
    answered(payload)


@fuzzed
@given(
    st.text(max_size=200)
    | st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode())
    | altered(json.loads(EVENT["body"])).map(json.dumps),
    st.booleans(),
    st.sampled_from(ROUTES),
)
def test_any_body_is_answered_with_a_4xx_or_stored(
    stores: Stores, body: str, is_base64: bool, route: tuple[str, str]
) -> None:
    stores.items.clear()
    answered(request(*route, body) | {"isBase64Encoded": is_base64})


@fuzzed
@given(TEXTS, TEXTS, st.booleans())
def test_a_comment_s_text_comes_back_exactly_as_sent_or_is_a_4xx(
    stores: Stores, user: str, message: str, is_ascii: bool
) -> None:
    stores.items.clear()
    body = json.dumps({"commentId": COMMENT, "user": user, "message": message}, ensure_ascii=is_ascii)
    status, stored = answered(request("POST", "/comments/{photoId}", body))
    assert status in (200, 400, 413)
    if status == 200:
        expected = {"commentId": COMMENT, "user": user, "message": message, "author": SUBJECT}
        assert {name: stored[name] for name in expected} == expected
        assert (stored.keys() - expected.keys(), stored["writtenIn"]) == ({"createdAt", "writtenIn"}, PRIMARY)
        _, listed = answered(request("GET", "/comments/{photoId}"))
        assert listed["comments"] == [expected | {"createdAt": stored["createdAt"]}]
    else:
        assert not stores.items


@fuzzed
@given(TEXTS)
def test_a_name_as_it_is_compared_is_the_same_name_and_fits_into_a_key(name: str) -> None:
    assert compared(compared(name)) == compared(name)
    assert compared(f" {name.swapcase()}\u200b") == compared(name.swapcase())
    try:
        is_allowed = 1 <= len(name.encode()) <= LIMITS_BYTES["user"]
    except UnicodeEncodeError:
        return
    assert not is_allowed or len(compared(name).encode()) < 2000


@fuzzed
@given(TEXTS, TEXTS)
def test_a_photo_s_text_comes_back_exactly_as_sent_or_is_a_4xx(stores: Stores, user: str, title: str) -> None:
    stores.items.clear()
    fields = {"user": user, "title": title, "contentType": "image/png"}
    status, _ = answered(request("POST", "/photos/{photoId}", json.dumps(fields)))
    assert status in (200, 400, 413)
    if status == 200:
        _, listed = answered(request("GET", "/photos"))
        assert [{name: photo[name] for name in fields} for photo in listed["photos"]] == [fields]
    else:
        assert not stores.items


@fuzzed
@given(TEXTS, TEXTS)
def test_no_text_of_a_path_or_a_query_names_another_item(stores: Stores, photo_id: str, token: str) -> None:
    """An id is a key, and a token a place in the list: neither may become another partition."""
    stores.items = {("SECRET", COMMENT): {"pk": {"S": "SECRET"}, "sk": {"S": COMMENT}, "message": {"S": "secret"}}}
    for method, resource in ROUTES:
        parts = {"pathParameters": {"photoId": photo_id}, "queryStringParameters": {"nextToken": token}}
        status, body = answered(request(method, resource, EVENT["body"]) | parts)
        assert "secret" not in json.dumps(body)
        assert status in (200, 400, 404, 413)
