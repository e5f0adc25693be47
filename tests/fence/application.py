"""An application on the local cloud whose state is changed by the state function's own code, and a table of its own."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app_state_updater.change import change_state, set_first_state
from app_state_updater.payload import ChangeRequest
from app_state_updater.rules import Regions, StateRecord
from app_state_updater.table import StateTable
from shared.clock import Clock
from tests.local.deploying import eventually
from tests.local.replicating import Faults
from tests.regions import PRIMARY, REGIONS, SECONDARY

APP_ID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
CONFIG, ORDERS = "app-config", "orders"
NAMES = {"primary": PRIMARY, "secondary": SECONDARY}
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Application:
    """Its tables in both Regions. ``client(region)`` is DynamoDB's, past the network that a test disturbs."""

    client: Callable[[str], Any]
    faults: Faults
    fences: int

    def create(self) -> None:
        """Both global tables, and the first state in both Regions."""
        home = self.client(PRIMARY)
        for table, key in ((CONFIG, "appId"), (ORDERS, "id")):
            home.create_table(
                TableName=table,
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
            home.update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": SECONDARY}}])
        set_first_state(self._table(PRIMARY), Regions(PRIMARY, PRIMARY, SECONDARY), self.fences, Clock().timestamp())
        self.settle()

    def bring(self, state: str) -> None:
        """Connected, and both Regions in ``state``, whatever was before."""
        self.faults.connect()
        self.settle()
        region = SECONDARY if state == "failover" else PRIMARY
        if self.record(PRIMARY).state != state or self.record(SECONDARY).state != state:
            self.change(region, state, is_forced=True)
            self.settle()

    def change(self, region: str, state: str, *, authority: str = "", is_forced: bool = False) -> StateRecord:
        """Change the state there; returns when that is acknowledged."""
        above = max(self.record(of).epoch for of in REGIONS)
        request = ChangeRequest(APP_ID, CONFIG, state, is_forced=is_forced, above_epoch=above, authority=authority)
        regions = Regions(region, PRIMARY, SECONDARY)
        return change_state(self._table(region), request, regions, Clock().timestamp())

    def record(self, region: str) -> StateRecord:
        """The state record as that Region has it."""
        record, _ = self._table(region).read()
        assert record
        return record

    def settle(self) -> None:
        """Wait until nothing is on its way between the Regions and both have one state."""

        def is_settled() -> bool:
            (one, fences), (other, others) = (self._table(region).read() for region in REGIONS)
            pending = [self.faults.pending(*pair)["items"] for pair in (REGIONS, REGIONS[::-1])]
            return pending == [0, 0] and bool(one) and (one, fences) == (other, others)

        assert eventually(is_settled, _PATIENCE_S)

    def stored(self, region: str) -> dict[str, int]:
        """How many times each order was written, as that Region has it."""
        pages = self.client(region).get_paginator("scan").paginate(TableName=ORDERS, ConsistentRead=True)
        return {item["id"]["S"]: int(item["n"]["N"]) for page in pages for item in page["Items"]}

    @contextlib.contextmanager
    def slow_transactions(self, ms: int) -> Any:
        """Transactions that take as long as on AWS, so that they conflict."""
        self.faults.set("transaction", ms=ms)
        try:
            yield
        finally:
            self.faults.set("transaction", ms=0)

    def _table(self, region: str) -> StateTable:
        clock = Clock()
        return StateTable(self.client(region), CONFIG, APP_ID, region, clock, clock.monotonic() + _PATIENCE_S)


def order(name: str) -> dict[str, Any]:
    """A write that counts how often it was made."""
    return {
        "Update": {
            "TableName": ORDERS,
            "Key": {"id": {"S": name}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
