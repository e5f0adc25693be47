"""The state as one Region has it: the record, its fences, and what the routing layer answers."""

from collections.abc import Mapping
from typing import Any

from mraa.aws import CLOCK, Aws, Clock
from mraa.errors import AwsError, UnreachableError
from mraa.recovery.models import AppState, AppStateName, Fence, RegionInfo
from mraa.recovery.regions.items import BATCH, Item, number, read_items, text

_FENCES = 64  # read at once with the record, which says how many there are
_MOST_FENCES = 1024


def read_state(aws: Aws, info: RegionInfo, *, attempts: int = 1, clock: Clock = CLOCK) -> tuple[AppState, list[Fence]]:
    """The state record and the fence items that exist, read consistently from this Region's replica."""
    doing = f"Reading the application state from {info.app_config_table}"
    first = [info.app_id, *_fence_ids(info, range(_FENCES))]
    items = read_config_items(aws, clock, info, first, doing, attempts=attempts)
    record = items.get(info.app_id)
    if record is None:
        raise AwsError(
            f"Table {info.app_config_table} in {info.region} has no state of application {info.app_id}.",
            "Run `mraa deploy`: the stack writes the first state.",
        )
    state = _state(record, info)
    more = _fence_ids(info, range(_FENCES, state.fences))
    items |= read_config_items(aws, clock, info, more, doing, attempts=attempts)
    found = (items[key] for key in _fence_ids(info, range(state.fences)) if key in items)
    return state, [Fence(text(item, "writableRegion"), number(item, "epoch") or 0) for item in found]


def highest_epoch(state: AppState, fences: list[Fence]) -> int:
    """Of the record and its fences."""
    return max([state.epoch, *(fence.epoch for fence in fences)])


def read_config_items(
    aws: Aws, clock: Clock, info: RegionInfo, ids: list[str], doing: str, *, attempts: int
) -> dict[str, Item]:
    """Those of the items of the app-config table that exist, by id."""
    client, found = aws.client("dynamodb", info.region, fast=True), dict[str, Item]()
    for begin in range(0, len(ids), BATCH):
        keys = [{"appId": {"S": item_id}} for item_id in ids[begin : begin + BATCH]]
        items = read_items(client, clock, info.region, info.app_config_table, keys, doing, attempts=attempts)
        found |= {text(item, "appId"): item for item in items}
    wanted = set(ids)
    return {item_id: item for item_id, item in found.items() if item_id in wanted}


def fence_problem(state: AppState, fences: list[Fence]) -> str:
    """Empty if all fences agree with the record."""
    differing = state.fences - fences.count(Fence(state.writable_region, state.epoch))
    return f"{differing} of {state.fences} fences differ from the state record" if differing else ""


def api_state(aws: Aws, info: RegionInfo) -> tuple[Mapping[str, Any], str]:
    """What ``GET /state`` of this Region's routing layer answers, and what is wrong with it (empty: nothing)."""
    try:
        answer = aws.api_request("GET", info.region, info.routing_layer_api_id, f"state/{info.app_id}", timeout_s=2)
    except UnreachableError:
        return {}, "no answer"
    if answer.status != 200:
        return {}, f"answers {answer.status}"
    if not isinstance(answer.body, dict) or not isinstance(answer.body.get("state"), str):
        return {}, "answers without a state"
    return answer.body, ""


def _state(record: Item, info: RegionInfo) -> AppState:
    try:
        name = AppStateName(text(record, "state"))
    except ValueError as error:
        raise AwsError(
            f"The state record in {info.app_config_table} in {info.region} is unusable: {error}.",
            "Set the state by invoking the state function with Force (docs/runbook.md).",
        ) from error
    return AppState(
        state=name,
        writable_region=text(record, "writableRegion"),
        epoch=number(record, "epoch") or 0,
        updated_at=text(record, "updatedAt"),
        updated_by=text(record, "updatedBy"),
        reason=text(record, "reason"),
        previous_state=text(record, "previousState"),
        authority=text(record, "authority"),
        fences=_count(record),
    )


def _fence_ids(info: RegionInfo, numbers: range) -> list[str]:
    return [f"{info.app_id}#fence#{index:02x}" for index in numbers]


def _count(record: Item) -> int:
    """The record's own number of fences; records of earlier versions have none. Bounded, as it is read before use."""
    found = number(record, "fences") or _FENCES
    return found if 1 <= found <= _MOST_FENCES else _FENCES
