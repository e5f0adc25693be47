"""Recovery over another application: another table with another key, no objects, and a table that nobody named."""

import pytest

from mraa.events import Event, Progress
from mraa.recovery.application import Application
from mraa.recovery.models import KeyAttribute, Table
from mraa.recovery.reconcile.discrepancies import Kind, Summary
from mraa.recovery.reconcile.reconcile import Reconciliation
from mraa.recovery.reconcile.repair import Copier, CopyResult, Worklist
from mraa.recovery.regions.notes import add_note, read_notes, remove_note
from mraa.recovery.regions.system import read_both_regions, read_system
from mraa.recovery.regions.tables import find_unnamed_tables
from mraa.recovery.runbook.drain import Drain
from mraa.recovery.status.probe import probe
from mraa.recovery.status.replication import read_replication_status
from tests.errors import client_error
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.tickets import Tickets
from tests.unit.fake_cloud import PHOTOS, SETTINGS, STORE, FakeCloud
from tests.unit.test_recovery_execute import Operating

TICKETS = Tickets()


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.add_table("tickets", ticketId="S")
    return cloud


def deny_listing(cloud: FakeCloud, region: str) -> None:
    def deny(service: str, where: str, operation: str) -> None:
        if (where, operation) == (region, "list_tables"):
            raise client_error("AccessDeniedException", status=403)

    cloud.before = deny


def reconcile(cloud: FakeCloud, application: Application = PHOTOS) -> tuple[Summary, CopyResult, list[Event]]:
    """Compare and repair."""
    events: list[Event] = []
    (left, right), _ = read_both_regions(cloud.aws, SETTINGS, cloud.clock)
    with Worklist() as work:
        comparison = Reconciliation(cloud.aws, cloud.clock, application, left, right, [], events.append)
        summary = comparison.run(work.add)
        infos = {left.region: left, right.region: right}
        return summary, Copier(cloud.aws, cloud.clock, application, infos, events.append).run(work), events


def drained(cloud: FakeCloud, application: Application = PHOTOS) -> tuple[tuple[str, ...], list[Event]]:
    """What a forced drain of twenty seconds left unconfirmed, and what it said."""
    cloud.set_state("fenced", "none", 2, previous="active")
    events: list[Event] = []
    (left, right), _ = read_both_regions(cloud.aws, SETTINGS, cloud.clock)
    drain = Drain(cloud.aws, cloud.clock, application, left, right, 2, events.append)
    unconfirmed = drain.run(20, is_forced=True)
    drain.clean_up()
    return unconfirmed, events


# --- an application of another kind -----------------------------------------------------------------------------


def test_tickets_that_one_region_lacks_are_found_and_copied(cloud: FakeCloud) -> None:
    table = TICKETS.tables(read_both_regions(cloud.aws, SETTINGS, cloud.clock)[0][0])[0].name
    cloud.cut.add(SECONDARY)
    cloud.write(PRIMARY, table, "run.1", {"soldIn": PRIMARY, "seat": "7"})
    summary, copied, _ = reconcile(cloud, TICKETS)
    (found,) = summary.examples
    assert (found.kind, found.key, found.store_name, found.region) == (Kind.MISSING, ("run.1",), table, SECONDARY)
    assert found.text == "record run.1 is missing in ap-northeast-1 (written in us-east-1)"
    assert copied.copied.total() == 1
    assert cloud.items(SECONDARY, table) == cloud.items(PRIMARY, table)


def test_the_note_of_a_drill_is_no_record(cloud: FakeCloud) -> None:
    (info, _), _ = read_both_regions(cloud.aws, SETTINGS, cloud.clock)
    cloud.cut.add(SECONDARY)
    for run_id in ("one", "another"):
        add_note(cloud.aws, TICKETS, info, run_id)
    summary, _, _ = reconcile(cloud, TICKETS)
    assert (summary.is_equal, summary.records[PRIMARY]) == (True, 0)
    remove_note(cloud.aws, TICKETS, info, "one")
    assert read_notes(cloud.aws, TICKETS, info) == ["another"]
    remove_note(cloud.aws, TICKETS, info, "another")
    assert cloud.items(PRIMARY, TICKETS.tables(info)[0].name) == {}


def test_the_counts_of_a_comparison_agree_with_what_it_finds(cloud: FakeCloud) -> None:
    """Replication is under way while both Regions are read, and one ticket never arrives."""
    table = TICKETS.tables(read_both_regions(cloud.aws, SETTINGS, cloud.clock)[0][0])[0].name
    cloud.cut.add(PRIMARY)
    cloud.write(SECONDARY, table, "run.lost", {"soldIn": SECONDARY, "seat": "1"})
    cloud.lag_s = 5
    for number in range(5):  # one a second: after two seconds only some have arrived
        cloud.write(PRIMARY, table, f"run.{number}", {"soldIn": PRIMARY, "seat": "7"})
        cloud.sleep(1)
    cloud.sleep(-0.1)
    summary, _, events = reconcile(cloud, TICKETS)
    assert [found.key for found in summary.examples] == [("run.lost",)]
    assert summary.records == {PRIMARY: 5, SECONDARY: 6}
    (said,) = [event.text for event in events if event.text.startswith("records compared")]
    assert said == f"records compared: 5 in {PRIMARY}, 6 in {SECONDARY}"


