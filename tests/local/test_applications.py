"""Applications of one's own on two running Regions: deployed, updated, failed, checked for drift and deleted."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.local.deploying import Deployer, eventually
from tests.local.people import OPERATOR_OF_ORDERS, documents, make_user
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.unit.application_project import ORDERS, RESOURCES, rewrite, template

BILLS = '[application.bills]\nregional = "bills.json"\n'
DELETED = ("--delete-data", "--yes", "--confirm")


@pytest.fixture(scope="module")
def main_stack(published: Deployer) -> Iterator[Deployer]:
    """The main stack, with the orders' and the bills' files beside a release that has both applications."""
    for path in ("global.yaml", "regional.yaml", "src/app.py"):
        target = published.folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((RESOURCES / "orders" / path).read_bytes())
    bill = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/bill", "Type": "String", "Value": "1"}}
    rewrite(published.folder, "bills.json", {"Resources": {"Bill": bill}})
    published.mraa("deploy", "--yes", "--fences", "8")
    with (published.folder / "mraa.toml").open("a") as file:
        file.write(f"\n{ORDERS}{BILLS}")
    published.publish()
    yield published
    for name in ("orders", "bills"):
        published.mraa("app", "destroy", name, *DELETED, name)
    published.mraa("destroy", "--delete-data", "--yes", "--confirm", "mraa")
    assert published.remains() == {}


@pytest.fixture
def orders(main_stack: Deployer) -> Deployer:
    """The orders deployed as the resources of the tests have them."""
    written, wanted = main_stack.folder / "regional.yaml", (RESOURCES / "orders" / "regional.yaml").read_bytes()
    if written.read_bytes() != wanted:
        written.write_bytes(wanted)
        main_stack.publish()
    main_stack.mraa("app", "deploy", "orders", "--yes")
    return main_stack


def facts(deployer: Deployer, region: str, name: str = "orders") -> dict[str, Any]:
    """The application's SSM parameter in a Region."""
    ssm = deployer.client("ssm", region)
    (found,) = [
        of["Name"] for of in ssm.describe_parameters()["Parameters"] if of["Name"].endswith(f"/application/{name}")
    ]
    return dict(json.loads(ssm.get_parameter(Name=found)["Parameter"]["Value"]))


def write(deployer: Deployer, region: str, order_id: str) -> tuple[dict[str, Any], bool]:
    """What the orders' function in a Region answers, and whether it failed."""
    name = facts(deployer, region)["outputs"]["WriterName"]
    answer = deployer.client("lambda", region).invoke(
        FunctionName=name, Payload=json.dumps({"orderId": order_id}).encode()
    )
    return dict(json.loads(answer["Payload"].read())), "FunctionError" in answer


def change(deployer: Deployer, name: str, **resources: Any) -> None:
    document = template(deployer.folder, name)
    document["Resources"] |= resources
    rewrite(deployer.folder, name, document)
    deployer.publish()


def test_an_application_writes_in_the_region_that_writes_and_is_fenced_in_the_other(orders: Deployer) -> None:
    answer, is_failed = write(orders, PRIMARY, "1")
    assert not is_failed and answer["role"] == "primary"
    state = orders.client("dynamodb", SECONDARY)
    (table,) = facts(orders, SECONDARY)["tables"]
    eventually(lambda: state.get_item(TableName=table, Key={"orderId": {"S": "1"}}).get("Item"))
    answer, is_failed = write(orders, SECONDARY, "2")
    assert is_failed and answer["errorType"] == "RegionFenced"


def test_each_region_keeps_what_recovery_needs_to_know(orders: Deployer) -> None:
    for region in REGIONS:
        found = facts(orders, region)
        assert (found["version"], found["name"], found["buckets"]) == (1, "orders", [])
        assert set(found["outputs"]) == {"WriterName", "QueueUrl"}
        assert found["tables"] == facts(orders, PRIMARY)["tables"] and len(found["tables"]) == 1


def test_a_second_deploy_changes_nothing(orders: Deployer) -> None:
    assert orders.result("app", "deploy", "orders", "--yes")["action"] == "unchanged"


def test_the_plan_shows_what_changes_in_the_nested_stack_of_each_region_and_which_permissions(orders: Deployer) -> None:
    topic = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}
    change(orders, "regional.yaml", Setting=topic)
    said = orders.mraa("app", "deploy", "orders", "--dry-run")
    for region in REGIONS:
        part = said[said.index(f"in {region}:") :]
        assert "~ Regional (AWS::CloudFormation::Stack)" in part
        assert "+ Setting (AWS::SSM::Parameter)" in part
    assert "! CloudFormation gets these permissions in both Regions:" in said
    assert "ssm: " in said
    assert orders.result("app", "deploy", "orders", "--yes")["action"] == "updated"


