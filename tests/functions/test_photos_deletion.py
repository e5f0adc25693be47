"""A photo is deleted by its author, and stays deleted."""

from typing import Any

import pytest

from photos_api import handler
from tests.errors import cancelled, client_error
from tests.functions.conftest import Clients, Context
from tests.functions.fakes import FakeClient, FakeTime, failing
from tests.functions.test_photos_api import (
    PHOTO,
    PHOTO_FIELDS,
    SUBJECT,
    answered,
    call,
    comment,
    new_id,
    put_photos,
    set_fences,
    signed_by,
)
from tests.functions.test_photos_api import request as request_of
from tests.functions.test_photos_api import store as store
from tests.functions.test_photos_failures import FENCED, code_of
from tests.functions.test_photos_failures import time as time
from tests.regions import PRIMARY, SECONDARY

EVE = signed_by(userArn="arn:aws:iam::123456789012:user/eve")
KEY = {"pk": {"S": "PHOTO"}, "sk": {"S": PHOTO}}
FOLDERS = ("public", "public/thumb", "public/large")


@pytest.fixture
def photo(store: Any, clients: Any) -> str:
    """A photo with its objects, in a bucket with versions; its id."""
    s3 = clients("s3")
    s3.put_bucket_versioning(Bucket="objects", VersioningConfiguration={"Status": "Enabled"})
    for folder in FOLDERS:
        s3.put_object(Bucket="objects", Key=f"{folder}/{PHOTO}", Body=b"jpeg")
    assert add()[0] == 200
    return PHOTO


def add(**more: Any) -> tuple[int, Any]:
    return call("POST", "/photos/{photoId}", PHOTO_FIELDS, **more)


def delete(photo_id: str = PHOTO, **more: Any) -> tuple[int, Any]:
    return call("DELETE", "/photos/{photoId}", None, photo_id, **more)


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


def keys(clients: Any) -> set[str]:
    return {of["Key"] for of in clients("s3").list_objects_v2(Bucket="objects").get("Contents", [])}


def test_its_author_deletes_a_photo_and_a_tombstone_takes_the_record_s_place(store: Any, photo: str) -> None:
    status, answer = delete()
    deleted_at = answer.pop("deletedAt")
    assert (status, answer) == (200, {"photoId": PHOTO, "author": SUBJECT, "writtenIn": PRIMARY})
    assert store.get_item(TableName="key-value-store", Key=KEY)["Item"] == KEY | {
        "author": {"S": SUBJECT},
        "writtenIn": {"S": PRIMARY},
        "deletedAt": {"S": deleted_at},
    }
    assert call("GET", "/photos") == (200, {"photos": [], "nextToken": None})


def test_its_objects_are_deleted_and_their_versions_kept(photo: str, clients: Any) -> None:
    delete()
    assert keys(clients) == set()
    versions = clients("s3").list_object_versions(Bucket="objects")
    assert {marker["Key"] for marker in versions["DeleteMarkers"]} == {f"{folder}/{PHOTO}" for folder in FOLDERS}
    assert len(versions["Versions"]) >= len(FOLDERS)


def test_deleting_it_again_answers_the_same_in_a_region_fenced_since_too(store: Any, photo: str) -> None:
    first = delete()
    assert delete() == first
    set_fences(store, "none")
    assert delete() == first


def test_nobody_else_deletes_it(store: Any, photo: str, clients: Any) -> None:
    before = keys(clients)
    assert code(delete(**EVE)) == (403, "NotAuthor")
    assert call("GET", "/photos")[1]["photos"][0]["photoId"] == PHOTO
    assert keys(clients) == before
    delete()
    assert code(delete(**EVE)) == (403, "NotAuthor")


@pytest.mark.parametrize("writable", ["none", SECONDARY])
def test_a_fenced_region_deletes_nothing(store: Any, photo: str, clients: Any, writable: str) -> None:
    before = keys(clients), store.scan(TableName="key-value-store")["Items"]
    set_fences(store, writable)
    assert code(delete()) == (409, "RegionFenced")
    assert code(delete(new_id())) == (409, "RegionFenced")
    assert (keys(clients), store.scan(TableName="key-value-store")["Items"]) == before


def test_a_photo_that_is_not_there_cannot_be_deleted(store: Any, clients: Any) -> None:
    before = keys(clients)
    assert code(delete()) == (404, "NotFound")
    assert keys(clients) == before
    assert store.scan(TableName="key-value-store")["Items"] == []


def test_a_deleted_photo_s_id_is_never_used_again(store: Any, photo: str, clients: Any) -> None:
    delete()
    assert code(add()) == (410, "PhotoDeleted")  # its object is gone, which a client would only upload again
    clients("s3").put_object(Bucket="objects", Key=f"public/{PHOTO}", Body=b"again")
    assert code(add()) == (410, "PhotoDeleted")
    assert code(add(**EVE))[0] == 409
    assert call("GET", "/photos")[1]["photos"] == []


