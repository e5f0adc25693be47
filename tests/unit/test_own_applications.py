"""Applications of one's own beside the sample: what is read of their parameters, drained, compared and shown."""

import json
from typing import Any

import pytest

from mraa.applications.own import OwnApplications
from mraa.applications.status import read_application_statuses
from mraa.applications.together import Together
from mraa.errors import MraaError
from mraa.events import Progress
from mraa.recovery.models import ApplicationInfo, ItemOrigin, KeyAttribute, RegionInfo, Table
from mraa.recovery.reconcile.discrepancies import Kind
from mraa.recovery.reconcile.scan import record_entry
from mraa.recovery.regions.applications import application_problems
from mraa.recovery.regions.parameter import find_region_info
from mraa.recovery.regions.system import read_both_regions, read_system
from mraa.recovery.regions.tables import find_unnamed_tables
from mraa.recovery.runbook.plan.runbooks import plan_failover
from tests.errors import client_error
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.unit.fake_cloud import CONFIG, PHOTOS, SETTINGS, STORE, FakeCloud, bucket
from tests.unit.fake_stacks import TOKEN
from tests.unit.test_recovery_application import drained, reconcile
from tests.unit.test_recovery_execute import Operating

NAME = f"/mraa/{TOKEN}/application/orders"
ORDERS, LINES = "shop-orders-Global-Orders-1A2B", "shop-orders-Global-Lines-3C4D"


def document(*tables: str, buckets: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "name": "orders",
        "outputs": {"Url": "https://x"},
        "tables": [*tables],
        "buckets": list(buckets) if isinstance(buckets, tuple) else buckets,
        **more,
    }


@pytest.fixture
def cloud() -> FakeCloud:
    """With an application of two tables, one of which has a number as its sort key."""
    cloud = FakeCloud()
    for table, key in ((ORDERS, {"orderId": "S"}), (LINES, {"orderId": "S", "line": "N"})):
        cloud.keys[table] = key
        for region in REGIONS:
            cloud.stores[region][table] = {}
    for region in REGIONS:
        cloud.parameters[region][NAME] = document(ORDERS, LINES)
    return cloud


def together(cloud: FakeCloud) -> Together:
    return Together(PHOTOS, OwnApplications(cloud.aws, cloud.clock, {}))


def infos(cloud: FakeCloud) -> list[RegionInfo]:
    return read_both_regions(cloud.aws, SETTINGS, cloud.clock)[0]


# --- its parameter ----------------------------------------------------------------------------------------------


def test_an_application_is_known_by_its_parameter(cloud: FakeCloud) -> None:
    cloud.parameters[PRIMARY][NAME] = document(
        ORDERS, buckets=("a-bucket",), more={"of": "keys"}, outputs={"Url": "u", "n": 3}
    )
    info = infos(cloud)[0]
    assert info.applications == {"orders": ApplicationInfo("orders", {"Url": "u"}, (ORDERS,), ("a-bucket",))}
    assert application_problems([info]) == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no JSON", "it is no JSON object"),
        ("[" * 4000, "it is no JSON object"),
        ('["orders"]', "it is no JSON object"),
        ("{}", "its schema version is None"),
        (json.dumps(document() | {"schemaVersion": 2}), "its schema version is 2"),
        (json.dumps(document(name="bills")), "its name is 'bills'"),
        (json.dumps(document(outputs=["x"])), "outputs is not an object"),
        (json.dumps(document(tables="orders")), "tables is not a list of names"),
        (json.dumps(document(tables=[3])), "tables is not a list of names"),
        (json.dumps(document(tables=["a b c"])), "tables is not a list of names"),
        (json.dumps(document(buckets={"a": "b"})), "buckets is not a list of names"),
    ],
)
def test_a_broken_parameter_stops_no_recovery_and_is_said(cloud: FakeCloud, value: str, why: str) -> None:
    cloud.parameters[PRIMARY][NAME] = value
    primary, secondary = infos(cloud)
    assert primary.applications == {}
    (problem,) = [problem for region, problem in application_problems([primary]) if region == PRIMARY]
    assert problem == f"parameter {NAME} is unusable: {why}" or why in problem
    assert (PRIMARY, "orders has no usable parameter here") in application_problems([primary, secondary])
    assert drained(cloud, together(cloud))[0] == ()


def test_an_older_version_key_is_understood(cloud: FakeCloud) -> None:
    cloud.parameters[PRIMARY][NAME] = {"version": 1, "tables": [ORDERS]}
    assert infos(cloud)[0].applications["orders"].tables == (ORDERS,)


@pytest.mark.parametrize(
    "name", [f"/mraa/{'f' * 32}/application/orders", f"/mraa/{TOKEN}/application", f"/mraa/{TOKEN}/other/orders"]
)
def test_parameters_of_others_are_left_alone(name: str) -> None:
    cloud = FakeCloud()
    cloud.parameters[PRIMARY][name] = "no JSON"
    info = find_region_info(cloud.aws, PRIMARY, SETTINGS)
    assert info is not None
    assert (info.applications, info.application_problems) == ({}, ())