def test_an_update_that_fails_inside_names_the_resource_and_leaves_everything_else_alone(orders: Deployer) -> None:
    orders.mraa("app", "deploy", "bills", "--yes")
    before = {region: facts(orders, region) for region in REGIONS}
    for region in REGIONS:
        bad_there = {"Type": {"Fn::If": ["Here", "Nonsense", "String"]}, "Value": "x"}
        document = template(orders.folder, "regional.yaml")
        document["Conditions"] = {"Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, region]}}
        document["Resources"]["Bad"] = {"Type": "AWS::SSM::Parameter", "Properties": bad_there}
        rewrite(orders.folder, "regional.yaml", document)
        orders.publish()
        said = orders.mraa("app", "deploy", "orders", "--yes", expect=1)
        assert f"First cause: {region}: Bad (AWS::SSM::Parameter): " in said
        assert "run again: mraa app deploy orders" in said
        assert {of: facts(orders, of) for of in REGIONS} == before
    assert orders.result("app", "deploy", "bills", "--yes")["action"] == "unchanged"
    assert orders.result("deploy", "--yes")["action"] == "unchanged"
    assert write(orders, PRIMARY, "3")[1] is False


def test_drift_inside_an_application_is_found_in_its_region(orders: Deployer) -> None:
    orders.mraa("drift")
    queue = facts(orders, SECONDARY)["outputs"]["QueueUrl"]
    sqs = orders.client("sqs", SECONDARY)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "61"})
    said = orders.mraa("drift", expect=3)
    assert f"{SECONDARY}  mraa-orders/Regional: Queue (AWS::SQS::Queue)  MODIFIED" in said
    assert "/VisibilityTimeout: 60 -> 61" in said
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})
    orders.mraa("drift")


def test_the_main_stack_is_not_destroyed_while_an_application_stands_on_it(orders: Deployer) -> None:
    said = orders.mraa("destroy", "--yes", expect=2)
    assert "Application orders" in said or "orders" in said
    assert "mraa app destroy orders" in said
    assert orders.result("deploy", "--yes")["action"] == "unchanged"


def test_destroying_keeps_the_data_which_a_later_run_deletes(orders: Deployer) -> None:
    (table,) = facts(orders, PRIMARY)["tables"]
    first = orders.result("app", "destroy", "orders", "--yes")
    assert first["action"] == "deleted"
    assert {(of["kind"], of["name"], of["region"]) for of in first["left"]} == {
        ("table", table, region) for region in REGIONS
    }
    for region in REGIONS:
        assert table in orders.client("dynamodb", region).list_tables()["TableNames"]
    assert "To delete it: mraa app destroy orders --delete-data" in orders.mraa("app", "destroy", "orders")
    last = orders.result("app", "destroy", "orders", *DELETED, "orders")
    assert last["left"] == []
    for region in REGIONS:
        assert table not in orders.client("dynamodb", region).list_tables()["TableNames"]
    assert orders.result("app", "destroy", "orders", *DELETED, "orders")["action"] == "unchanged"


def test_a_creation_that_fails_is_recreated_by_the_next_run(orders: Deployer) -> None:
    orders.mraa("app", "destroy", "orders", *DELETED, "orders")
    bad = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "Nonsense", "Value": "x"}}
    document = template(orders.folder, "regional.yaml")
    document["Resources"]["Bad"] = bad
    rewrite(orders.folder, "regional.yaml", document)
    orders.publish()
    said = orders.mraa("app", "deploy", "orders", "--yes", expect=1)
    assert f"First cause: {SECONDARY}: Bad (AWS::SSM::Parameter): " in said
    del document["Resources"]["Bad"]
    rewrite(orders.folder, "regional.yaml", document)
    orders.publish()
    assert orders.result("app", "deploy", "orders", "--yes")["action"] == "created"
    assert write(orders, PRIMARY, "4")[1] is False


def test_what_init_writes_is_deployed_and_writes_in_the_region_that_writes(orders: Deployer) -> None:
    orders.mraa("app", "init", "first")
    orders.publish()
    orders.mraa("app", "deploy", "first", "--yes")
    answers = []
    for region in REGIONS:
        answer = orders.client("lambda", region).invoke(
            FunctionName=facts(orders, region, "first")["outputs"]["WriterName"], Payload=b'{"id": "1", "text": "x"}'
        )
        answers.append(json.loads(answer["Payload"].read())["statusCode"])
    assert answers == [200, 409]
    orders.mraa("app", "destroy", "first", *DELETED, "first")


def test_an_operator_reads_the_logs_of_its_functions_in_both_regions(orders: Deployer) -> None:
    write(orders, PRIMARY, "5")
    write(orders, SECONDARY, "6")
    person = make_user(orders.client, "reader", documents(OPERATOR_OF_ORDERS))
    reader = replace(orders, environment={**orders.environment, **person})
    found = reader.result("logs", "--application", "orders")
    assert found["problems"] == {}
    assert {(of["region"], of["source"].split()[0]) for of in found["lines"]} == {(of, "orders") for of in REGIONS}


def test_whoever_has_the_documented_policies_deploys_and_destroys_it(orders: Deployer) -> None:
    names = ("deployer", "deployer-buckets", "deployer-resources", "deployer-application")
    for name in ("orders", "bills"):  # the policy is for the orders alone
        orders.mraa("app", "destroy", name, *DELETED, name)
    person = make_user(orders.client, "applications", documents(names))
    deployer = replace(orders, environment={**orders.environment, **person})
    assert deployer.result("app", "deploy", "orders", "--yes")["action"] == "created"
    deployer.mraa("drift")
    assert deployer.result("app", "destroy", "orders", *DELETED, "orders")["left"] == []


def test_what_cannot_be_deployed_is_refused_in_one_line(orders: Deployer) -> None:
    assert "has no application 'nope'" in orders.mraa("app", "deploy", "nope", "--yes", expect=2)
    said = orders.mraa("app", "deploy", "orders", "--yes", "--solution-version", "v9", expect=2)
    assert "application-orders.template is missing" in said
    said = orders.mraa("app", "destroy", "orders", "--delete-data", "--yes", expect=2)
    assert "--confirm orders" in said
