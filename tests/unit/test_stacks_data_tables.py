"""Deleting a global table from every state that an earlier run can have left it in."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mraa.aws import Aws, Clock
from mraa.errors import AwsError
from mraa.events import Event
from mraa.stacks.destroy.tables import delete_global_table
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY

NAME = "mraa-0-app-config"


@dataclass
class Tables:
    """One global table in two Regions; each change takes effect at the second read after it."""

    here: dict[str, dict[str, Any]]
    calls: list[str] = field(default_factory=list)
    pending: list[list[Any]] = field(default_factory=list)
    is_young: bool = False

    @property
    def aws(self) -> Aws:
        return cast(Aws, SimpleNamespace(client=lambda service, region: _Client(self, region)))

    def later(self, effect: Any) -> None:
        self.pending.append([2, effect])

    def read(self) -> None:
        for entry in list(self.pending):
            entry[0] -= 1
            if entry[0] == 0:
                entry[1]()
                self.pending.remove(entry)


@dataclass
class _Client:
    tables: Tables
    region: str

    def describe_table(self, TableName: str) -> dict[str, Any]:
        self.tables.read()
        if self.region not in self.tables.here:
            raise client_error("ResourceNotFoundException")
        table = dict(self.tables.here[self.region])
        others = [region for region in self.tables.here if region != self.region]
        table["Replicas"] = [
            {"RegionName": region, "ReplicaStatus": self.tables.here[region]["TableStatus"]} for region in others
        ]
        return {"Table": table}

    def update_table(self, TableName: str, **change: Any) -> None:
        table = self.tables.here[self.region]
        if any(t["TableStatus"] != "ACTIVE" for t in self.tables.here.values()):
            raise client_error("ResourceInUseException")
        if "DeletionProtectionEnabled" in change:
            self.tables.calls.append(f"unprotect {self.region}")
            table["TableStatus"] = "UPDATING"
            table["DeletionProtectionEnabled"] = False
            self.tables.later(lambda: table.update(TableStatus="ACTIVE"))
        else:
            region = change["ReplicaUpdates"][0]["Delete"]["RegionName"]
            self._delete(region, f"remove replica {region}")

    def delete_table(self, TableName: str) -> None:
        if self.tables.is_young:
            raise client_error(
                "ValidationException", "Replica cannot be deleted because it has acted as a source in the last 24 hours"
            )
        if len(self.tables.here) > 1:
            raise client_error("ValidationException", "the table has replicas")
        self._delete(self.region, f"delete {self.region}")

    def _delete(self, region: str, call: str) -> None:
        table = self.tables.here[region]
        if table["DeletionProtectionEnabled"]:
            raise client_error("ValidationException", "the table is protected")
        self.tables.calls.append(call)
        table["TableStatus"] = "DELETING"
        self.tables.later(lambda: self.tables.here.pop(region))


def table(*, protected: bool = True, status: str = "ACTIVE") -> dict[str, Any]:
    return {"TableStatus": status, "DeletionProtectionEnabled": protected}


def delete(tables: Tables) -> list[Event]:
    told: list[Event] = []
    delete_global_table(tables.aws, Clock(sleep=lambda s: None), told.append, NAME, (PRIMARY, SECONDARY))
    return told


def test_protection_is_disabled_then_the_replica_deleted_then_the_source() -> None:
    tables = Tables({PRIMARY: table(), SECONDARY: table()})
    told = delete(tables)
    assert tables.calls == [
        f"unprotect {SECONDARY}",
        f"unprotect {PRIMARY}",
        f"remove replica {SECONDARY}",
        f"delete {PRIMARY}",
    ]
    assert tables.here == {}
    assert [(event.region, event.text) for event in told] == [(SECONDARY, "deleted"), (PRIMARY, "deleted")]


@pytest.mark.parametrize("region", [PRIMARY, SECONDARY])
def test_a_table_left_in_only_one_region_is_deleted_there(region: str) -> None:
    tables = Tables({region: table()})
    delete(tables)
    assert tables.calls == [f"unprotect {region}", f"delete {region}"]
    assert tables.here == {}


def test_a_replica_that_is_already_being_deleted_is_waited_for() -> None:
    tables = Tables({PRIMARY: table(protected=False), SECONDARY: table(protected=False, status="DELETING")})
    tables.pending.append([5, lambda: tables.here.pop(SECONDARY)])
    delete(tables)
    assert tables.calls == [f"delete {PRIMARY}"]
    assert tables.here == {}


def test_no_table_is_no_error() -> None:
    assert delete(Tables({})) == []


def test_the_rule_of_24_hours_is_explained() -> None:
    tables = Tables({PRIMARY: table(protected=False)}, is_young=True)
    with pytest.raises(AwsError, match="less than 24 hours ago") as young:
        delete(tables)
    assert "tomorrow" in young.value.hint


def test_a_table_that_never_settles_times_out() -> None:
    tables = Tables({PRIMARY: table(protected=False), SECONDARY: table(protected=False, status="DELETING")})
    now = [0.0]
    clock = Clock(monotonic=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
    with pytest.raises(AwsError, match="timed out after 1800 s"):
        delete_global_table(tables.aws, clock, lambda e: None, NAME, (PRIMARY, SECONDARY))