# --- its stores -------------------------------------------------------------------------------------------------


def test_tables_of_any_key_are_drained_with_the_samples(cloud: FakeCloud) -> None:
    application, info = together(cloud), infos(cloud)[0]
    assert application.tables(info) == [
        *PHOTOS.tables(info),
        Table(ORDERS, (KeyAttribute("orderId"),), owner="orders"),
        Table(LINES, (KeyAttribute("orderId"), KeyAttribute("line", "N")), owner="orders"),
    ]
    cloud.slow[LINES] = 40.0
    (left,), _ = drained(cloud, application)
    assert left.startswith(f"10 x the replication latency of 40.0 s (table {LINES})")
    cloud.settle()
    assert cloud.canaries() == []


def test_the_drain_waits_for_a_canary_in_a_table_whose_sort_key_is_a_number(cloud: FakeCloud) -> None:
    def lose_the_canary(service: str, region: str, operation: str) -> None:
        if region == SECONDARY and operation == "get_item":
            cloud.stores[SECONDARY][LINES].clear()

    cloud.before = lose_the_canary
    unconfirmed, _ = drained(cloud, together(cloud))
    assert "the canary item" in unconfirmed


def test_keys_of_tables_are_asked_for_once(cloud: FakeCloud) -> None:
    application, info = together(cloud), infos(cloud)[0]
    cloud.calls.clear()
    for _ in range(3):
        application.tables(info)
    assert [operation for *_, operation in cloud.calls] == ["describe_table"] * 2


def test_a_table_of_the_backbone_that_a_parameter_names_is_not_there_twice(cloud: FakeCloud) -> None:
    cloud.parameters[PRIMARY][NAME] = document(STORE, CONFIG, ORDERS, buckets=(bucket(PRIMARY),))
    application, info = together(cloud), infos(cloud)[0]
    assert [table.name for table in application.tables(info)] == [STORE, ORDERS]
    assert application.buckets(info) == [bucket(PRIMARY)]


def test_stores_without_a_replica_are_left_out_and_said(cloud: FakeCloud) -> None:
    del cloud.stores[SECONDARY][LINES]
    cloud.parameters[PRIMARY][NAME] = document(ORDERS, LINES, buckets=("scratch",))
    cloud.bare_buckets.add("scratch")
    application, (info, _) = together(cloud), infos(cloud)
    assert application.buckets(info) == [bucket(PRIMARY)]
    assert application.unreplicated(info) == [f"table {LINES} of orders", "bucket scratch of orders"]
    _, events = drained(cloud, application)
    noted = [event.text for event in events if event.progress is Progress.NOTE]
    assert f"table {LINES} of orders has no replica in {SECONDARY}: it is not protected" in noted


def test_a_bucket_that_is_replicated_one_way_only_is_not_ready(cloud: FakeCloud) -> None:
    cloud.parameters[PRIMARY][NAME] = document(ORDERS, buckets=("orders-primary",))
    system = read_system(cloud.aws, SETTINGS, cloud.clock, together(cloud))
    for view in system.views:
        assert "The Regions do not have the same replicated buckets" in view.object_problem
        assert "orders-primary" in view.object_problem


def test_a_table_that_cannot_be_described_stops_the_drain_before_the_fence(cloud: FakeCloud) -> None:
    def deny(service: str, region: str, operation: str) -> None:
        if operation == "describe_table":
            raise client_error("AccessDeniedException", status=403)

    cloud.before = deny
    operating = Operating(cloud)
    operating.application = together(cloud)
    with pytest.raises(MraaError, match=f"Describing the table {ORDERS}.*AccessDenied") as refused:
        operating.run(plan_failover)
    assert "Nothing was fenced" in refused.value.message
    assert cloud.record(PRIMARY)["state"] == "active"


def test_what_one_region_lacks_is_found_and_copied_whatever_its_key(cloud: FakeCloud) -> None:
    cloud.cut.add(SECONDARY)
    cloud.write(PRIMARY, LINES, "a/7", {"writtenIn": PRIMARY, "createdAt": "2026-11-30T08:00:00Z", "sku": "x"})
    summary, copied, events = reconcile(cloud, together(cloud))
    (found,) = summary.examples
    assert (found.kind, found.key, found.region) == (Kind.MISSING, ("a", "7"), SECONDARY)
    assert found.text == (
        f"record a 7 of table {LINES} is missing in {SECONDARY} (written in {PRIMARY} at 2026-11-30T08:00:00Z)"
    )
    assert copied.copied.total() == 1
    assert cloud.items(SECONDARY, LINES) == cloud.items(PRIMARY, LINES)
    assert any(event.text.startswith(f"records of {LINES} compared") for event in events)


