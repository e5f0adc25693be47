"""The items of a global table: noticed when they are written, and written to a replica without being sent on."""

import copy
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb

from mraa_local.engine import tables
from mraa_local.engine.tables import Table

Item = dict[str, Any]
Key = tuple[str, str]
_NO_SORT_KEY = "__no_sort__"  # the engine's


def replicate_by(written: Callable[[Table, Key, Item | None], None]) -> None:
    """Call ``written(table, key, item or None for a delete)`` in the writing Region, in place of replicating."""

    def replicate(table: Table, _event: str, old: Item | None, new: Item | None) -> None:
        written(table, _key(table, new if new is not None else old or {}), new)

    dynamodb._replicate_write = replicate


def key_of(table_name: str, attributes: Any) -> tuple[str, str, str] | None:
    """Table and key of the item with these attributes; None if the table does not exist or the key is incomplete."""
    name = str(dynamodb._normalize_table_name(table_name))
    table = tables.find(name)
    if table is None or not isinstance(attributes, dict) or table["pk_name"] not in attributes:
        return None
    return (name, *_key(table, attributes))


def replica_group(table: Table) -> list[str]:
    """All Regions that have a replica of the table, its own included."""
    return list(dynamodb._replica_group(table))


def write_replica(table_name: str, key: Key, item: Item | None) -> bool:
    """Put or delete an item in the replica of this Region, with its stream; False if the replica does not exist."""
    table = tables.find(table_name)
    if table is None:
        return False
    previous = table["items"].get(key[0], {}).get(key[1])
    if item is None:
        dynamodb._remove_item(table, *key)
    else:
        dynamodb._set_item(table, *key, copy.deepcopy(item))
    if item is not None or previous is not None:
        event = "REMOVE" if item is None else ("MODIFY" if previous else "INSERT")
        dynamodb._emit_stream_event(table_name, event, previous, copy.deepcopy(item), replicate=False)
    return True


def _key(table: Table, item: Item) -> Key:
    sort_name = table["sk_name"]
    sort_key = dynamodb._extract_key_val(item.get(sort_name)) if sort_name else _NO_SORT_KEY
    return dynamodb._extract_key_val(item.get(table["pk_name"])), sort_key
