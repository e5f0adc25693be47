"""The state as callers set it: first state, transitions, expectations, history."""

import json
from typing import Any

import pytest

from app_state_updater.handler import StateChangeFailed, handle
from app_state_updater.rules import StateConflict, TransitionRefused, UnknownApplication
from tests.functions.conftest import CloudFormation, Context, event
from tests.regions import PRIMARY, SECONDARY

CREATE = {"AppId": "app-1", "TableName": "app-config"}


def items(dynamodb: Any) -> dict[str, dict[str, Any]]:
    """All items of the table by key, as plain values."""
    found = dynamodb.scan(TableName="app-config", ConsistentRead=True)["Items"]
    return {
        item["appId"]["S"]: {k: int(v["N"]) if "N" in v else v["S"] for k, v in item.items() if k != "appId"}
        for item in found
    }


def fences(dynamodb: Any) -> set[tuple[str, int]]:
    """The different contents of the fence items."""
    stored = items(dynamodb)
    found = [stored[fence_id(number)] for number in range(stored["app-1"].get("fences", 64))]
    return {(fence["writableRegion"], fence["epoch"]) for fence in found}


def fence_id(number: int) -> str:
    return f"app-1#fence#{number:02x}"


def record(dynamodb: Any) -> dict[str, Any]:
    return items(dynamodb)["app-1"]


def set_state(new_state: str, **more: Any) -> Any:
    return handle({**CREATE, "NewState": new_state, **more}, Context())


def test_a_create_writes_the_first_state_with_all_fences_and_its_history(
    app_config: Any, cloudformation: CloudFormation
) -> None:
    handle(event("cloudformation-create") | {"ResponseURL": cloudformation.url}, Context())
    assert (cloudformation.answer["Status"], cloudformation.answer["PhysicalResourceId"]) == ("SUCCESS", "mraa/app-1")
    stored = record(app_config)
    assert stored.pop("updatedAt").endswith("Z")
    assert stored == {
        "state": "active",
        "writableRegion": PRIMARY,
        "epoch": 2,
        "updatedBy": "CloudFormation",
        "reason": "First state",
        "previousState": "",
        "authority": PRIMARY,
        "fences": 64,
    }
    assert fences(app_config) == {(PRIMARY, 2)}
    assert items(app_config)[f"app-1#history#{PRIMARY}#2"] == record(app_config)
    assert len(items(app_config)) == 1 + 64 + 1


def test_a_recreated_stack_does_not_undo_a_failover(application: Any, cloudformation: CloudFormation) -> None:
    set_state("fenced")
    set_state("failover")
    before = items(application)
    handle(cloudformation.request("Create", CREATE), Context())
    assert cloudformation.answer["Status"] == "SUCCESS"
    assert items(application) == before


@pytest.mark.parametrize("kind", ["Update", "Delete"])
def test_an_update_and_a_delete_change_nothing(application: Any, cloudformation: CloudFormation, kind: str) -> None:
    before = items(application)
    handle(cloudformation.request(kind, CREATE, "mraa/app-1"), Context())
    assert (cloudformation.answer["Status"], cloudformation.answer["PhysicalResourceId"]) == ("SUCCESS", "mraa/app-1")
    assert items(application) == before


def test_a_create_without_its_table_fails_with_aws_s_reason(clients: Any, cloudformation: CloudFormation) -> None:
    handle(cloudformation.request("Create", CREATE), Context())
    assert cloudformation.answer["Status"] == "FAILED"
    assert "ResourceNotFoundException" in cloudformation.answer["Reason"]


def test_the_answer_to_a_direct_invocation_is_exactly_as_documented(application: Any) -> None:
    answer = set_state("fenced")
    assert json.dumps(answer, separators=(",", ":")) == (
        '{"statusCode":200,"body":"\\"Successfully updated application state to \'fenced\'\\""}'
    )


def test_a_planned_failover_and_back_moves_the_writable_region(application: Any) -> None:
    for epoch, (state, region) in enumerate(
        [("fenced", "none"), ("failover", SECONDARY), ("fenced", "none"), ("active", PRIMARY)], start=2
    ):
        set_state(state)
        assert (record(application)["state"], record(application)["writableRegion"]) == (state, region)
        assert record(application)["epoch"] == 2 * epoch
        assert fences(application) == {(region, 2 * epoch)}


