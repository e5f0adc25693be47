"""What the state function's answers lead to, and which of them are trusted."""

import io
import json
from typing import Any

import pytest

from mraa.errors import AwsError, MraaError, StateConflictError
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.parameter import find_region_info
from mraa.recovery.runbook.set_state import ChangeRequest, set_state
from tests.errors import client_error
from tests.regions import PRIMARY
from tests.unit.fake_cloud import CONFIG, FENCE_IDS, SETTINGS, FakeCloud
from tests.unit.fake_stacks import APP_ID

TIMED_OUT = "2026-11-23T08:00:00.000Z 1f2e-3d4c Task timed out after 30.00 seconds"
REQUEST = ChangeRequest("fenced", "active", 1, "arn:aws:iam::123456789012:user/operator", "mark.1", "a reason")


def primary(cloud: FakeCloud) -> RegionInfo:
    found = find_region_info(cloud.aws, PRIMARY, SETTINGS)
    assert found is not None
    return found


def answering(cloud: FakeCloud, document: Any) -> None:
    """The function raises this instead of doing anything."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    cloud._lambda_invoke = lambda region, **_: {  # type: ignore[method-assign]
        "FunctionError": "Unhandled",
        "Payload": io.BytesIO(text),
    }


def test_the_payload_says_what_is_expected_why_and_by_whom() -> None:
    cloud = FakeCloud()
    sent: list[dict[str, Any]] = []
    invoke = cloud._lambda_invoke

    def keep(region: str, Payload: bytes, **others: Any) -> Any:
        sent.append({"FunctionName": others["FunctionName"], **json.loads(Payload)})
        return invoke(region, Payload)

    cloud._lambda_invoke = keep  # type: ignore[method-assign]
    record = set_state(cloud.aws, cloud.clock, primary(cloud), REQUEST)
    assert (record.state, record.epoch, record.previous_state) == ("fenced", 2, "active")
    assert sent == [
        {
            "FunctionName": primary(cloud).app_state_updater_function,
            "AppId": APP_ID,
            "TableName": CONFIG,
            "NewState": "fenced",
            "ExpectedState": "active",
            "ExpectedEpoch": 1,
            "AboveEpoch": 0,
            "Authority": "",
            "Force": False,
            "Reason": "a reason",
            "RequestedBy": "arn:aws:iam::123456789012:user/operator [mark.1]",
        }
    ]


def test_a_long_name_does_not_truncate_the_mark() -> None:
    signature = ChangeRequest("fenced", "active", 1, "x" * 999, "mark.1").signature
    assert len(signature) == 256
    assert signature.endswith(" [mark.1]")


@pytest.mark.parametrize(
    ("document", "kind", "words"),
    [
        ({"errorType": "StateConflict", "errorMessage": "it is 'failover'"}, StateConflictError, "it is 'failover'"),
        ({"errorType": "TransitionRefused", "errorMessage": "not so"}, StateConflictError, "not so"),
        ({"errorType": "UnknownApplication", "errorMessage": "No application"}, MraaError, "No application"),
        ({"errorType": "StateChangeFailed", "errorMessage": "denied"}, MraaError, "denied"),
        ({"errorMessage": TIMED_OUT}, MraaError, "failed: Task timed out after 30.00 seconds"),
        (["not", "an", "object"], MraaError, "no reason given"),
        (b"<html>", MraaError, "no reason given"),
    ],
)
def test_what_the_function_raises_is_one_line(document: Any, kind: type[MraaError], words: str) -> None:
    cloud = FakeCloud()
    answering(cloud, document)
    with pytest.raises(MraaError) as failed:
        set_state(cloud.aws, cloud.clock, primary(cloud), REQUEST)
    assert type(failed.value) is kind
    assert words in failed.value.message
    assert "\n" not in failed.value.message
    assert failed.value.hint
    assert cloud.record(PRIMARY)["epoch"] == 1


def test_a_change_whose_fences_are_not_all_raised_is_not_done() -> None:
    cloud = FakeCloud()
    invoke = cloud._lambda_invoke

    def stop_short(region: str, Payload: bytes, **_: Any) -> Any:
        invoke(region, Payload)
        cloud.write(region, CONFIG, FENCE_IDS[0], {"writableRegion": PRIMARY, "epoch": 1})
        document = {"errorType": "ChangeIncomplete", "errorMessage": "1 of 64 fence items are not at epoch 2 yet"}
        return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(document).encode())}

    cloud._lambda_invoke = stop_short  # type: ignore[method-assign]
    begun = cloud.now
    with pytest.raises(MraaError, match="1 of 64 fence items") as failed:
        set_state(cloud.aws, cloud.clock, primary(cloud), REQUEST)
    assert "again" in failed.value.hint
    assert cloud.now > begun, "it was given time to finish"


def test_a_function_still_running_after_its_answer_was_lost_is_waited_for() -> None:
    cloud = FakeCloud()
    invoke = cloud._lambda_invoke
    done_at = cloud.now + 3

    def slowly(region: str, Payload: bytes, **_: Any) -> Any:
        invoke(region, Payload)
        cloud.write(region, CONFIG, FENCE_IDS[0], {"writableRegion": PRIMARY, "epoch": 1})
        raise client_error("ServiceUnavailable", status=503)

    def finish(service: str, region: str, operation: str) -> None:
        if cloud.now >= done_at:
            cloud.write(PRIMARY, CONFIG, FENCE_IDS[0], {"writableRegion": "none", "epoch": 2})

    cloud._lambda_invoke = slowly  # type: ignore[method-assign]
    cloud.before = finish
    assert set_state(cloud.aws, cloud.clock, primary(cloud), REQUEST).epoch == 2


def test_a_state_that_somebody_else_set_right_afterwards_is_a_conflict() -> None:
    cloud = FakeCloud()

    def overtake(service: str, region: str, operation: str) -> None:
        if operation == "invoke":
            cloud.set_state("active", PRIMARY, 3)

    cloud.after = overtake
    with pytest.raises(StateConflictError, match="somebody set the state in us-east-1 to active at epoch 3"):
        set_state(cloud.aws, cloud.clock, primary(cloud), REQUEST)


def test_a_denied_call_is_reported_in_the_words_of_aws() -> None:
    cloud = FakeCloud()

    def deny(service: str, region: str, operation: str) -> None:
        if operation == "invoke":
            raise client_error("AccessDeniedException", status=403)

    cloud.before = deny
    with pytest.raises(AwsError, match="AccessDeniedException: because of"):
        set_state(cloud.aws, cloud.clock, primary(cloud), REQUEST)
