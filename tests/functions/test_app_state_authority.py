"""The state as two Regions change it: where a change may be made, and which epoch it takes."""

import json
import re
from typing import Any

import pytest

from app_state_updater.payload import InvalidPayload
from app_state_updater.rules import Fence, HandOverIncomplete, TransitionRefused
from tests.functions.test_app_state_failures import put_fence
from tests.functions.test_app_state_updater import CREATE, fence_id, fences, items, record, set_state
from tests.regions import PRIMARY, SECONDARY


@pytest.fixture
def in_secondary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function runs in the secondary Region, whose replica has the same items."""
    monkeypatch.setenv("AWS_REGION", SECONDARY)


def put_record(dynamodb: Any, **values: Any) -> None:
    """Change attributes of the record by hand; None removes one."""
    item = dynamodb.get_item(TableName="app-config", Key={"appId": {"S": "app-1"}})["Item"]
    item |= {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in values.items()}
    dynamodb.put_item(
        TableName="app-config", Item={name: value for name, value in item.items() if value != {"S": None}}
    )


def test_the_primary_gives_out_even_epochs(application: Any) -> None:
    set_state("fenced")
    assert record(application)["epoch"] == 4


def test_the_secondary_gives_out_odd_epochs(application: Any, in_secondary: None) -> None:
    set_state("fenced")
    assert record(application)["epoch"] == 3
    assert fences(application) == {("none", 3)}


@pytest.mark.parametrize(("above", "epoch"), [(1, 4), (7, 8), (8, 10)])
def test_a_change_takes_an_epoch_above_all_that_the_caller_saw(application: Any, above: int, epoch: int) -> None:
    set_state("fenced", AboveEpoch=above)
    assert record(application)["epoch"] == epoch


@pytest.mark.parametrize("above", [-1, 1.5, "7", True, 2**70])
def test_an_epoch_that_is_none_is_rejected(application: Any, above: Any) -> None:
    with pytest.raises(InvalidPayload, match="AboveEpoch must be an integer from 0"):
        set_state("fenced", AboveEpoch=above)


def test_an_epoch_is_never_given_out_twice_though_replication_took_everything_back(application: Any) -> None:
    """A late write of the other Region may win over record and fences; the history is this Region's own."""
    before = items(application)
    for state in ("fenced", "active", "fenced"):
        set_state(state)
    for number in range(8):
        put_fence(application, fence_id(number), Fence(PRIMARY, 2))
    put_record(application, **{name: before["app-1"][name] for name in ("state", "writableRegion", "epoch")})
    set_state("fenced")
    assert record(application)["epoch"] == 10
    assert fences(application) == {("none", 10)}


@pytest.mark.parametrize("state", ["active", "failover"])
def test_outside_the_authority_only_a_fence_is_set_without_force(
    application: Any, in_secondary: None, state: str
) -> None:
    set_state("fenced")
    before = items(application)
    with pytest.raises(TransitionRefused) as refused:
        set_state(state, Reason="cancelled")
    assert items(application) == before
    message = str(refused.value)
    assert f"may be changed in {PRIMARY} only, not in {SECONDARY}; nothing was written" in message
    there, here = (json.loads(found) for found in re.findall(r"with (\{.*?\})\.", message))
    assert there == {**CREATE, "NewState": state, "Reason": "cancelled"}
    assert here == there | {"Force": True}


def test_a_fence_set_outside_the_authority_leaves_it_where_it_is(application: Any, in_secondary: None) -> None:
    set_state("fenced")
    assert record(application)["authority"] == PRIMARY
    with pytest.raises(TransitionRefused):
        set_state("fenced", Authority=SECONDARY)


def test_a_fence_that_names_the_target_hands_the_authority_over(
    application: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_state("fenced", Authority=SECONDARY)
    assert record(application)["authority"] == SECONDARY
    with pytest.raises(TransitionRefused, match=f"may be changed in {SECONDARY} only"):
        set_state("active")
    monkeypatch.setenv("AWS_REGION", SECONDARY)
    set_state("failover")
    assert (record(application)["authority"], record(application)["epoch"]) == (SECONDARY, 5)


def test_force_takes_the_authority(application: Any, in_secondary: None) -> None:
    set_state("failover", Force=True)
    assert (record(application)["authority"], record(application)["state"]) == (SECONDARY, "failover")


@pytest.mark.parametrize("region", ["eu-west-1", "Us-East-1", 5])
def test_an_authority_that_is_neither_region_is_rejected(application: Any, region: Any) -> None:
    before = items(application)
    with pytest.raises(InvalidPayload, match="Authority must be"):
        set_state("fenced", Authority=region)
    assert items(application) == before


def test_a_hand_over_that_has_not_arrived_whole_is_no_basis_for_a_switch(
    application: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_state("fenced", Authority=SECONDARY)
    put_fence(application, fence_id(3), Fence(PRIMARY, 2))
    monkeypatch.setenv("AWS_REGION", SECONDARY)
    before = items(application)
    for state in ("failover", "active", "fenced"):
        with pytest.raises(HandOverIncomplete, match=f"1 of 8 fences in {SECONDARY} do not agree"):
            set_state(state)
    assert items(application) == before
    set_state("failover", Force=True)
    assert fences(application) == {(SECONDARY, 5)}


def test_a_half_done_change_is_finished_where_it_was_made(application: Any) -> None:
    set_state("fenced")
    put_fence(application, fence_id(3), Fence(PRIMARY, 2))
    with pytest.raises(HandOverIncomplete):
        set_state("active")
    set_state("fenced")
    set_state("active")
    assert fences(application) == {(PRIMARY, 8)}


class TestARecordOfAnEarlierVersion:
    """It has no authority and no number of fences, and its epoch may be odd in the primary Region."""

    @pytest.fixture(autouse=True)
    def earlier(self, application: Any) -> None:
        put_record(application, authority=None, epoch=3)
        for number in range(8):
            put_fence(application, fence_id(number), Fence(PRIMARY, 3))

    def test_may_be_changed_in_the_writable_region(self, application: Any) -> None:
        set_state("fenced")
        assert (record(application)["authority"], record(application)["epoch"]) == (PRIMARY, 4)

    def test_may_not_be_changed_in_the_other_one(self, in_secondary: None) -> None:
        with pytest.raises(TransitionRefused, match=f"may be changed in {PRIMARY} only"):
            set_state("active")

    @pytest.mark.parametrize("writer", [PRIMARY, SECONDARY])
    def test_while_fenced_is_changed_where_it_was_written(
        self, application: Any, writer: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_REGION", writer)
        set_state("fenced", Force=True)
        put_record(application, authority=None)
        set_state("fenced")
        assert record(application)["authority"] == writer
        monkeypatch.setenv("AWS_REGION", SECONDARY if writer == PRIMARY else PRIMARY)
        with pytest.raises(TransitionRefused):
            set_state("active")


def test_more_fences_than_one_read_returns_are_all_raised(application: Any) -> None:
    put_record(application, fences=256)
    set_state("fenced")
    assert fences(application) == {("none", 4)}
    assert fence_id(255) in items(application)