@pytest.mark.parametrize(("state", "straight_to"), [("active", "failover"), ("failover", "active")])
def test_changing_directly_between_the_regions_requires_force(application: Any, state: str, straight_to: str) -> None:
    set_state(state, Force=True)
    before = items(application)
    with pytest.raises(TransitionRefused, match=f"'{state}' .* '{straight_to}'.*'fenced' first.*\"Force\": true"):
        set_state(straight_to)
    assert items(application) == before
    set_state(straight_to, Force=True)
    assert record(application)["state"] == straight_to


def test_the_same_state_again_rewrites_every_fence(application: Any) -> None:
    application.delete_item(TableName="app-config", Key={"appId": {"S": fence_id(5)}})
    application.put_item(
        TableName="app-config",
        Item={"appId": {"S": fence_id(7)}, "writableRegion": {"S": SECONDARY}, "epoch": {"N": "41"}},
    )
    set_state("active")
    assert record(application)["epoch"] == 42
    assert fences(application) == {(PRIMARY, 42)}


def test_the_previous_state_is_kept_however_often_the_fence_was_set(application: Any) -> None:
    set_state("fenced")
    set_state("failover")
    set_state("fenced")
    set_state("fenced")
    assert record(application)["previousState"] == "failover"


def test_the_history_contains_who_what_when_and_why(application: Any) -> None:
    set_state("fenced", Reason='quake "7.1"\n😀', RequestedBy="arn:aws:iam::123456789012:user/ana")
    entry = items(application)[f"app-1#history#{PRIMARY}#4"]
    assert entry.pop("tookMs") >= 0
    assert entry == record(application)
    assert (entry["reason"], entry["updatedBy"]) == ('quake "7.1"\n😀', "arn:aws:iam::123456789012:user/ana")


def test_the_history_reuses_its_256_slots(application: Any) -> None:
    application.update_item(
        TableName="app-config",
        Key={"appId": {"S": "app-1"}},
        UpdateExpression="SET epoch = :e",
        ExpressionAttributeValues={":e": {"N": "511"}},
    )
    set_state("fenced")
    assert items(application)[f"app-1#history#{PRIMARY}#0"]["epoch"] == 512


@pytest.mark.parametrize(
    "expected", [{"ExpectedState": "failover"}, {"ExpectedEpoch": 0}, {"ExpectedState": "active", "ExpectedEpoch": 3}]
)
def test_an_unexpected_state_loses_cleanly_and_is_named(application: Any, expected: dict[str, Any]) -> None:
    before = items(application)
    with pytest.raises(StateConflict, match=r"'active' at epoch 2 .*nothing was written"):
        set_state("fenced", **expected)
    assert items(application) == before


def test_a_change_of_the_expected_state_succeeds(application: Any) -> None:
    set_state("fenced", ExpectedState="active", ExpectedEpoch=2)
    assert record(application)["state"] == "fenced"


def test_the_error_type_shows_the_tool_a_lost_race() -> None:
    assert StateConflict.__name__ == "StateConflict"


def test_an_unknown_application_is_rejected_and_nothing_is_written(application: Any) -> None:
    before = items(application)
    with pytest.raises(UnknownApplication, match=r"app-2 does not exist in app-config"):
        set_state("fenced", AppId="app-2", Force=True)
    assert items(application) == before


def test_an_unknown_table_is_named_with_aws_s_reason(application: Any) -> None:
    with pytest.raises(StateChangeFailed, match=r"app-1 in other-table \(us-east-1\).*ResourceNotFoundException"):
        set_state("fenced", TableName="other-table")


def test_a_record_without_fences_gets_them(app_config: Any) -> None:
    """As after writing the record manually."""
    app_config.put_item(
        TableName="app-config", Item={"appId": {"S": "app-1"}, "state": {"S": "active"}, "epoch": {"N": "3"}}
    )
    set_state("active")
    assert fences(app_config) == {(PRIMARY, 4)}
