"""Invalid input is rejected by name with a 4xx, before any call to AWS."""

import base64
import json
from typing import Any

import pytest

from photos_api.http import (
    BODY_LIMIT_BYTES,
    CONTENT_TYPES,
    LIMITS_BYTES,
    ApiError,
    author_of,
    comment_fields,
    photo_fields,
    photo_id_of,
    start_of,
)
from tests.functions.test_photos_api import COMMENT, PHOTO, PHOTO_FIELDS, call

COMMENT_FIELDS = {"commentId": COMMENT, "user": "ana", "message": "hi"}


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any call to AWS would fail the test with a 500."""
    monkeypatch.setattr("shared.aws.client", lambda *_, **__: None)


def rejected(body: Any, resource: str = "/comments/{photoId}", **more: Any) -> tuple[int, str, str | None]:
    status, answer = call("POST", resource, body, **more)
    error = answer["error"]
    assert set(answer) == {"error"}
    assert set(error) == {"code", "message", "field"}
    assert error["message"]
    return status, error["code"], error["field"]


@pytest.mark.parametrize("name", list(COMMENT_FIELDS))
@pytest.mark.parametrize("value", [None, 5, True, [], {}, ["x"], {"S": "x"}, ""])
def test_a_comment_s_field_of_the_wrong_type_is_named(name: str, value: Any) -> None:
    assert rejected(COMMENT_FIELDS | {name: value}) == (400, "InvalidField", name)


@pytest.mark.parametrize("name", list(PHOTO_FIELDS))
@pytest.mark.parametrize("value", [None, 5, [], {}, ""])
def test_a_photo_s_field_of_the_wrong_type_is_named(name: str, value: Any) -> None:
    assert rejected(PHOTO_FIELDS | {name: value}, "/photos/{photoId}") == (400, "InvalidField", name)


@pytest.mark.parametrize("name", list(COMMENT_FIELDS))
def test_a_missing_field_is_named(name: str) -> None:
    body = {key: value for key, value in COMMENT_FIELDS.items() if key != name}
    assert rejected(body) == (400, "InvalidField", name)


@pytest.mark.parametrize(
    ("name", "fields"), [("user", COMMENT_FIELDS), ("message", COMMENT_FIELDS), ("title", PHOTO_FIELDS)]
)
def test_lengths_count_in_bytes(name: str, fields: dict[str, str]) -> None:
    parse = comment_fields if fields is COMMENT_FIELDS else photo_fields
    limit = LIMITS_BYTES[name]
    right = fields | {name: "é" * (limit // 2)}
    assert parse({"body": json.dumps(right, ensure_ascii=False)}) == right
    with pytest.raises(ApiError, match=f"{name} must have 1 to {limit} bytes, not {limit + 2}"):
        parse({"body": json.dumps(right | {name: "é" * (limit // 2 + 1)}, ensure_ascii=False)})


@pytest.mark.parametrize(
    "value",
    [
        None, "", "x", "../x", PHOTO.upper(), PHOTO.replace("-", ""), f"{{{PHOTO}}}", PHOTO + "\n", " " + PHOTO,
        PHOTO.replace("-7b3a-", "-4b3a-"), PHOTO.replace("-9f00-", "-7f00-"), "\u0660" + PHOTO[1:], PHOTO * 1000,
    ],
)  # fmt: skip
def test_an_id_that_is_not_a_canonical_uuidv7_is_rejected(value: Any) -> None:
    assert rejected(COMMENT_FIELDS, photo_id=value) == (400, "InvalidField", "photoId")
    assert rejected(PHOTO_FIELDS, "/photos/{photoId}", photo_id=value) == (400, "InvalidField", "photoId")
    assert call("GET", "/comments/{photoId}", photo_id=value)[0] == 400
    status, _, field = rejected(COMMENT_FIELDS | {"commentId": value})
    assert status in (400, 413)
    assert status == 413 or field == "commentId"


@pytest.mark.parametrize("value", ["image/svg+xml", "text/html", "IMAGE/PNG", "image/png; x=y", "image/png\n", "png"])
def test_a_content_type_other_than_an_image_s_is_rejected(value: str) -> None:
    assert rejected(PHOTO_FIELDS | {"contentType": value}, "/photos/{photoId}") == (400, "InvalidField", "contentType")


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_each_image_type_is_accepted(content_type: str) -> None:
    body = json.dumps(PHOTO_FIELDS | {"contentType": content_type})
    assert photo_fields({"body": body})["contentType"] == content_type


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00x", "x\\ud83d"])
def test_half_of_a_surrogate_pair_is_rejected(text: str) -> None:
    body = '{"commentId":"%s","user":"ana","message":"%s"}' % (COMMENT, text)  # noqa: UP031
    assert rejected(body) == (400, "InvalidField", "message")


def test_replacement_characters_of_the_gateway_are_not_stored() -> None:
    garbled = COMMENT_FIELDS | {"message": "caf\ufffd"}
    assert rejected(json.dumps(garbled, ensure_ascii=False)) == (400, "InvalidBody", None)
    assert comment_fields({"body": json.dumps(garbled)}) == garbled  # escaped, it is the client's own text


@pytest.mark.parametrize(
    "body",
    [
        None, "", " ", "null", "[]", "5", '"text"', "{", "{}x", "{'user':1}", "\ufeff{}", '{"a":1,}', "NaN", "\ud800",
        '{"user":NaN}', '{"user":-Infinity}', '{"user":"a","user":"b"}', '{"x":{"a":1,"a":2}}', "1" * 5000,
        "[" * 8000, '{"a":' * 1600, "{" * 8192,
    ],
)  # fmt: skip
def test_a_body_that_is_not_a_json_object_is_rejected(body: Any) -> None:
    assert rejected(body) == (400, "InvalidBody", None)


def test_a_duplicate_name_cannot_smuggle_a_second_value() -> None:
    body = json.dumps(COMMENT_FIELDS)[:-1] + ',"user":"ADMIN"}'
    assert rejected(body) == (400, "InvalidBody", None)


@pytest.mark.parametrize("name", ["admin", "", "Message", "__proto__", "\ud800", "x" * 7000, "user "])
def test_an_unknown_field_is_named(name: str) -> None:
    assert rejected(COMMENT_FIELDS | {name: "x"}) == (400, "UnknownField", name[:64])


@pytest.mark.parametrize("size_bytes", [BODY_LIMIT_BYTES + 1, 2 * BODY_LIMIT_BYTES + 1, 5_000_000])
@pytest.mark.parametrize("is_base64", [False, True])
def test_a_body_that_is_too_large_is_rejected(size_bytes: int, is_base64: bool) -> None:
    body = json.dumps(COMMENT_FIELDS | {"message": "x" * size_bytes})
    sent = base64.b64encode(body.encode()).decode() if is_base64 else body
    assert rejected(sent, isBase64Encoded=is_base64) == (413, "BodyTooLarge", None)


def test_a_large_body_counts_in_bytes() -> None:
    body = json.dumps(COMMENT_FIELDS | {"message": "€" * 2731}, ensure_ascii=False)
    assert len(body) < BODY_LIMIT_BYTES < len(body.encode())
    assert rejected(body) == (413, "BodyTooLarge", None)


def test_a_base64_body_is_decoded() -> None:
    body = base64.b64encode(json.dumps(COMMENT_FIELDS | {"message": "é😀"}, ensure_ascii=False).encode()).decode()
    assert comment_fields({"body": body, "isBase64Encoded": True})["message"] == "é😀"


@pytest.mark.parametrize("body", ["not base64!", "/w==", "abc", "é"])
def test_an_invalid_base64_body_is_rejected(body: str) -> None:
    assert rejected(body, isBase64Encoded=True) == (400, "InvalidBody", None)


@pytest.mark.parametrize("value", [None, 5, "x", ["photoId"], True])
def test_sections_of_the_event_that_are_no_objects_are_rejected_like_missing_ones(value: Any) -> None:
    event = {"pathParameters": value, "queryStringParameters": value, "requestContext": value}
    with pytest.raises(ApiError) as refused:
        photo_id_of(event)
    assert refused.value.answer["statusCode"] == 400
    for context in (event, {"requestContext": {"identity": value}}):
        with pytest.raises(ApiError) as refused:
            author_of(context)
        assert refused.value.answer["statusCode"] == 403
    assert start_of(event) is None