def test_an_item_that_says_nothing_of_itself_has_no_origin(cloud: FakeCloud) -> None:
    own, table = OwnApplications(cloud.aws, cloud.clock, {}), Table(ORDERS, (KeyAttribute("orderId"),), owner="orders")
    assert own.origin(table, {"orderId": {"S": "1"}}) == ItemOrigin()
    assert own.origin(table, {"writtenIn": {"S": "a shop"}, "createdAt": {"S": "now"}}) == ItemOrigin()
    assert own.origin(table, {"writtenIn": {"N": "3"}}) == ItemOrigin()


def test_sets_are_the_same_in_any_order_and_lists_are_not() -> None:
    table = Table("t", (KeyAttribute("id"),))

    def digest(**attributes: Any) -> str:
        return record_entry(PHOTOS, table, {"id": {"S": "1"}, **attributes}).digest

    tags, blobs = {"SS": ["b", "a"]}, {"BS": [b"\x01", b"\x00"]}
    assert digest(tags=tags) == digest(tags={"SS": ["a", "b"]})
    assert digest(of={"M": {"deep": {"L": [{"NS": ["2", "1"]}]}}}) == digest(
        of={"M": {"deep": {"L": [{"NS": ["1", "2"]}]}}}
    )
    assert digest(blobs=blobs) == digest(blobs={"BS": [b"\x00", b"\x01"]})
    assert digest(tags=tags) != digest(tags={"SS": ["a", "c"]})
    assert digest(list={"L": [{"S": "a"}, {"S": "b"}]}) != digest(list={"L": [{"S": "b"}, {"S": "a"}]})


# --- a table that its parameter does not name -------------------------------------------------------------------


def test_a_table_that_the_parameter_does_not_name_is_found_by_the_stack(cloud: FakeCloud) -> None:
    cloud.slow[LINES] = 40.0
    for region in REGIONS:
        cloud.parameters[region][NAME] = document(ORDERS)
    cloud.application_stacks = {
        "mraa-orders": [("AWS::CloudFormation::Stack", "nested"), ("AWS::SSM::Parameter", "x")],
        "nested": [
            ("AWS::CloudFormation::Stack", "nested"),
            ("AWS::DynamoDB::GlobalTable", ORDERS),
            ("AWS::DynamoDB::GlobalTable", LINES),
        ],
    }
    application, info = together(cloud), infos(cloud)[0]
    assert [table.name for table in find_unnamed_tables(cloud.aws, cloud.clock, application, info)] == [LINES]
    (left,), events = drained(cloud, application)
    assert LINES in left
    assert any(event.text == f"table {LINES} is replicated but no application names it: included" for event in events)


def test_a_stack_that_cannot_be_listed_is_said_and_stops_nothing(cloud: FakeCloud) -> None:
    cloud.application_stacks = {}
    unconfirmed, events = drained(cloud, together(cloud))
    assert unconfirmed == ()
    (said,) = [event for event in events if "cannot be listed" in event.text]
    assert (said.region, said.progress) == (PRIMARY, Progress.NOTE)
    assert "mraa-orders" in said.reason


def test_an_unplanned_failover_asks_for_no_table_no_bucket_and_no_stack(cloud: FakeCloud) -> None:
    operating = Operating(cloud)
    operating.application = together(cloud)
    cloud.down.add(PRIMARY)
    operating.run_unplanned()
    assert {service for service, _, _ in cloud.calls} <= {"ssm", "dynamodb", "lambda", "api", "sts"}
    assert "describe_table" not in {operation for _, _, operation in cloud.calls}


# --- status -----------------------------------------------------------------------------------------------------


def test_status_has_each_application_with_its_stores(cloud: FakeCloud) -> None:
    del cloud.stores[SECONDARY][LINES]
    own = OwnApplications(cloud.aws, cloud.clock, {})
    system = read_system(cloud.aws, SETTINGS, cloud.clock, Together(PHOTOS, own))
    found = read_application_statuses(cloud.aws, own, system, budget_s=60)
    (primary,) = found[PRIMARY]
    assert (primary.name, primary.api, primary.tables, primary.unreplicated) == (
        "orders",
        "not checked",
        (ORDERS,),
        (LINES,),
    )
    (secondary,) = found[SECONDARY]
    assert (secondary.tables, secondary.unreplicated) == ((ORDERS,), (LINES,))


def test_stores_that_cannot_be_asked_for_are_not_known(cloud: FakeCloud) -> None:
    def deny(service: str, region: str, operation: str) -> None:
        if operation == "describe_table":
            raise client_error("AccessDeniedException", status=403)

    own = OwnApplications(cloud.aws, cloud.clock, {})
    system = read_system(cloud.aws, SETTINGS, cloud.clock, Together(PHOTOS, own))
    cloud.before = deny
    (status,) = read_application_statuses(cloud.aws, own, system, budget_s=60)[PRIMARY]
    assert (status.tables, status.buckets, status.unreplicated) == (None, None, None)