def test_a_deleted_photo_has_no_comments_and_takes_none(store: Any, photo: str) -> None:
    comment()
    delete()
    assert code(call("GET", "/comments/{photoId}")) == (410, "PhotoDeleted")
    assert code(comment("late", "0193a5d1-0000-7000-8000-000000000002")) == (410, "PhotoDeleted")


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_comments_cannot_be_deleted(store: Any, method: str) -> None:
    status, body = call(method, "/comments/{photoId}")
    assert (status, body["error"]["code"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize("value", [None, "", "x", PHOTO.upper(), f"{PHOTO}\n"])
def test_an_id_that_is_none_is_rejected(value: Any) -> None:
    assert code(delete(value)) == (400, "InvalidField")


@pytest.mark.parametrize(
    ("count", "deleted", "pages"),
    [
        (60, range(50), [10]),
        (120, range(10, 110), [20]),
        (120, range(0, 120, 2), [50, 10]),
        (52, [51], [50, 1]),
        (51, [0], [50]),
        (101, range(1, 101), [1]),
        (60, range(60), [0]),
    ],
)
def test_deleted_photos_leave_no_gaps_in_the_pages(store: Any, count: int, deleted: Any, pages: list[int]) -> None:
    ids = put_photos(store, count)
    for number in deleted:
        item = {"pk": "PHOTO", "sk": ids[number], "author": "y", "deletedAt": "x"}
        store.put_item(TableName="key-value-store", Item={name: {"S": value} for name, value in item.items()})
    seen: list[list[str]] = []
    query = None
    while True:
        body = call("GET", "/photos", queryStringParameters=query)[1]
        seen.append([photo["photoId"] for photo in body["photos"]])
        if body["nextToken"] is None:
            break
        query = {"nextToken": body["nextToken"]}
    assert [len(page) for page in seen] == pages
    assert [of for page in seen for of in page] == [ids[n] for n in reversed(range(count)) if n not in deleted]


def test_a_list_that_takes_too_long_ends_with_a_token_to_go_on(store: Any, time: FakeTime, clients: Clients) -> None:
    ids = put_photos(store, 120)
    for photo_id in ids[1:]:
        item = {"pk": "PHOTO", "sk": photo_id, "author": "y", "deletedAt": "x"}
        store.put_item(TableName="key-value-store", Item={name: {"S": value} for name, value in item.items()})
    clients.made["dynamodb", PRIMARY] = FakeClient(store, lambda *_: time.sleep(6))
    body = call("GET", "/photos")[1]
    assert body["photos"] == []
    query = {"nextToken": body["nextToken"]}
    assert body["nextToken"] is not None
    clients.made["dynamodb", PRIMARY] = store
    body = call("GET", "/photos", queryStringParameters=query)[1]
    assert ([of["photoId"] for of in body["photos"]], body["nextToken"]) == ([ids[0]], None)


# --- when AWS fails -----------------------------------------------------------------------------------------------


def deleting(clients: Clients, dynamodb: Any, s3: Any) -> Any:
    clients.made |= {("dynamodb", PRIMARY): dynamodb, ("s3", PRIMARY): s3}
    return handler.handle(request_of("DELETE", "/photos/{photoId}"), Context())


def s3_that(answer: Any = None, *errors: Exception) -> FakeClient:
    return FakeClient(None, failing(*errors), delete_objects=answer or {})


@pytest.mark.parametrize(
    "s3",
    [
        lambda: s3_that({}, client_error("SlowDown", status=503)),
        lambda: s3_that({"Errors": [{"Key": f"public/{PHOTO}", "Code": "InternalError"}]}),
    ],
)
def test_the_same_request_again_deletes_objects_that_were_left(clients: Clients, time: FakeTime, s3: Any) -> None:
    dynamodb = FakeClient(None, transact_write_items={})
    assert code_of(deleting(clients, dynamodb, s3()))[:2] == (503, "Busy")
    tombstone = KEY | {"author": {"S": SUBJECT}, "deletedAt": {"S": "t"}, "writtenIn": {"S": PRIMARY}}
    again = FakeClient(
        None,
        failing(cancelled({"Code": "ConditionalCheckFailed", "Item": tombstone}, "None")),
        transact_write_items={},
    )
    store = s3_that()
    assert answered(deleting(clients, again, store))[0] == 200
    [(_, asked)] = store.calls
    assert [of["Key"] for of in asked["Delete"]["Objects"]] == [f"{folder}/{PHOTO}" for folder in FOLDERS]


def test_nothing_is_deleted_from_the_bucket_before_the_record(clients: Clients, time: FakeTime) -> None:
    for reasons in (("None", FENCED), ("ConditionalCheckFailed", "None")):
        s3 = s3_that()
        deleting(clients, FakeClient(None, failing(cancelled(*reasons)), transact_write_items={}), s3)
        assert s3.calls == []


def test_the_deletion_is_one_transaction_with_the_fence(clients: Clients, time: FakeTime) -> None:
    dynamodb = FakeClient(None, transact_write_items={})
    deleting(clients, dynamodb, s3_that())
    [(_, asked)] = dynamodb.calls
    put, fence = asked["TransactItems"]
    assert fence["ConditionCheck"]["TableName"] == "app-config"
    assert put["Put"]["ConditionExpression"] == "author = :author AND attribute_not_exists(deletedAt)"
