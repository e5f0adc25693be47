"""A display name belongs to whoever used it first."""

from typing import Any

import pytest

from photos_api import handler
from photos_api.text import compared
from tests.errors import cancelled
from tests.functions.conftest import Clients, Context
from tests.functions.fakes import FakeTime
from tests.functions.test_photos_api import (
    COMMENT,
    PHOTO,
    PHOTO_FIELDS,
    SUBJECT,
    answered,
    call,
    comment,
    new_id,
    request,
    set_fences,
    signed_by,
)
from tests.functions.test_photos_api import store as store
from tests.functions.test_photos_failures import FENCED, code_of, dynamo, post, transactions
from tests.functions.test_photos_failures import time as time
from tests.regions import PRIMARY

EVE = signed_by(userArn="arn:aws:iam::123456789012:user/eve")
OWNED = {"Code": "ConditionalCheckFailed", "Item": {"pk": {"S": "NAME#ana"}, "author": {"S": "somebody"}}}


def speak(user: str, **more: Any) -> tuple[int, Any]:
    """A new comment under a name."""
    body = {"commentId": new_id(), "user": user, "message": "hi"}
    return call("POST", "/comments/{photoId}", body, **more)


def items(store: Any, pk: str) -> list[Any]:
    return [item for item in store.scan(TableName="key-value-store")["Items"] if item["pk"]["S"].startswith(pk)]


def test_the_first_write_under_a_name_makes_it_its_authors(store: Any) -> None:
    comment()
    [name] = items(store, "NAME#")
    assert name.pop("createdAt")["S"].endswith("Z")
    assert name == {
        "pk": {"S": "NAME#ana"},
        "sk": {"S": "NAME"},
        "author": {"S": SUBJECT},
        "writtenIn": {"S": PRIMARY},
    }


def test_another_author_s_use_of_a_name_is_rejected_and_nothing_is_written(store: Any) -> None:
    comment()
    before = store.scan(TableName="key-value-store")["Items"]
    status, body = speak("ana", **EVE)
    assert (status, body["error"]["code"], body["error"]["field"]) == (409, "NameTaken", "user")
    status, body = call("POST", "/photos/{photoId}", PHOTO_FIELDS, **EVE)
    assert (status, body["error"]["code"]) == (409, "NameTaken")
    assert store.scan(TableName="key-value-store")["Items"] == before


def test_its_owner_uses_it_again_and_may_use_others(store: Any) -> None:
    for user in ("ana", "ana", "Ana Lee", "ana"):
        assert speak(user)[0] == 200
    assert call("POST", "/photos/{photoId}", PHOTO_FIELDS)[0] == 200
    assert sorted(item["pk"]["S"] for item in items(store, "NAME#")) == ["NAME#ana", "NAME#ana lee"]


LOOK_ALIKES = [
    "ana lee", "ANA LEE", "  Ana Lee ", "Ana\u00a0Lee", "Ana\u2003Lee", "Ana\tLee", "Ana  Lee", "A\u200bna Lee",
    "\ufeffAna Lee", "Ana Lee\u200d", "A\u00adna Lee", "\u202eAna Lee", "\uff21na Lee", "\U0001d400na Lee",
    "Ana Lee\ufe0f",
    "Ana\u2028Lee", "Ana Lee\x00", "Ana\u3164Lee", "Ana\u2800Lee", "Ana\u034f Lee", "Ana Lee\U000e0041",
]  # fmt: skip


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_names_that_look_the_same_are_the_same(store: Any, name: str) -> None:
    assert speak("Ana Lee")[0] == 200
    assert speak(name, **EVE)[1]["error"]["code"] == "NameTaken"
    status, stored = speak(name)
    assert (status, stored["user"]) == (200, name)  # shown as it was sent


@pytest.mark.parametrize(("one", "other"), [("ana", "anna"), ("ana", "a na"), ("é", "e"), ("ana", "ana!"), ("1", "2")])
def test_other_names_are_others(store: Any, one: str, other: str) -> None:
    assert speak(one)[0] == 200
    assert speak(other, **EVE)[0] == 200


@pytest.mark.parametrize(
    ("one", "other"),
    [("é", "e\u0301"), ("ﬁn", "fin"), ("Straße", "STRASSE"), ("ΣΑΣ", "σας"), ("e\u200d\u0301", "é"), ("ｶﾞ", "ガ")],
)
def test_forms_of_one_letter_are_the_same(one: str, other: str) -> None:
    assert compared(one) == compared(other) == compared(compared(one))


def test_the_longest_name_fits_into_a_key() -> None:
    longest = "\ufdfa" * 42  # 126 bytes; each is eighteen letters when it is compared
    assert len(f"NAME#{compared(longest)}".encode()) <= 2048


