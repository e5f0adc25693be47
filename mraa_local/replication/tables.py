"""Global tables: every write goes to the table's other replicas, item by item, and the last writer wins.

A transaction's items travel one by one, as on AWS (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
V2globaltables_HowItWorks.html).

Which of two concurrent writes is the last one is decided by the Regions' clocks, and a clock may be wrong (a fault). A
write that replaces what its Region has already got from elsewhere is the later one whatever the clocks say: replicas
would never agree otherwise.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from mraa_local.engine import items
from mraa_local.engine.items import Item, Key
from mraa_local.engine.scope import account_id, region, scope
from mraa_local.engine.tables import Table
from mraa_local.replication import metrics
from mraa_local.replication.queues import LastWriters, Stamp

_writers = LastWriters()


@dataclass(frozen=True)
class ItemChange:
    """An item as it was written; ``item`` is None for a delete.

    ``stamp`` is the true time, after which it is due; ``clock`` the one by which it wins or loses.
    """

    kind: ClassVar[str] = "items"
    stamp: Stamp
    clock: Stamp
    destination: str
    account_id: str
    table: str
    key: Key
    item: Item | None

    def apply(self) -> None:
        """Write to the replica, unless it has something newer or no longer exists."""
        group = (self.account_id, self.table)
        is_newer = _writers.arrives(group, self.key, self.destination, self.clock)
        with scope(self.account_id, self.destination):
            if not is_newer or not items.write_replica(self.table, self.key, self.item):
                return
        metrics.item_replicated(
            self.account_id, self.stamp.region, self.table, self.destination, (time.time() - self.stamp.at) * 1000
        )


def install(send: Callable[[ItemChange], None], stamp: Callable[[str], Stamp], skew_s: Callable[[str], float]) -> None:
    """Queue what the engine would write to the other replicas at once; ``skew_s`` is by how much a clock is off."""

    def written(table: Table, key: Key, item: Item | None) -> None:
        here = region()
        others = [name for name in items.replica_group(table) if name != here]
        if not others:
            return
        stamped, account, name = stamp(here), account_id(), table["TableName"]
        group = account, name
        clock = _writers.in_force(group, key, Stamp(stamped.at + skew_s(here), here))
        _writers.sent(group, key, clock, len(others))
        for other in others:
            send(ItemChange(stamped, clock, other, account, name, key, copy.deepcopy(item)))

    items.replicate_by(written)


def saved() -> list[dict[str, Any]]:
    """Who wrote the items last whose writes are in flight, in JSON's types; ``restore`` takes it."""
    return [
        {"group": group, "region": region, "key": key, "stamp": stamp} for group, region, key, stamp in _writers.saved()
    ]


def restore(writers: list[dict[str, Any]], in_flight: list[ItemChange]) -> None:
    """Resume with these: a write that is in flight must not replace a later one."""
    for each in writers:
        _writers.restore(tuple(each["group"]), each["region"], tuple(each["key"]), Stamp(*each["stamp"]))
    for change in in_flight:
        _writers.resumed((change.account_id, change.table))
    _writers.forget_idle()
