"""The state function refuses what it does not understand in words, and never writes to another application's items."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app_state_updater import change as changing
from app_state_updater import handler, payload, rules
from app_state_updater.payload import REASON_LIMIT
from tests.functions.conftest import Context
from tests.fuzz.answered import Receiver, custom_resource, require_one_answer
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import JSON, TEXTS, altered
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.unit.fake_cloud import CONFIG, FakeCloud
from tests.unit.fake_stacks import APP_ID

REFUSALS = (
    payload.InvalidPayload,
    rules.UnknownApplication,
    rules.TransitionRefused,
    rules.StateConflict,
    rules.HandOverIncomplete,
    changing.ChangeIncomplete,
    handler.StateChangeFailed,
)
GOOD = {
    "AppId": APP_ID, "TableName": CONFIG, "NewState": "fenced", "ExpectedState": "active", "ExpectedEpoch": 2,
    "AboveEpoch": 2, "Authority": PRIMARY, "Force": False, "Reason": "drill", "RequestedBy": "arn:aws:iam::1:user/ana",
}  # fmt: skip
WORDS = ["active", "fenced", "failover", *REGIONS, True, 0, 2, 3, "none"]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Callable[[], FakeCloud]:
    """A system at rest, for each input."""

    def make() -> FakeCloud:
        made = FakeCloud()
        made.set_state("active", PRIMARY, 2)
        monkeypatch.setattr("shared.aws.client", lambda *_, **__: made.aws.client("dynamodb", PRIMARY))
        return made

    return make


def invoked(sent: Any, cloud: FakeCloud) -> str:
    """The function's answer, or its refusal in one line."""
    before = set(cloud.items(PRIMARY, CONFIG))
    try:
        answer = handler.handle(sent, Context())
    except REFUSALS as refusal:
        assert str(refusal)
        return str(refusal)
    finally:
        written = set(cloud.items(PRIMARY, CONFIG)) - before
        assert all(re.fullmatch(f"{APP_ID}(#history#.*)?", key) for key in written), written
    assert answer is not None
    assert answer["statusCode"] == 200
    said: str = json.loads(answer["body"])
    return said


@fuzzed
@given(altered(GOOD, words=WORDS))
def test_any_payload_is_carried_out_or_refused_in_words(fresh: Callable[[], FakeCloud], sent: Any) -> None:
    is_event = isinstance(sent, dict) and {"RequestType", "ResponseURL"} & sent.keys()
    if not is_event:
        invoked(sent, fresh())


@fuzzed
@given(JSON)
def test_any_json_is_refused_in_words(fresh: Callable[[], FakeCloud], sent: Any) -> None:
    assume(not isinstance(sent, dict) or "AppId" not in sent)
    assert invoked(sent, fresh()) == "AppId was not found in the event payload"


@fuzzed
@given(TEXTS, TEXTS)
def test_reason_and_caller_are_stored_as_sent(fresh: Callable[[], FakeCloud], reason: str, caller: str) -> None:
    sent = {"AppId": APP_ID, "TableName": CONFIG, "NewState": "fenced", "Reason": reason, "RequestedBy": caller}
    table = fresh()
    assert invoked(sent, table) == "Successfully updated application state to 'fenced'"
    record = table.items(PRIMARY, CONFIG)[APP_ID]
    # half of a surrogate pair is no text: DynamoDB could not store it
    stored = reason.encode("utf-8", "replace").decode()[:REASON_LIMIT]
    assert (record["reason"]["S"], record["state"]["S"]) == (stored, "fenced")


@fuzzed
@given(TEXTS)
def test_the_payload_that_a_refusal_shows_is_the_one_to_send(fresh: Callable[[], FakeCloud], reason: str) -> None:
    """A person copies it into a shell: whatever the reason says, it must still be that one request."""
    table = fresh()
    table.set_state("failover", SECONDARY, 3)
    refused = invoked({"AppId": APP_ID, "TableName": CONFIG, "NewState": "active", "Reason": reason}, table)
    shown = [json.JSONDecoder().raw_decode(refused, found.end())[0] for found in re.finditer(r" with (?=\{)", refused)]
    assert [of.get("Force") for of in shown[-1:]] == [True]
    for of in shown:
        assert of["AppId"] == APP_ID
        assert of.get("Reason", "") == reason.encode("utf-8", "replace").decode()[:REASON_LIMIT]


@fuzzed
@given(st.data(), st.sampled_from(["Create", "Update", "Delete"]))
def test_any_custom_resource_event_gets_one_answer(
    fresh: Callable[[], FakeCloud],
    receiver: Receiver,
    data: st.DataObject,
    kind: str,
) -> None:
    good = custom_resource(kind, {"ServiceToken": "arn", "AppId": APP_ID, "TableName": CONFIG, "Fences": "8"})
    sent = data.draw(altered(good, words=["Create", "Update", "Delete", CONFIG, "8", "1024"]))
    if isinstance(sent, dict) and {"RequestType", "ResponseURL"} & sent.keys():
        fresh()
        require_one_answer(receiver, handler.handle, sent)
