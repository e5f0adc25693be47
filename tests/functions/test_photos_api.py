"""Photos and comments in API Gateway's events, on moto's tables and bucket."""

import json
import uuid
from typing import Any

import pytest

from photos_api.handler import handle
from photos_api.http import LIMITS_BYTES
from tests.functions.conftest import Context, event
from tests.regions import PRIMARY, SECONDARY

SUBJECT = "5f0e8a3c-1d2b-4c5d-8e9f-a0b1c2d3e4f5"
PHOTO = "0193a5d0-7c1e-7b3a-9f00-1234567890ab"
COMMENT = "0193a5d1-0000-7000-8000-000000000001"
PHOTO_FIELDS = {"user": "ana", "title": "Dawn", "contentType": "image/jpeg"}


def request(method: str, resource: str, body: Any = None, photo_id: str = PHOTO, **more: Any) -> dict[str, Any]:
    """An event of API Gateway; a body that is not a string is sent as JSON."""
    path_parameters = {"photoId": photo_id} if "{" in resource else None
    return event("api-gateway-post-comment") | {
        "httpMethod": method,
        "resource": resource,
        "pathParameters": path_parameters,
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        **more,
    }


def call(*arguments: Any, **more: Any) -> tuple[int, Any]:
    """Status and parsed body; also checks what holds for every response."""
    return answered(handle(request(*arguments, **more), Context()))


def answered(answer: dict[str, Any]) -> tuple[int, Any]:
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["isBase64Encoded"] is False
    return answer["statusCode"], json.loads(answer["body"])


def comment(message: str = "So nice", comment_id: str = COMMENT, **more: Any) -> tuple[int, Any]:
    body = {"commentId": comment_id, "user": "ana", "message": message}
    return call("POST", "/comments/{photoId}", body, **more)


def signed_by(**identity: Any) -> dict[str, Any]:
    return {"requestContext": {"identity": identity}}


def set_fences(dynamodb: Any, region: str) -> None:
    for number in range(64):
        dynamodb.put_item(
            TableName="app-config",
            Item={"appId": {"S": f"app-1#fence#{number:02x}"}, "writableRegion": {"S": region}, "epoch": {"N": "2"}},
        )


