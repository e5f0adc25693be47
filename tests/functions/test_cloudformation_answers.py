"""CloudFormation gets exactly one answer to every request, whatever the work does."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from urllib3.exceptions import HTTPError

from shared.cloudformation import NotFromCloudFormation, Request, run, text
from tests.functions.conftest import CloudFormation, Context

SUCCESS_ID = "mraa/thing-1"


def nothing(_: Request) -> dict[str, str]:
    return {}


def bug(_: Request) -> dict[str, str]:
    raise KeyError("x")


def until_answered(receiver: CloudFormation) -> Callable[[Request], dict[str, str]]:
    """Work that is still running when the watchdog answers."""

    def work(_: Request) -> dict[str, str]:
        for _attempt in range(2000):
            if receiver.bodies:
                break
            time.sleep(0.01)
        return {"too": "late"}

    return work


def answered(
    receiver: CloudFormation, kind: str, work: Callable[[Request], dict[str, str]], physical_id: str = SUCCESS_ID
) -> dict[str, Any]:
    run(receiver.request(kind, {"Name": "thing-1"}, physical_id), Context(), work, "Name")
    return receiver.answer


def test_a_create_is_answered_with_the_event_s_ids_and_the_data(cloudformation: CloudFormation) -> None:
    answer = answered(cloudformation, "Create", lambda request: {"Name": text(request.properties, "Name")})
    sent = cloudformation.request("Create", {})
    assert {key: answer[key] for key in ("StackId", "RequestId", "LogicalResourceId")} == {
        key: sent[key] for key in ("StackId", "RequestId", "LogicalResourceId")
    }
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", SUCCESS_ID)
    assert answer["Data"] == {"Name": "thing-1"}


def test_the_content_type_is_empty_as_the_url_s_signature_requires(cloudformation: CloudFormation) -> None:
    answered(cloudformation, "Create", nothing)
    assert cloudformation.headers[0]["Content-Type"] == ""


@pytest.mark.parametrize("kind", ["Update", "Delete"])
def test_an_update_and_a_delete_keep_the_event_s_id(cloudformation: CloudFormation, kind: str) -> None:
    assert answered(cloudformation, kind, nothing, "mraa/an-older-name")["PhysicalResourceId"] == "mraa/an-older-name"


@pytest.mark.parametrize(("kind", "expected_id"), [("Update", SUCCESS_ID), ("Delete", SUCCESS_ID)])
def test_a_bug_is_answered_with_error_function_and_log_stream(
    cloudformation: CloudFormation, kind: str, expected_id: str
) -> None:
    answer = answered(cloudformation, kind, bug)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", expected_id)
    for part in ("KeyError: 'x'", Context.function_name, Context.log_stream_name):
        assert part in answer["Reason"]
    assert "Traceback" not in answer["Reason"]


def test_the_delete_of_a_failed_create_tries_to_clean_up_and_succeeds(cloudformation: CloudFormation) -> None:
    failed_id = answered(cloudformation, "Create", bug)["PhysicalResourceId"]
    assert not failed_id.startswith("mraa/")
    cloudformation.bodies.clear()
    cleaned: list[str] = []

    def clean_up(request: Request) -> dict[str, str]:
        cleaned.append(request.type)
        raise KeyError("no role, no bucket, nothing")

    answer = answered(cloudformation, "Delete", clean_up, failed_id)
    assert cleaned == ["Delete"]
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", failed_id)


def test_the_delete_of_an_id_generated_by_cloudformation_succeeds(cloudformation: CloudFormation) -> None:
    """CloudFormation generates an id if a Create was never answered."""
    assert answered(cloudformation, "Delete", bug, "stack-Thing-1ABCDEF")["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize(
    "message",
    ["x" * 100_000, '"' * 100_000, "\\\n\t" * 50_000, "\x00\x1f" * 50_000, "😀" * 50_000, "\ud800" * 50_000],
    ids=["long", "quotes", "backslashes", "controls", "emoji", "surrogates"],
)
def test_no_reason_makes_the_answer_too_long(cloudformation: CloudFormation, kind: str, message: str) -> None:
    def fail(_: Request) -> dict[str, str]:
        raise ValueError(message)

    answer = answered(cloudformation, kind, fail)
    assert answer["Status"] == "FAILED"
    assert len(cloudformation.bodies[0]) <= 4096
    assert Context.log_stream_name in answer["Reason"]


def test_data_too_long_for_cloudformation_is_answered_as_a_failure(cloudformation: CloudFormation) -> None:
    answer = answered(cloudformation, "Create", lambda _: {"Big": "x" * 5000})
    assert answer["Status"] == "FAILED"
    assert "too long" in answer["Reason"]


def test_a_long_name_is_truncated_in_the_id(cloudformation: CloudFormation) -> None:
    run(cloudformation.request("Create", {"Name": "n" * 5000}), Context(), nothing, "Name")
    assert len(cloudformation.bodies[0]) <= 4096


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_work_that_takes_too_long_is_answered_before_the_time_out_and_only_once(
    cloudformation: CloudFormation, kind: str
) -> None:
    run(
        cloudformation.request(kind, {"Name": "thing-1"}, SUCCESS_ID),
        Context(seconds=1.05),
        until_answered(cloudformation),
        "Name",
    )
    assert cloudformation.answer["Status"] == "FAILED"
    assert "timed out" in cloudformation.answer["Reason"]


def test_clean_up_after_a_failed_create_succeeds_even_if_it_times_out(cloudformation: CloudFormation) -> None:
    run(
        cloudformation.request("Delete", {}, "never-created/x"),
        Context(seconds=1.05),
        until_answered(cloudformation),
        "Name",
    )
    assert cloudformation.answer["Status"] == "SUCCESS"


def test_finished_work_leaves_no_watchdog_behind(cloudformation: CloudFormation) -> None:
    before = set(threading.enumerate())
    answered(cloudformation, "Create", nothing)
    left = [thread for thread in set(threading.enumerate()) - before if isinstance(thread, threading.Timer)]
    for thread in left:
        thread.join()  # it was cancelled, so this returns at once
    assert len(cloudformation.bodies) == 1


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        None,
        "hello",
        42,
        {"key1": "value1", "key2": "value2", "key3": "value3"},
        {"RequestType": "Create"},
        {"RequestType": "Create", "ResponseURL": ""},
        {"RequestType": "Create", "ResponseURL": 5},
        {"RequestType": "Create", "ResponseURL": "file:///etc/passwd"},
        {"RequestType": "Create", "ResponseURL": "ftp://example.com/x"},
    ],
)
def test_an_event_not_from_cloudformation_is_rejected(event: Any) -> None:
    with pytest.raises(NotFromCloudFormation, match="ResponseURL"):
        run(event, Context(), nothing, "Name")


@pytest.mark.parametrize(
    "change",
    [
        {"RequestType": "Replace"},
        {"RequestType": None},
        {"RequestType": ["Create"]},
        {"RequestType": "Update", "PhysicalResourceId": ""},
        {"ResourceProperties": None},
        {"ResourceProperties": "Name"},
        {"ResourceProperties": {}},
        {"ResourceProperties": {"Name": ["thing"]}},
        {"StackId": None, "RequestId": 7, "ResourceProperties": None},
    ],
)
def test_an_invalid_request_is_answered_too(cloudformation: CloudFormation, change: dict[str, Any]) -> None:
    run(cloudformation.request("Create", {"Name": "thing-1"}) | change, Context(), nothing, "Name")
    assert cloudformation.answer["Status"] == "FAILED"
    assert cloudformation.answer["PhysicalResourceId"]


def test_an_answer_that_is_not_delivered_is_retried(cloudformation: CloudFormation) -> None:
    cloudformation.statuses = [500, 503]
    assert answered(cloudformation, "Create", nothing)["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", [307, 403, 500])
def test_an_answer_that_is_never_delivered_ends_in_an_error(cloudformation: CloudFormation, status: int) -> None:
    """And a redirect is never followed."""
    cloudformation.statuses = [status] * 3
    with pytest.raises(HTTPError, match=str(status)):
        answered(cloudformation, "Create", nothing)
    assert not cloudformation.bodies


def test_the_log_contains_the_traceback_and_never_the_signed_url(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    answered(cloudformation, "Create", bug)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any("Traceback" in line.get("traceback", "") for line in lines)
    assert "X-Amz-Signature" not in json.dumps(lines)
