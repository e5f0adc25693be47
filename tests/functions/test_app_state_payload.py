"""Payloads of the state function from the Lambda console, the tool or a recovery plan."""

from typing import Any

import pytest

from app_state_updater.handler import handle
from app_state_updater.payload import REASON_LIMIT, REQUESTED_BY_LIMIT, ChangeRequest, InvalidPayload, parse
from tests.functions.conftest import Context

GOOD = {"AppId": "app-1", "TableName": "app-config", "NewState": "fenced"}


@pytest.mark.parametrize("name", ["AppId", "TableName", "NewState"])
@pytest.mark.parametrize("missing", ["absent", None, ""])
def test_a_missing_field_is_named_in_the_documented_words(name: str, missing: Any) -> None:
    payload = {key: value for key, value in GOOD.items() if key != name} | (
        {} if missing == "absent" else {name: missing}
    )
    with pytest.raises(InvalidPayload) as raised:
        handle(payload, Context())
    assert str(raised.value) == f"{name} was not found in the event payload"


@pytest.mark.parametrize("event", [{}, [], None, "fenced", 7, True, [GOOD], {"key1": "value1"}])
def test_an_unrelated_event_lacks_the_app_id(event: Any) -> None:
    with pytest.raises(InvalidPayload, match=r"^AppId was not found in the event payload$"):
        handle(event, Context())


@pytest.mark.parametrize(
    ("given_state", "shown"),
    [
        ("stopped", "stopped"),
        ("act ive", "act ive"),
        (5, "5"),
        (True, "true"),
        ({"a": 1}, '{"a": 1}'),
        (["active"], '["active"]'),
        ("x" * 1_000_000, "x" * 100),
    ],
)
@pytest.mark.parametrize("field", ["NewState", "ExpectedState"])
def test_an_unknown_state_is_rejected_in_the_documented_words(field: str, given_state: Any, shown: str) -> None:
    with pytest.raises(InvalidPayload) as raised:
        parse(GOOD | {field: given_state})
    assert str(raised.value) == f'{shown} is not a valid state. Accepted values are: ["active","fenced","failover"]'


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("AppId", 5),
        ("AppId", ["app-1"]),
        ("AppId", "app-1#fence#00"),
        ("AppId", "app 1"),
        ("AppId", "app-1\n"),
        ("AppId", "a" * 65),
        ("TableName", {"S": "app-config"}),
        ("TableName", "arn:aws:dynamodb:eu-west-1:123456789012:table/app-config"),
        ("TableName", "t" * 1_000_000),
        ("Reason", 5),
        ("Reason", ["because"]),
        ("RequestedBy", {"arn": "x"}),
        ("ExpectedEpoch", True),
        ("ExpectedEpoch", -1),
        ("ExpectedEpoch", "7"),
        ("ExpectedEpoch", 7.0),
        ("Force", "true"),
        ("Force", 1),
        ("Force", 0),
        ("Force", []),
    ],
)
def test_a_value_of_the_wrong_type_is_rejected_by_name(field: str, value: Any) -> None:
    with pytest.raises(InvalidPayload, match=field) as raised:
        parse(GOOD | {field: value})
    assert len(str(raised.value)) < 300


def test_a_complete_payload_is_parsed() -> None:
    assert parse(
        GOOD
        | {"ExpectedState": "active", "ExpectedEpoch": 0, "Force": True, "Reason": "drill 😀", "RequestedBy": "arn:x"}
    ) == ChangeRequest("app-1", "app-config", "fenced", "active", 0, True, "drill 😀", "arn:x")


def test_null_counts_as_missing() -> None:
    nulls = dict.fromkeys(["ExpectedState", "ExpectedEpoch", "Force", "Reason", "RequestedBy"])
    assert parse(GOOD | nulls) == parse(GOOD) == ChangeRequest("app-1", "app-config", "fenced")


def test_a_long_reason_is_truncated_and_does_not_fail_a_failover() -> None:
    change = parse(GOOD | {"Reason": "x" * 1_000_000, "RequestedBy": "y" * 1_000_000})
    assert (len(change.reason), len(change.requested_by)) == (REASON_LIMIT, REQUESTED_BY_LIMIT)


@pytest.mark.parametrize("given_state", ["Fenced", " FENCED\n", "fenced"])
def test_states_are_taken_in_any_case_and_trimmed(given_state: str) -> None:
    change = parse({"AppId": "app-1", "TableName": "app-config", "NewState": given_state, "ExpectedState": given_state})
    assert (change.new_state, change.expected_state) == ("fenced", "fenced")