@pytest.mark.parametrize("field", ["user", "message"])
@pytest.mark.parametrize("text", [" ", "\u200b", "\ufeff \u2060", "\u00ad", "\n", "\u3164", "\u2800", "\x00", "\u202e"])
def test_a_text_in_which_nothing_can_be_seen_is_rejected(field: str, text: str) -> None:
    body = {"commentId": COMMENT, "user": "ana", "message": "hi"} | {field: text}
    status, answer = call("POST", "/comments/{photoId}", body)
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (400, "InvalidField", field)


def test_a_title_in_which_nothing_can_be_seen_is_rejected() -> None:
    status, answer = call("POST", "/photos/{photoId}", PHOTO_FIELDS | {"title": "\u200b"})
    assert (status, answer["error"]["field"]) == (400, "title")


# --- beside the fence, retries and other requests -----------------------------------------------------------------


def test_a_fenced_region_gives_no_name_away_and_says_that_it_is_fenced(store: Any) -> None:
    comment()
    set_fences(store, "none")
    for who in ({}, EVE):
        assert speak("new", **who)[1]["error"]["code"] == "RegionFenced"
        assert speak("ana", **who)[1]["error"]["code"] == "RegionFenced"
    assert len(items(store, "NAME#")) == 1


def test_a_retry_is_answered_even_if_the_name_is_another_s_by_now(store: Any) -> None:
    """Two Regions gave it away, cut off from each other: the later one has won."""
    first = comment()
    store.put_item(
        TableName="key-value-store", Item={"pk": {"S": "NAME#ana"}, "sk": {"S": "NAME"}, "author": {"S": "eve"}}
    )
    assert comment() == first
    assert speak("ana")[1]["error"]["code"] == "NameTaken"


def test_a_rejected_write_takes_no_name(store: Any) -> None:
    comment()
    body = {"commentId": COMMENT, "user": "eve", "message": "not mine"}
    assert call("POST", "/comments/{photoId}", body, **EVE)[1]["error"]["code"] == "AlreadyExists"
    assert [item["pk"]["S"] for item in items(store, "NAME#")] == ["NAME#ana"]


def test_the_name_is_decided_in_the_transaction_of_the_write(clients: Clients, time: FakeTime) -> None:
    dynamodb = dynamo()
    post(clients, dynamodb)
    [[put, check, _]] = transactions(dynamodb)
    assert put["Put"]["Item"]["sk"] == {"S": COMMENT}
    assert check["ConditionCheck"]["Key"] == {"pk": {"S": "NAME#ana"}, "sk": {"S": "NAME"}}
    assert check["ConditionCheck"]["ExpressionAttributeValues"] == {":author": {"S": SUBJECT}}


def test_a_name_that_nobody_has_is_taken_in_one_transaction_with_the_write(clients: Clients, time: FakeTime) -> None:
    dynamodb = dynamo(cancelled("None", "ConditionalCheckFailed", "None"))
    assert code_of(post(clients, dynamodb))[0] == 200
    _, [put, name, fence] = transactions(dynamodb)
    assert "ConditionCheck" in fence
    assert put["Put"]["ConditionExpression"] == "attribute_not_exists(pk)"
    assert name["Put"]["ConditionExpression"] == "attribute_not_exists(pk) OR author = :author"


def test_of_two_who_take_a_name_at_once_one_is_rejected(clients: Clients, time: FakeTime) -> None:
    free, taken = cancelled("None", "ConditionalCheckFailed", "None"), cancelled("None", OWNED, "None")
    assert code_of(post(clients, dynamo(free, taken))) == (409, "NameTaken", None)
    conflict = cancelled("None", "TransactionConflict", "None")
    assert code_of(post(clients, dynamo(free, conflict, taken))) == (409, "NameTaken", None)


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (("None", OWNED, FENCED), "RegionFenced"),
        (("None", "ConditionalCheckFailed", FENCED), "RegionFenced"),
        (("None", OWNED, "TransactionConflict"), "NameTaken"),
        (("TransactionConflict", OWNED, "None"), "NameTaken"),
    ],
)
def test_the_fence_comes_before_the_name(clients: Clients, time: FakeTime, reasons: Any, expected: str) -> None:
    assert code_of(post(clients, dynamo(cancelled(*reasons))))[1] == expected


def test_a_name_that_is_in_use_by_its_owner_s_other_requests_is_retried(clients: Clients, time: FakeTime) -> None:
    conflict = cancelled("None", "TransactionConflict", "None")
    assert code_of(post(clients, dynamo(conflict, conflict)))[0] == 200
    assert len(time.pauses) == 2


def test_a_direct_invocation_is_no_way_around_it(store: Any) -> None:
    comment()
    made = request("POST", "/comments/{photoId}", {"commentId": new_id(), "user": "ana", "message": "hi"}, PHOTO)
    made["requestContext"] = {"identity": {"userArn": "arn:x"}}
    assert answered(handler.handle(made, Context()))[1]["error"]["code"] == "NameTaken"