@pytest.fixture
def store(application: Any, clients: Any) -> Any:
    """DynamoDB with the application's tables, and its bucket with one photo's object."""
    application.create_table(
        TableName="key-value-store",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    clients("s3").create_bucket(Bucket="objects")
    clients("s3").put_object(Bucket="objects", Key=f"public/{PHOTO}", Body=b"jpeg")
    return application


def test_the_event_of_a_signed_in_user_is_stored_under_the_user_s_subject(store: Any) -> None:
    status, body = answered(handle(event("api-gateway-post-comment"), Context()))
    created_at = body.pop("createdAt")
    assert status == 200
    assert body == {
        "commentId": COMMENT,
        "user": "ana",
        "message": "So nice",
        "author": SUBJECT,
        "writtenIn": PRIMARY,
    }
    item = store.get_item(TableName="key-value-store", Key={"pk": {"S": f"COMMENT#{PHOTO}"}, "sk": {"S": COMMENT}})[
        "Item"
    ]
    assert {name: value["S"] for name, value in item.items()} == {
        "pk": f"COMMENT#{PHOTO}",
        "sk": COMMENT,
        "user": "ana",
        "message": "So nice",
        "author": SUBJECT,
        "createdAt": created_at,
        "writtenIn": PRIMARY,
    }


def test_a_photo_is_stored_and_listed_with_its_author(store: Any) -> None:
    status, stored = call("POST", "/photos/{photoId}", PHOTO_FIELDS)
    assert status == 200
    assert stored == {"photoId": PHOTO, "author": SUBJECT, "writtenIn": PRIMARY, **PHOTO_FIELDS} | {
        "hasLarge": False,
        "createdAt": stored["createdAt"],
    }
    del stored["writtenIn"]
    assert call("GET", "/photos") == (200, {"photos": [stored], "nextToken": None})


def test_a_comment_is_listed_under_its_own_photo_only(store: Any) -> None:
    _, stored = comment()
    del stored["writtenIn"]
    other = "0193a5d0-7c1e-7b3a-9f00-000000000000"
    assert call("GET", "/comments/{photoId}") == (200, {"comments": [stored], "nextToken": None})
    assert call("GET", "/comments/{photoId}", photo_id=other) == (200, {"comments": [], "nextToken": None})


NASTY = [
    '"',
    "\\",
    "\n",
    "\x00",
    "😀",
    "\u2028",
    "'; DROP TABLE",
    'x"}, "user": {"S": "ADMIN',
    "${jndi:x}",
    " ",
    "\ufeff",
]


@pytest.mark.parametrize("text", NASTY)
def test_text_is_returned_exactly_as_sent(store: Any, text: str) -> None:
    message = f"{text}.{text}"
    assert comment(message)[1]["message"] == message
    [listed] = call("GET", "/comments/{photoId}")[1]["comments"]
    assert listed["message"] == message
    assert (listed["user"], listed["author"]) == ("ana", SUBJECT)


def new_id() -> str:
    """A UUIDv7 of any time."""
    digits = uuid.uuid4().hex
    return str(uuid.UUID(digits[:12] + "7" + digits[13:]))


def test_text_of_the_maximum_length_is_stored(store: Any) -> None:
    assert comment("x" * LIMITS_BYTES["message"])[0] == 200


# --- retries and authors --------------------------------------------------------------------------------------


def test_the_same_comment_again_changes_nothing_and_returns_the_stored_one(store: Any) -> None:
    first = comment("first")
    assert comment("second") == first


def test_a_retry_of_a_committed_write_succeeds_in_a_region_fenced_since(store: Any) -> None:
    first = comment()
    set_fences(store, "none")
    assert comment() == first


def test_another_author_s_id_is_rejected_and_their_record_is_kept(store: Any) -> None:
    comment("mine")
    status, body = comment("not yours", **signed_by(userArn="arn:aws:iam::123456789012:user/eve"))
    assert (status, body["error"]["code"]) == (409, "AlreadyExists")
    assert call("GET", "/comments/{photoId}")[1]["comments"][0]["message"] == "mine"


@pytest.mark.parametrize(
    ("identity", "author"),
    [
        (
            {"userArn": "arn:aws:iam::123456789012:user/eve", "cognitoAuthenticationProvider": None},
            "arn:aws:iam::123456789012:user/eve",
        ),
        ({"userArn": "arn:a", "cognitoAuthenticationProvider": "accounts.google.com"}, "arn:a"),
        (
            {"userArn": "arn:a", "cognitoAuthenticationProvider": f"x:CognitoSignIn:forged:CognitoSignIn:{SUBJECT}"},
            SUBJECT,
        ),
    ],
)
def test_the_author_is_who_signed(store: Any, identity: dict[str, Any], author: str) -> None:
    assert comment(**signed_by(**identity))[1]["author"] == author


@pytest.mark.parametrize("context", [{}, {"identity": {}}, {"identity": {"userArn": None}}, None])
def test_a_request_without_identity_is_rejected(store: Any, context: Any) -> None:
    status, body = comment(requestContext=context)
    assert (status, body["error"]["code"]) == (403, "NoIdentity")


@pytest.mark.parametrize("name", ["author", "createdAt", "writtenIn", "pk", "sk", "photoId"])
def test_the_body_cannot_set_the_server_s_fields(store: Any, name: str) -> None:
    body = {"commentId": COMMENT, "user": "ana", "message": "hi", name: "forged"}
    status, answer = call("POST", "/comments/{photoId}", body)
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (400, "UnknownField", name)


# --- the fence ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("writable", ["none", SECONDARY])
@pytest.mark.parametrize(("resource", "body"), [("/photos/{photoId}", PHOTO_FIELDS), ("/comments/{photoId}", None)])
def test_a_fenced_region_rejects_every_write(store: Any, writable: str, resource: str, body: Any) -> None:
    set_fences(store, writable)
    body = body or {"commentId": COMMENT, "user": "ana", "message": "hi"}
    for photo_id in (PHOTO, new_id()):  # with its object here, and without
        status, answer = call("POST", resource, body, photo_id)
        assert (status, answer["error"]["code"]) == (409, "RegionFenced")
    assert store.scan(TableName="key-value-store")["Items"] == []


def test_a_region_without_fences_rejects_every_write(store: Any) -> None:
    for number in range(64):
        store.delete_item(TableName="app-config", Key={"appId": {"S": f"app-1#fence#{number:02x}"}})
    assert comment()[1]["error"]["code"] == "RegionFenced"


def test_a_fenced_region_can_be_read(store: Any) -> None:
    comment()
    set_fences(store, "none")
    assert len(call("GET", "/comments/{photoId}")[1]["comments"]) == 1


# --- objects --------------------------------------------------------------------------------------------------


def test_a_photo_without_its_object_is_rejected(store: Any) -> None:
    status, body = call("POST", "/photos/{photoId}", PHOTO_FIELDS, new_id())
    assert (status, body["error"]["code"], body["error"]["field"]) == (400, "ObjectMissing", "photoId")


def test_a_photo_has_the_larger_rendition_that_was_there_before_its_record(store: Any, clients: Any) -> None:
    """One that somebody else adds later is not the author's."""
    other = new_id()
    for key in (f"public/large/{PHOTO}", f"public/{other}"):
        clients("s3").put_object(Bucket="objects", Key=key, Body=b"jpeg")
    assert call("POST", "/photos/{photoId}", PHOTO_FIELDS)[1]["hasLarge"] is True
    assert call("POST", "/photos/{photoId}", PHOTO_FIELDS, other)[1]["hasLarge"] is False
    clients("s3").put_object(Bucket="objects", Key=f"public/large/{other}", Body=b"not hers")
    assert call("POST", "/photos/{photoId}", PHOTO_FIELDS, other)[1]["hasLarge"] is False
    listed = {of["photoId"]: of["hasLarge"] for of in call("GET", "/photos")[1]["photos"]}
    assert listed == {PHOTO: True, other: False}


@pytest.mark.parametrize(("size_bytes", "expected"), [(10 * 1024 * 1024, 200), (10 * 1024 * 1024 + 1, 400)])
def test_the_record_of_a_larger_object_is_rejected(store: Any, clients: Any, size_bytes: int, expected: int) -> None:
    clients("s3").put_object(Bucket="objects", Key=f"public/{PHOTO}", Body=bytes(size_bytes))
    status, body = call("POST", "/photos/{photoId}", PHOTO_FIELDS)
    assert status == expected
    if expected == 400:
        assert (body["error"]["code"], body["error"]["field"]) == ("ObjectTooLarge", "photoId")


# --- pages ----------------------------------------------------------------------------------------------------


def put_photos(store: Any, count: int) -> list[str]:
    """Records of ``count`` photos; their ids, oldest first."""
    ids = [f"0193a5d0-{number:04x}-7000-8000-000000000000" for number in range(count)]
    for photo_id in ids:
        item = {"pk": "PHOTO", "sk": photo_id, "user": "ana", "title": "t", "createdAt": "x", "author": "y"}
        store.put_item(TableName="key-value-store", Item={name: {"S": value} for name, value in item.items()})
    return ids


@pytest.mark.parametrize(
    ("count", "pages"), [(0, [0]), (1, [1]), (50, [50]), (51, [50, 1]), (100, [50, 50]), (120, [50, 50, 20])]
)
def test_all_photos_are_listed_newest_first_in_pages_of_fifty(store: Any, count: int, pages: list[int]) -> None:
    ids = put_photos(store, count)
    seen: list[list[str]] = []
    query = None
    while True:
        status, body = call("GET", "/photos", queryStringParameters=query)
        assert status == 200
        seen.append([photo["photoId"] for photo in body["photos"]])
        if body["nextToken"] is None:
            break
        query = {"nextToken": body["nextToken"]}
    assert [len(page) for page in seen] == pages
    assert [photo_id for page in seen for photo_id in page] == ids[::-1]


def test_comments_are_listed_oldest_first(store: Any) -> None:
    for number in (3, 1, 2):
        comment(str(number), f"0193a5d1-0000-7000-8000-00000000000{number}")
    assert [found["message"] for found in call("GET", "/comments/{photoId}")[1]["comments"]] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "A" * 22,
        "=" * 24,
        "../../etc",
        "é" * 22,
        "A" * 100_000,
        '{"pk":{"S":"COMMENT#x"}}',
        5,
        PHOTO,
        "AZOl0HwAcAGAAAAAAAAAAA==",
    ],
)
def test_a_forged_token_is_rejected(store: Any, token: Any) -> None:
    status, body = call("GET", "/photos", queryStringParameters={"nextToken": token})
    assert (status, body["error"]["code"], body["error"]["field"]) == (400, "InvalidToken", "nextToken")


def test_a_token_of_one_list_does_not_give_access_to_another(store: Any) -> None:
    put_photos(store, 60)
    comment()
    token = call("GET", "/photos")[1]["nextToken"]
    query = {"nextToken": token}
    answer = call("GET", "/comments/{photoId}", queryStringParameters=query)[1]
    assert {found["commentId"] for found in answer["comments"]} <= {COMMENT}
