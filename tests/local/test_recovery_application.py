"""Recovery of another application on two running Regions, and of a table that nobody named."""

from typing import Any

import pytest

from mraa import names
from mraa.aws import Aws, Clock
from mraa.cli.drill import local_faults
from mraa.events import Event
from mraa.recovery.drill.drill import Drill
from mraa.recovery.drill.models import DrillOptions
from mraa.recovery.drill.target import Target
from mraa.recovery.drill.verdict import judge
from mraa.recovery.reconcile.reconcile import Reconciliation
from mraa.recovery.regions.parameter import token
from mraa.recovery.runbook.operator import local_operator
from tests.local.deploying import eventually
from tests.local.operating import SETTINGS, Deployment
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.tickets import Tickets

TICKETS = Tickets()


def make_global_table(deployment: Deployment, name: str, **key: str) -> str:
    """A table with the deployment's prefix and a replica in the other Region, as somebody's own template makes it."""
    table = f"{names.prefix(token(deployment.regions[PRIMARY]))}-{name}"
    dynamodb = deployment.aws.client("dynamodb", PRIMARY)
    dynamodb.create_table(
        TableName=table,
        KeySchema=[
            {"AttributeName": attribute, "KeyType": kind}
            for attribute, kind in zip(key, ("HASH", "RANGE"), strict=False)
        ],
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": of} for attribute, of in key.items()],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": SECONDARY}}])
    eventually(lambda: dynamodb.describe_table(TableName=table)["Table"].get("Replicas"))
    return table


@pytest.fixture(scope="module")
def tables(deployed: Deployment) -> list[str]:
    """The tickets, and a table that no application names."""
    return [
        make_global_table(deployed, "seats", row="S", number="N"),
        make_global_table(deployed, "tickets", ticketId="S"),
    ]


def items(deployment: Deployment, region: str, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = deployment.aws.client("dynamodb", region).scan(TableName=table)["Items"]
    return found


def test_a_drill_of_another_application_holds_its_promises(active: Deployment, tables: list[str]) -> None:
    events: list[Event] = []
    options = DrillOptions(is_planned=True, phase_s=1.5)
    target = Target(Aws(), Aws, SETTINGS, TICKETS, [TICKETS], Clock(), events.append)
    verdict = judge(Drill(target, local_operator("test"), options, local_faults()).run())
    assert verdict.is_good, verdict.promises
    assert verdict.figures.acknowledged > 0
    assert any(tables[0] in event.text for event in events if event.subject == "drain")
    eventually(
        lambda: not any(items(active, region, tables[1]) for region in REGIONS)
    )  # its removal is replicated, too


def test_a_comparison_finds_what_both_tables_lack(active: Deployment, tables: list[str]) -> None:
    active.cut()
    dynamodb = active.aws.client("dynamodb", PRIMARY)
    dynamodb.put_item(TableName=tables[1], Item={"ticketId": {"S": "run.1"}, "soldIn": {"S": PRIMARY}})
    dynamodb.put_item(TableName=tables[0], Item={"row": {"S": "a"}, "number": {"N": "7"}})
    left, right = (active.regions[region] for region in REGIONS)
    summary = Reconciliation(Aws(), Clock(), TICKETS, left, right, [], lambda event: None).run(lambda found: None)
    assert {found.text for found in summary.examples} == {
        "record run.1 is missing in ap-northeast-1 (written in us-east-1)",
        f"record a 7 of table {tables[0]} is missing in ap-northeast-1",
    }


def test_the_tool_names_replicated_tables_that_its_application_does_not_name(
    active: Deployment, tables: list[str]
) -> None:
    assert active.shown("unnamedTables") == [tables, tables]
    notes = active.mraa("reconcile", "--repair", "--yes")
    assert notes["unnamedTables"] == tables
    assert items(active, SECONDARY, tables[0]) == items(active, PRIMARY, tables[0]) != []