def test_without_buckets_the_drain_and_the_probe_wait_for_items_alone(cloud: FakeCloud) -> None:
    assert drained(cloud, TICKETS)[0] == ()
    assert not [operation for service, _, operation in cloud.calls if service == "s3"]
    system = read_system(cloud.aws, SETTINGS, cloud.clock, TICKETS)
    status = read_replication_status(cloud.aws, cloud.clock, TICKETS, system, budget_s=5)
    measured = probe(cloud.aws, cloud.clock, TICKETS, system, status, print)[PRIMARY]
    assert measured.item_lag_s is not None
    assert (measured.object_lag_s, measured.records, measured.pending) == (None, None, None)
    cloud.settle()
    assert cloud.canaries() == []


# --- a table that nobody named ----------------------------------------------------------------------------------


def test_replicated_tables_of_the_deployment_that_the_application_does_not_name_are_found(cloud: FakeCloud) -> None:
    (info, _), _ = read_both_regions(cloud.aws, SETTINGS, cloud.clock)
    seats = cloud.add_table("seats", row="S", number="N")
    cloud.keys["somebody-elses"] = {"id": "S"}
    cloud.stores[PRIMARY]["somebody-elses"] = {}
    alone = cloud.add_table("not-replicated", id="S")
    del cloud.stores[SECONDARY][alone]
    assert find_unnamed_tables(cloud.aws, cloud.clock, TICKETS, info) == [
        Table(STORE, (KeyAttribute("pk"), KeyAttribute("sk")), is_named=False),
        Table(seats, (KeyAttribute("row"), KeyAttribute("number", "N")), is_named=False),
    ]
    system = read_system(cloud.aws, SETTINGS, cloud.clock, TICKETS)
    status = read_replication_status(cloud.aws, cloud.clock, TICKETS, system, budget_s=5)
    assert [status[region].unnamed_tables for region in REGIONS] == [(STORE, seats), (STORE, seats)]


def test_a_table_that_nobody_named_is_drained_by_its_own_latency() -> None:
    cloud = FakeCloud()
    seats = cloud.add_table("seats", row="S", number="N")
    cloud.slow[seats] = 40.0
    unconfirmed, events = drained(cloud)
    (left,) = unconfirmed
    assert left.startswith(f"10 x the replication latency of 40.0 s (table {seats}), 39")
    assert any(event.progress is Progress.NOTE and seats in event.text for event in events)


def test_a_table_that_nobody_named_is_compared_and_copied_by_its_own_key() -> None:
    cloud = FakeCloud()
    seats = cloud.add_table("seats", row="S", number="N")
    cloud.write(PRIMARY, seats, "a/1", {"taken": "yes"})
    cloud.settle()
    cloud.cut |= {PRIMARY, SECONDARY}
    cloud.write(PRIMARY, seats, "a/2", {"taken": "no"})
    cloud.write(SECONDARY, seats, "a/1", {"taken": "perhaps"})
    summary, copied, events = reconcile(cloud)
    assert [found.text for found in summary.examples] == [
        f"record a 1 of table {seats} is not the same in both Regions",
        f"record a 2 of table {seats} is missing in ap-northeast-1",
    ]
    assert summary.document()["unnamedTables"] == [seats]
    assert any(seats in event.text for event in events if event.progress is Progress.NOTE)
    assert copied.copied.total() == 1
    assert cloud.items(SECONDARY, seats)["a/2"] == cloud.items(PRIMARY, seats)["a/2"]


@pytest.mark.parametrize("region", REGIONS)
def test_a_listing_that_is_denied_in_one_region_is_reported_and_the_other_one_is_used(region: str) -> None:
    cloud = FakeCloud()
    seats = cloud.add_table("seats", row="S")
    cloud.slow[seats] = 40.0
    deny_listing(cloud, region)
    unconfirmed, events = drained(cloud)
    assert seats in unconfirmed[0]
    denied = [event for event in events if "AccessDeniedException" in event.reason]
    assert [(event.progress, event.region) for event in denied] == [(Progress.NOTE, region)]
    summary, _, events = reconcile(cloud)
    assert summary.unnamed_tables == [seats]
    assert [event.region for event in events if "AccessDeniedException" in event.reason] == [region]


def test_a_listing_that_nobody_may_read_stops_neither_drain_nor_comparison_nor_status() -> None:
    cloud = FakeCloud()

    def deny(service: str, region: str, operation: str) -> None:
        if operation == "list_tables":
            raise client_error("AccessDeniedException", status=403)

    cloud.before = deny
    assert drained(cloud)[0] == ()
    assert reconcile(cloud)[0].is_equal
    system = read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS)
    status = read_replication_status(cloud.aws, cloud.clock, PHOTOS, system, budget_s=5)
    assert (status[PRIMARY].unnamed_tables, status[PRIMARY].records) == (None, 0)


def test_an_unplanned_failover_never_lists_tables() -> None:
    operating = Operating(FakeCloud())
    operating.cloud.down.add(PRIMARY)
    operating.run_unplanned()
    assert not {"list_tables", "describe_table"} & {operation for _, _, operation in operating.cloud.calls}
