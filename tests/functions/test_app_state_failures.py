"""A state change that fails at any step: what was acknowledged holds, and running it again fixes the rest."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from app_state_updater.change import ChangeIncomplete, change_state, set_first_state
from app_state_updater.payload import ChangeRequest
from app_state_updater.rules import Fence, Regions, StateConflict
from app_state_updater.table import StateTable
from tests.errors import cancelled, client_error
from tests.functions.conftest import FENCES
from tests.functions.fakes import FakeClient, FakeTime, OnCall
from tests.functions.test_app_state_updater import fences, items, record
from tests.regions import PRIMARY, SECONDARY

REGIONS = Regions(PRIMARY, PRIMARY, SECONDARY)


class Crash(Exception):
    """Lambda stops in the middle of a change."""


def table(client: Any, time: FakeTime | None = None) -> StateTable:
    return StateTable(client, "app-config", "app-1", PRIMARY, (time or FakeTime()).clock(), until_s=20)


def change(client: Any, state: str = "fenced", time: FakeTime | None = None, **more: Any) -> Any:
    return change_state(
        table(client, time), ChangeRequest("app-1", "app-config", state, **more), REGIONS, "2026-11-23T08:00:00.000Z"
    )


def fail_at(operation: str, number: int, error: Exception) -> OnCall:
    """Raise at the ``number``-th call of ``operation`` and at every one after it."""

    def on_call(called: str, count: int, _: dict[str, Any]) -> None:
        if called == operation and count >= number:
            raise error

    return on_call


def fail_at_fence(ending: str, count: int, error: Exception) -> OnCall:
    """Raise at the first ``count`` updates of one fence."""
    left = [error] * count

    def on_call(called: str, _: int, arguments: dict[str, Any]) -> None:
        if called == "update_item" and arguments["Key"]["appId"]["S"].endswith(ending) and left:
            raise left.pop()

    return on_call


def times(operation: str, count: int, error: Exception) -> OnCall:
    """Raise at the first ``count`` calls of ``operation``."""

    def on_call(called: str, number: int, _: dict[str, Any]) -> None:
        if called == operation and number <= count:
            raise error

    return on_call


@pytest.mark.parametrize(
    ("operation", "number"),
    [
        ("batch_get_item", 1),  # before anything
        ("transact_write_items", 1),  # before the record
        ("update_item", 1),  # after the record, before any fence
        ("update_item", 4),  # in the middle of the fences
        ("update_item", FENCES),  # but one
        ("batch_get_item", 2),  # all written, not read back
    ],
)
def test_a_crash_at_any_step_is_fixed_by_running_it_again(application: Any, operation: str, number: int) -> None:
    with pytest.raises(Crash):
        change(FakeClient(application, fail_at(operation, number, Crash())))
    change(application)
    stored = record(application)
    assert (stored["state"], stored["previousState"]) == ("fenced", "active")
    assert fences(application) == {("none", stored["epoch"])}


@pytest.mark.parametrize(
    ("operation", "number"),
    [("update_item", 1), ("update_item", 4), ("batch_get_item", 2), ("transact_write_items", 1)],
)
def test_an_interrupted_first_state_is_written_by_the_next_create(app_config: Any, operation: str, number: int) -> None:
    with pytest.raises(Crash):
        set_first_state(table(FakeClient(app_config, fail_at(operation, number, Crash()))), REGIONS, FENCES, "now")
    assert "app-1" not in items(app_config)
    set_first_state(table(app_config), REGIONS, FENCES, "now")
    stored = record(app_config)
    assert stored["state"] == "active"
    assert fences(app_config) == {(PRIMARY, stored["epoch"])}


def test_a_first_state_written_concurrently_is_kept(app_config: Any) -> None:
    def rival(called: str, number: int, _: dict[str, Any]) -> None:
        if called == "transact_write_items":
            set_first_state(table(app_config), REGIONS, FENCES, "rival")

    set_first_state(table(FakeClient(app_config, rival)), REGIONS, FENCES, "mine")
    assert (record(app_config)["updatedAt"], record(app_config)["epoch"]) == ("rival", 4)
    assert fences(app_config) == {(PRIMARY, 4)}


def test_a_concurrent_change_before_the_record_wins_and_the_loser_writes_nothing(application: Any) -> None:
    def rival(called: str, number: int, _: dict[str, Any]) -> None:
        if called == "transact_write_items":
            change(application, "fenced", requested_by="rival")

    with pytest.raises(StateConflict, match=r"'fenced' at epoch 4 \(by rival\); this change wrote nothing"):
        change(FakeClient(application, rival), "failover", is_forced=True)
    assert record(application)["state"] == "fenced"
    assert fences(application) == {("none", 4)}


@pytest.mark.parametrize(("operation", "number"), [("update_item", 1), ("update_item", 5), ("batch_get_item", 2)])
def test_a_concurrent_change_after_the_record_wins_and_the_lost_one_is_not_acknowledged(
    application: Any, operation: str, number: int
) -> None:
    rivals: list[Any] = []

    def rival(called: str, count: int, _: dict[str, Any]) -> None:
        if (called, count) == (operation, number) and not rivals:
            rivals.append(1)
            change(application, "failover", is_forced=True, requested_by="rival")

    with pytest.raises(StateConflict, match="'failover' at epoch 6"):
        change(FakeClient(application, rival), "fenced")
    assert fences(application) == {(SECONDARY, 6)}


def test_another_region_s_later_change_that_arrives_meanwhile_is_no_success_and_the_next_one_fixes_it(
    application: Any,
) -> None:
    """Isolated from each other, we took epoch 4 and they 5; then replication overwrote some of our items."""

    def replication(called: str, number: int, _: dict[str, Any]) -> None:
        if (called, number) == ("batch_get_item", 2):
            put_fence(application, "app-1#fence#07", Fence(SECONDARY, 5))

    with pytest.raises(StateConflict, match=f"fence item at epoch 5 with '{SECONDARY}'"):
        change(FakeClient(application, replication))
    change(application)
    assert fences(application) == {("none", 6)}


@pytest.mark.parametrize("epoch", ["3", "9"])
def test_a_record_that_replication_replaced_is_no_success_although_the_fences_are_ours(
    application: Any, epoch: str
) -> None:
    def replication(called: str, number: int, _: dict[str, Any]) -> None:
        if (called, number) == ("batch_get_item", 2):
            values = {"state": {"S": "failover"}, "epoch": {"N": epoch}, "updatedBy": {"S": "ana"}}
            application.put_item(TableName="app-config", Item={"appId": {"S": "app-1"}, **values})

    with pytest.raises(StateConflict, match=rf"'failover' at epoch {epoch} \(by ana\), set during this change"):
        change(FakeClient(application, replication))


def test_state_and_fences_are_read_consistently(application: Any) -> None:
    client = FakeClient(application, lambda *_: None)
    change(client)
    reads = [arguments["RequestItems"]["app-config"] for name, arguments in client.calls if name == "batch_get_item"]
    assert len(reads) == 2
    assert all(read["ConsistentRead"] is True for read in reads)
    # the first read cannot know how many fences there are
    assert [len(read["Keys"]) for read in reads] == [1 + 64, 1 + FENCES]


def test_a_fence_lowered_by_replication_is_raised_again(application: Any) -> None:
    def replication(called: str, number: int, _: dict[str, Any]) -> None:
        if (called, number) == ("batch_get_item", 2):
            put_fence(application, "app-1#fence#07", Fence(PRIMARY, 2))

    change(FakeClient(application, replication))
    assert fences(application) == {("none", 4)}


def test_fences_that_are_lowered_each_time_are_reported_and_not_acknowledged(application: Any) -> None:
    def replication(called: str, number: int, _: dict[str, Any]) -> None:
        if called == "batch_get_item" and number > 1:
            put_fence(application, "app-1#fence#07", Fence(PRIMARY, 2))

    with pytest.raises(ChangeIncomplete, match=r"1 fence items are not at epoch 4 yet .*Set the same state again"):
        change(FakeClient(application, replication))


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("batch_get_item", client_error("ThrottlingException")),
        ("batch_get_item", client_error("ProvisionedThroughputExceededException")),
        ("transact_write_items", cancelled("TransactionConflict", "None")),
        ("transact_write_items", cancelled("None", "ThrottlingError")),
        ("transact_write_items", client_error("TransactionInProgressException")),
        ("update_item", client_error("TransactionConflictException")),
        ("update_item", client_error("RequestLimitExceeded")),
    ],
)
def test_throttling_and_conflicts_are_retried_with_a_pause(application: Any, operation: str, error: Exception) -> None:
    time = FakeTime()
    change(FakeClient(application, times(operation, 3, error)), time=time)
    assert fences(application) == {("none", 4)}
    assert len(time.pauses) == 3


def test_backoff_is_exponential_with_jitter(application: Any) -> None:
    time = FakeTime()
    change(
        FakeClient(application, times("transact_write_items", 8, cancelled("TransactionConflict", "None"))), time=time
    )
    assert time.pauses == pytest.approx([0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.5, 0.5])


def test_a_fence_that_writers_check_is_tried_again_within_ten_milliseconds_and_backs_off_only_from_throttling(
    application: Any,
) -> None:
    time = FakeTime()
    change(FakeClient(application, fail_at_fence("#00", 8, client_error("TransactionConflictException"))), time=time)
    assert time.pauses == pytest.approx([0.005] * 8)
    time = FakeTime()
    change(FakeClient(application, fail_at_fence("#00", 4, client_error("ThrottlingException"))), "active", time=time)
    assert time.pauses == pytest.approx([0.0125, 0.025, 0.05, 0.1])


def test_fences_under_persistent_conflict_end_as_incomplete_before_the_function_times_out(application: Any) -> None:
    def conflict(called: str, _: int, arguments: dict[str, Any]) -> None:
        if called == "update_item" and arguments["Key"]["appId"]["S"].endswith(("02", "03")):
            raise client_error("TransactionConflictException")

    time = FakeTime()
    with pytest.raises(ChangeIncomplete, match=r"2 fence items .*TransactionConflictException"):
        change(FakeClient(application, conflict), time=time)
    assert time.seconds <= 20
    change(application)
    assert fences(application) == {("none", 6)}


@pytest.mark.parametrize(
    "error",
    [client_error("AccessDeniedException"), ReadTimeoutError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")],
)
def test_one_fence_that_cannot_be_written_does_not_stop_the_others(application: Any, error: Exception) -> None:
    def refuse(called: str, _: int, arguments: dict[str, Any]) -> None:
        if called == "update_item" and arguments["Key"]["appId"]["S"].endswith("#00"):
            raise error

    with pytest.raises(ChangeIncomplete, match="1 fence items"):
        change(FakeClient(application, refuse))
    assert fences(application) == {("none", 4), (PRIMARY, 2)}


def test_an_error_at_the_record_is_raised_unchanged_and_no_fence_is_touched(application: Any) -> None:
    before = items(application)
    error = client_error("AccessDeniedException")
    with pytest.raises(type(error), match="AccessDenied"):
        change(FakeClient(application, fail_at("transact_write_items", 1, error)))
    assert items(application) == before


def test_unprocessed_items_are_requested_again(application: Any) -> None:
    client = OverloadedDynamo(application)
    change(client)
    assert client.answers > 5
    assert fences(application) == {("none", 4)}


def test_items_that_stay_unprocessed_end_in_a_time_out(application: Any) -> None:
    before = items(application)
    with pytest.raises(TimeoutError):
        change(OverloadedDynamo(application, page=0))
    assert items(application) == before


class OverloadedDynamo:
    """DynamoDB under load: returns a few of the requested items, and the keys of the rest."""

    def __init__(self, client: Any, page: int = 7) -> None:
        self._client = client
        self._page = page
        self.answers = 0

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:
        self.answers += 1
        [(name, request)] = RequestItems.items()
        asked, left = request["Keys"][: self._page], request["Keys"][self._page :]
        answer = self._client.batch_get_item(RequestItems={name: {**request, "Keys": asked}}) if asked else {}
        return {"Responses": answer.get("Responses", {}), "UnprocessedKeys": {name: {"Keys": left}} if left else {}}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def put_fence(client: Any, name: str, fence: Fence) -> None:
    """Overwrite an item, as replication does."""
    item = {"appId": {"S": name}, "writableRegion": {"S": fence.writable_region}, "epoch": {"N": str(fence.epoch)}}
    client.put_item(TableName="app-config", Item=item)
