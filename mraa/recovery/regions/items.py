"""Items of DynamoDB in their typed form: reading them by key, and reading attributes of any type safely."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mraa.aws import Client, Clock, call
from mraa.errors import UnreachableError

BATCH = 100  # BatchGetItem takes no more
_ROUNDS = 10  # of asking for what DynamoDB left out
_PAUSE_S = 0.2
_WHOLE = re.compile(r"[0-9]{1,38}")  # of more digits DynamoDB stores none

Item = Mapping[str, Any]


def text(item: Item, name: str) -> str:
    """A string; empty if there is none."""
    return str(item.get(name, {}).get("S", ""))


def number(item: Item, name: str) -> int | None:
    """A whole number, zero or more; None if there is none."""
    found = str(item.get(name, {}).get("N", ""))
    return int(found) if _WHOLE.fullmatch(found) else None


def read_items(
    client: Client, clock: Clock, region: str, table: str, keys: Sequence[Item], doing: str, *, attempts: int
) -> list[dict[str, Any]]:
    """Those of up to 100 items that exist, in any order, read consistently from this Region's replica."""
    wanted: Any = {table: {"ConsistentRead": True, "Keys": keys}}
    items: list[dict[str, Any]] = []
    for _ in range(_ROUNDS):
        answer = call(client.batch_get_item, doing, region, attempts=attempts, clock=clock, RequestItems=wanted)
        items += answer["Responses"].get(table, [])
        wanted = answer.get("UnprocessedKeys")
        if not wanted:
            return items
        clock.sleep(_PAUSE_S)
    raise UnreachableError(f"{doing} in {region} failed: DynamoDB did not return all items.", "Run it again.")
