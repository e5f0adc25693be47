"""Global tables: every write goes to the table's other replicas, item by item, and the last writer wins.

A transaction's items travel one by one, as on AWS (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
V2globaltables_HowItWorks.html).
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb

from mraa_local.replication import metrics
from mraa_local.replication.queues import LastWriters, Stamp

HOOKED = tuple(
    f"ministack.services.dynamodb.{name}"
    for name in (
        "_emit_stream_event", "_extract_key_val", "_remove_item", "_replica_group", "_replicate_write", "_set_item",
        "_tables",
    )
)  # fmt: skip

_Key = tuple[str, str]
_NO_SORT_KEY = "__no_sort__"  # the engine's
_writers = LastWriters()


@dataclass(frozen=True)
class ItemChange:
    """An item as it was written; ``item`` is None for a delete."""

    kind: ClassVar[str] = "items"
    stamp: Stamp
    destination: str
    account_id: str
    table: str
    key: _Key
    item: dict[str, Any] | None

    def apply(self) -> None:
        """Write to the replica, unless it has something newer or is no more."""
        group = (self.account_id, self.table)
        is_newer = _writers.arrives(group, self.key, self.destination, self.stamp)
        with request_scope(self.account_id, self.destination):
            table = dynamodb._tables.get(self.table)
            if table is None or not is_newer:
                return
            previous = table["items"].get(self.key[0], {}).get(self.key[1])
            if self.item is None:
                dynamodb._remove_item(table, *self.key)
            else:
                dynamodb._set_item(table, *self.key, copy.deepcopy(self.item))
            if self.item is not None or previous is not None:
                event = "REMOVE" if self.item is None else ("MODIFY" if previous else "INSERT")
                dynamodb._emit_stream_event(self.table, event, previous, copy.deepcopy(self.item), replicate=False)
        metrics.item_replicated(
            self.account_id, self.stamp.region, self.table, self.destination, (time.time() - self.stamp.at) * 1000
        )


def install(send: Callable[[ItemChange], None], stamp: Callable[[str], Stamp]) -> None:
    """Queue what the engine would write to the other replicas at once."""

    def replicate(table: dict[str, Any], _event: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        here = get_region()
        others = [region for region in dynamodb._replica_group(table) if region != here]
        if not others:
            return
        written = stamp(here)
        key = _key(table, new if new is not None else old or {})
        account_id, name = get_account_id(), table["TableName"]
        _writers.sent((account_id, name), key, written, len(others))
        for region in others:
            send(ItemChange(written, region, account_id, name, key, copy.deepcopy(new)))

    dynamodb._replicate_write = replicate


def restored(change: ItemChange) -> None:
    """Count a change in that was under way when the state was saved."""
    _writers.sent((change.account_id, change.table), change.key, change.stamp, 1)


def _key(table: dict[str, Any], item: dict[str, Any]) -> _Key:
    sort_name = table["sk_name"]
    sort_key = dynamodb._extract_key_val(item.get(sort_name)) if sort_name else _NO_SORT_KEY
    return dynamodb._extract_key_val(item.get(table["pk_name"])), sort_key
