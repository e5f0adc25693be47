"""What of the Python library needs no cloud; test_conformance holds it to the protocol."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError

from mraa_fence import Fence, FenceError, RegionFenced
from tests.checkout import CHECKOUT
from tests.errors import cancelled, client_error
from tests.functions.fakes import FakeClient, FakeTime, failing
from tests.regions import PRIMARY, SECONDARY

PUT = {"Put": {"TableName": "orders", "Item": {"id": {"S": "a"}}}}
OPEN = {"writableRegion": {"S": PRIMARY}, "epoch": {"N": "4"}}
CLOSED = {"writableRegion": {"S": "none"}, "epoch": {"N": "6"}}
SETTINGS = {"APP_ID": "app", "APP_CONFIG_TABLE": "config", "AWS_REGION": PRIMARY}


def dynamo(items: Mapping[str, Any] | None = None, *errors: Exception, forever: bool = False) -> FakeClient:
    """DynamoDB with these items by key, which fails with ``errors`` first."""
    found = items or {}

    def get_item(Key: Any, **_: Any) -> dict[str, Any]:
        item = found.get(Key["appId"]["S"])
        return {"Item": item} if item else {}

    return FakeClient(None, failing(*errors, forever=forever), get_item=get_item, transact_write_items={})


def fence_of(client: Any, **more: Any) -> Fence:
    return Fence(**{"client": client, "table": "config", "app_id": "app", "region": PRIMARY, "fences": 1} | more)


@pytest.mark.parametrize("fences", [0, 3, -1, 2048, 1.0, True, "64"])
def test_a_number_of_fences_that_the_template_does_not_take_is_refused(fences: Any) -> None:
    with pytest.raises(FenceError, match="power of two from 1 to 1024"):
        fence_of(dynamo(), fences=fences)


@pytest.mark.parametrize("name", ["table", "app_id", "region"])
@pytest.mark.parametrize("value", ["", None, 7])
def test_without_a_name_there_is_no_fence(name: str, value: Any) -> None:
    with pytest.raises(FenceError, match=f"{name} must be a non-empty string"):
        fence_of(dynamo(), **{name: value})


def test_a_client_of_another_region_is_refused() -> None:
    with pytest.raises(FenceError, match=f"client is of {PRIMARY}, not of {SECONDARY}"):
        fence_of(dynamo(), region=SECONDARY)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APP_ID", "app")
    with pytest.raises(FenceError, match="Not set in the environment: APP_CONFIG_TABLE, AWS_REGION"):
        Fence.from_environment(dynamo())
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FENCES", "256")
    assert Fence.from_environment(dynamo()).count == 256
    assert Fence.from_environment().client.meta.region_name == PRIMARY
    for text in ("", "0", "63", "many", "64.0", "064", "٦٤", "9" * 5000):
        monkeypatch.setenv("FENCES", text)
        with pytest.raises(FenceError, match="power of two"):
            Fence.from_environment(dynamo())


@pytest.mark.parametrize(("record", "drawn"), [({"fences": {"N": "256"}}, "ff"), ({"state": {"S": "active"}}, "3f")])
def test_the_number_of_fences_is_read_from_the_state_record_once(record: Any, drawn: str) -> None:
    client = dynamo({"app": record})
    fence = fence_of(client, fences=None, clock=FakeTime().clock(random=lambda: 0.999))
    for _ in range(2):
        assert fence.check()["ConditionCheck"]["Key"] == {"appId": {"S": f"app#fence#{drawn}"}}
    assert len(client.calls) == 1


def test_without_a_state_record_the_number_of_fences_is_unknown() -> None:
    with pytest.raises(FenceError, match=f"config in {PRIMARY} has no state record of the application app"):
        fence_of(dynamo(), fences=None).check()


def test_a_missing_fence_is_refused_with_what_may_be_wrong() -> None:
    for refused in (
        lambda: fence_of(dynamo()).require(),
        lambda: fence_of(dynamo({}, cancelled("None", "ConditionalCheckFailed"))).write([PUT]),
    ):
        with pytest.raises(RegionFenced, match=r"lacks a fence of app .*number of fences \(1\)") as caught:
            refused()
        assert (caught.value.writable_region, caught.value.epoch) == (None, None)


def test_active_only_work_gets_the_epoch_before_its_own_arguments() -> None:
    @fence_of(dynamo({"app#fence#00": OPEN})).active_only
    def work(epoch: int, message: str, *, times: int) -> str:
        """Says it."""
        return f"{message} {epoch} {times}"

    assert work("hello", times=2) == "hello 4 2"
    assert work.__doc__ == "Says it."


def test_elsewhere_the_alternative_gets_the_arguments() -> None:
    closed = fence_of(dynamo({"app#fence#00": CLOSED}))
    work = closed.active_only(lambda epoch, message: "must not run", otherwise=lambda message: f"skipped {message}")
    assert work("hello") == "skipped hello"
    with pytest.raises(RegionFenced, match="the writable Region is none"):
        closed.active_only(lambda epoch: epoch)()


def test_an_error_of_the_work_is_not_taken_for_the_fence_s() -> None:
    def work(epoch: int) -> str:
        raise RegionFenced("of another fence", {}, [])

    fence = fence_of(dynamo({"app#fence#00": OPEN}))
    with pytest.raises(RegionFenced, match="of another fence"):
        fence.active_only(work, otherwise=lambda: "must not run")()


@pytest.mark.parametrize("timeout_s", [600, float("inf"), float("nan")])
def test_a_deadline_beyond_the_life_of_a_token_is_refused(timeout_s: float) -> None:
    with pytest.raises(FenceError, match="timeout_s must be less than 600"):
        fence_of(dynamo()).write([PUT], timeout_s)


@pytest.mark.parametrize("items", [None, 7, {}, "x", [None], [PUT, {"Put": None}]])
def test_what_is_no_list_of_items_is_refused_before_anything_is_sent(items: Any) -> None:
    client = dynamo()
    with pytest.raises(FenceError, match=r"There is nothing to write|Item \d is not one of"):
        fence_of(client).write(items)
    assert client.calls == []


def test_without_time_a_write_is_tried_once() -> None:
    client = dynamo({}, cancelled("None", "TransactionConflict"), forever=True)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        fence_of(client).write([PUT], -1)
    assert len(client.calls) == 1


def test_after_a_retry_of_the_sdk_itself_the_request_stays_the_same() -> None:
    conflict = cancelled("None", "TransactionConflict")
    conflict.response["ResponseMetadata"]["RetryAttempts"] = 1
    client = dynamo({}, conflict, cancelled("None", "TransactionConflict"))
    fence_of(client, clock=FakeTime().clock()).write([PUT])
    one, two, three = client.requests
    assert one == two == three


def test_a_lost_answer_is_what_is_raised_though_the_last_one_was_a_conflict() -> None:
    client = dynamo({}, ReadTimeoutError(endpoint_url="https://x"), *[cancelled("None", "TransactionConflict")] * 99)
    with pytest.raises(ReadTimeoutError):
        fence_of(client, clock=FakeTime().clock()).write([PUT], 1)


@pytest.mark.parametrize("error", [client_error("AccessDeniedException"), NoCredentialsError(), KeyError("bug")])
def test_any_other_error_is_raised_at_once_as_it_is(error: Exception) -> None:
    client = dynamo({}, error, forever=True)
    with pytest.raises(type(error)) as caught:
        fence_of(client).write([PUT])
    assert caught.value is error
    assert len(client.calls) == 1


def test_it_installs_from_its_folder_and_brings_its_types(tmp_path: Path) -> None:
    """As somebody who writes an application of their own installs it."""
    words = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(tmp_path / "to")]
    copy = shutil.copytree(CHECKOUT / "fence" / "python", tmp_path / "python")  # the build writes beside the sources
    subprocess.run([sys.executable, *words, str(copy)], check=True, capture_output=True, timeout=240)
    installed = {path.name for path in (tmp_path / "to" / "mraa_fence").iterdir()}
    assert {"__init__.py", "fence.py", "keys.py", "py.typed", "retries.py", "validation.py"} <= installed
