"""An application of one's own on two running Regions: shown, drained, compared, and drilled by its own API."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.deploying import eventually
from tests.local.lines_app import NAME, SHORT, Orders, deploy_orders, findings
from tests.local.operating import Deployment
from tests.local.people import OPERATOR_OF_ORDERS, documents, make_user
from tests.regions import PRIMARY, REGIONS, SECONDARY


@pytest.fixture(scope="module")
def deployed_orders(deployed: Deployment, client: Callable[..., Any]) -> Orders:
    """Every verb is run by an operator with exactly the documented policies."""
    orders = deploy_orders(deployed)
    deployed.environment |= make_user(client, "operator", documents(OPERATOR_OF_ORDERS))
    return orders


@pytest.fixture
def orders(deployed_orders: Orders, active: Deployment) -> Orders:
    """The primary Region writes, and the parameters name both tables."""
    deployed_orders.put_parameters(*deployed_orders.tables)
    return deployed_orders


def test_status_shows_the_application_in_both_regions(orders: Orders) -> None:
    document = orders.deployment.mraa_status()
    assert document["isReady"], document["reasons"]
    expected = [
        [
            {
                "name": NAME,
                "api": "healthy",
                "tables": list(orders.tables),
                "buckets": [orders.bucket(region)],
                "unreplicated": [],
            }
        ]
        for region in REGIONS
    ]
    # what a busy machine does not find out within three seconds is shown as unknown
    assert eventually(lambda: orders.deployment.shown("applications") == expected)
    assert orders.deployment.shown("unnamedTables") == [[], []]


def test_a_planned_drill_of_the_application_alone_holds_its_promises(orders: Orders) -> None:
    result = orders.deployment.mraa("drill", *SHORT, "--rate", "12", "--application", NAME)
    assert findings(result) == {"P1": "held", "P2": "held", "P3": "held", "P4": "not tested", "P5": "not tested"}
    assert result["figures"]["lost"] == []
    assert result["figures"]["acknowledged"] > 0
    ledger = json.loads((orders.deployment.folder / result["ledger"]).read_text())
    assert {write["application"] for write in ledger["writes"]} == {NAME}
    assert eventually(lambda: not any(orders.items(region) for region in REGIONS))  # its removal is replicated, too


def test_without_its_fence_check_the_application_turns_p1_red(orders: Orders) -> None:
    orders.set_fence_check(is_there=False)
    try:
        result = orders.deployment.mraa("drill", *SHORT, "--rate", "6", "--application", NAME, expect=1)
    finally:
        orders.set_fence_check(is_there=True)
    (p1,) = [promise for promise in result["promises"] if promise["name"] == "P1"]
    assert p1["finding"] == "violated"
    assert "accepted by a fenced Region" in p1["detail"]
    assert eventually(lambda: not any(orders.items(region) for region in REGIONS))  # its removal is replicated, too


def test_a_table_that_its_parameter_lacks_is_drained_by_its_stack(orders: Orders) -> None:
    orders.put_parameters(orders.tables[0])
    assert orders.deployment.shown("unnamedTables") == [[orders.tables[1]], []]
    said = orders.deployment.mraa("failover", "--yes", "--drain-timeout", "60")
    assert said["state"] == "failover"
    result = orders.deployment.mraa("reconcile")
    assert result["unnamedTables"] == [orders.tables[1]]


def test_what_one_region_lacks_of_it_is_found_and_copied(orders: Orders) -> None:
    orders.deployment.cut()
    dynamodb, s3 = (orders.client(service, PRIMARY) for service in ("dynamodb", "s3"))
    line = {"orderId": {"S": "a"}, "line": {"N": "7"}, "sku": {"B": b"\x00\xff"}, "tags": {"SS": ["b", "a"]}}
    dynamodb.put_item(TableName=orders.tables[1], Item=line)
    s3.put_object(Bucket=orders.bucket(PRIMARY), Key="invoices/a.pdf", Body=b"an invoice")
    result = orders.deployment.mraa("reconcile", expect=3)
    assert {(found["store"], tuple(found["key"]), found["region"]) for found in result["examples"]} == {
        (orders.tables[1], ("a", "7"), SECONDARY),
        (orders.bucket(SECONDARY), ("invoices/a.pdf",), SECONDARY),
    }
    orders.deployment.mraa("reconcile", "--repair", "--yes")
    copied = orders.client("dynamodb", SECONDARY).scan(TableName=orders.tables[1])["Items"]
    assert copied == dynamodb.scan(TableName=orders.tables[1])["Items"] != []
    there = orders.client("s3", SECONDARY).get_object(Bucket=orders.bucket(SECONDARY), Key="invoices/a.pdf")
    assert there["Body"].read() == b"an invoice"
    for region in REGIONS:
        orders.client("dynamodb", region).delete_item(
            TableName=orders.tables[1], Key={"orderId": {"S": "a"}, "line": {"N": "7"}}
        )
