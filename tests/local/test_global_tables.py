"""Global tables created by CloudFormation on the running local cloud."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local import deploying
from tests.local.deploying import resource, template, unique
from tests.regions import PRIMARY, REGIONS, SECONDARY

Make = Callable[..., Any]
RECOVERY = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


def table_template(name: str, replicas: list[dict[str, Any]], **properties: Any) -> dict[str, Any]:
    table = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "Replicas": replicas,
        **properties,
    }
    outputs = {name: {"Value": {"Fn::GetAtt": ["Table", name]}} for name in ("Arn", "StreamArn", "TableId")}
    return template({"Table": resource("AWS::DynamoDB::GlobalTable", table)}, Outputs=outputs)


def both(**settings: Any) -> list[dict[str, Any]]:
    return [{"Region": PRIMARY, **settings}, {"Region": SECONDARY, **settings}]


def described(client: Make, region: str, name: str) -> dict[str, Any]:
    table: dict[str, Any] = client("dynamodb", region).describe_table(TableName=name)["Table"]
    return table


def test_both_regions_get_a_replica_with_settings_of_its_own(cf: Any, client: Make) -> None:
    name = unique("table")
    replicas: list[dict[str, Any]] = [
        {"Region": PRIMARY, **RECOVERY, "Tags": [{"Key": "where", "Value": "primary"}]},
        {"Region": SECONDARY, "DeletionProtectionEnabled": True, "Tags": [{"Key": "where", "Value": "secondary"}]},
    ]
    stack = deploying.create(cf, unique("stack"), table_template(name, replicas))
    assert stack["StackStatus"] == "CREATE_COMPLETE"

    primary, secondary = described(client, PRIMARY, name), described(client, SECONDARY, name)
    assert [of["RegionName"] for of in primary["Replicas"]] == [SECONDARY]
    assert [of["RegionName"] for of in secondary["Replicas"]] == [PRIMARY]
    assert (primary["DeletionProtectionEnabled"], secondary["DeletionProtectionEnabled"]) == (False, True)
    assert {primary["SSEDescription"]["Status"], secondary["SSEDescription"]["Status"]} == {"ENABLED"}
    assert secondary["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    outputs = {of["OutputKey"]: of["OutputValue"] for of in stack["Outputs"]}
    assert outputs == {
        "Arn": primary["TableArn"],
        "StreamArn": primary["LatestStreamArn"],
        "TableId": primary["TableId"],
    }
    statuses = [
        client("dynamodb", region).describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"][
            "PointInTimeRecoveryDescription"
        ]["PointInTimeRecoveryStatus"]
        for region in REGIONS
    ]
    assert statuses == ["ENABLED", "DISABLED"]
    tags = client("dynamodb", SECONDARY).list_tags_of_resource(ResourceArn=secondary["TableArn"])["Tags"]
    assert tags == [{"Key": "where", "Value": "secondary"}]


def test_items_reach_the_replica(cf: Any, client: Make) -> None:
    name = unique("table")
    deploying.create(cf, unique("stack"), table_template(name, both()))
    client("dynamodb", PRIMARY).put_item(TableName=name, Item={"pk": {"S": "one"}})

    found = deploying.eventually(
        lambda: client("dynamodb", SECONDARY).get_item(TableName=name, Key={"pk": {"S": "one"}}).get("Item")
    )
    assert found == {"pk": {"S": "one"}}


def test_deletion_protection_can_be_turned_on_and_then_keeps_the_tables(cf: Any, client: Make) -> None:
    name = unique("table")
    stack = deploying.create(cf, unique("stack"), table_template(name, both()))
    on = table_template(name, both(DeletionProtectionEnabled=True))

    stack = deploying.update(cf, stack["StackName"], on)
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert described(client, SECONDARY, name)["DeletionProtectionEnabled"]

    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_FAILED"
    assert "protected against deletion" in deploying.reason(cf, stack["StackId"], "Table")
    assert described(client, PRIMARY, name)["Replicas"], "nothing may be deleted while one replica is protected"


def test_deleting_the_stack_deletes_every_replica(cf: Any, client: Make) -> None:
    name = unique("table")
    stack = deploying.create(cf, unique("stack"), table_template(name, both()))

    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    for region in REGIONS:
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            described(client, region, name)


def test_a_replica_can_be_added_and_removed(cf: Any, client: Make) -> None:
    name = unique("table")
    stack = deploying.create(cf, unique("stack"), table_template(name, [{"Region": PRIMARY}]))
    client("dynamodb", PRIMARY).put_item(TableName=name, Item={"pk": {"S": "one"}})

    deploying.update(cf, stack["StackName"], table_template(name, both()))
    assert client("dynamodb", SECONDARY).get_item(TableName=name, Key={"pk": {"S": "one"}})["Item"]

    deploying.update(cf, stack["StackName"], table_template(name, [{"Region": PRIMARY}]))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        described(client, SECONDARY, name)
    assert described(client, PRIMARY, name)["TableStatus"] == "ACTIVE"


def test_the_stacks_own_region_must_be_among_the_replicas(cf: Any, client: Make) -> None:
    name = unique("table")
    stack = deploying.create(cf, unique("stack"), table_template(name, [{"Region": SECONDARY}]))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Region of the stack" in deploying.reason(cf, stack["StackId"], "Table")


def test_a_region_that_does_not_exist_is_refused(cf: Any) -> None:
    replicas = [{"Region": PRIMARY}, {"Region": "atlantis-1"}]
    stack = deploying.create(cf, unique("stack"), table_template(unique("table"), replicas))
    assert "Region atlantis-1 is not supported" in deploying.reason(cf, stack["StackId"], "Table")


def test_a_replica_that_cannot_be_created_rolls_the_table_back(cf: Any, client: Make) -> None:
    name = unique("table")
    client("dynamodb", SECONDARY).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )

    stack = deploying.create(cf, unique("stack"), table_template(name, both()))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "already existed" in deploying.reason(cf, stack["StackId"], "Table")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        described(client, PRIMARY, name)
    assert described(client, SECONDARY, name)["TableStatus"] == "ACTIVE"


def test_retain_except_on_create_retains_after_a_deletion_but_not_after_a_failed_creation(
    cf: Any, client: Make
) -> None:
    kept, gone = unique("table"), unique("table")

    def retained(name: str) -> dict[str, Any]:
        body = table_template(name, both())
        body["Resources"]["Table"]["DeletionPolicy"] = "RetainExceptOnCreate"
        return body

    stack = deploying.create(cf, unique("stack"), retained(kept))
    deploying.delete(cf, stack["StackId"])
    assert described(client, SECONDARY, kept)["TableStatus"] == "ACTIVE"
    assert ("Table", "DELETE_SKIPPED", "") in deploying.events(cf, stack["StackId"])

    failing = retained(gone)
    failing["Resources"]["Bad"] = resource("AWS::SSM::Parameter", {"Type": "Nonsense", "Value": "x"}, DependsOn="Table")
    stack = deploying.create(cf, unique("stack"), failing)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        described(client, PRIMARY, gone)


def test_a_source_table_is_deleted_after_its_replica_only(client: Make) -> None:
    name, source, replica = unique("table"), client("dynamodb", PRIMARY), client("dynamodb", SECONDARY)
    source.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    source.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": SECONDARY}}])
    refused = "acted as a source region for new replica.*last 24 hours"
    with pytest.raises(ClientError, match=refused):
        source.delete_table(TableName=name)
    with pytest.raises(ClientError, match=refused):
        replica.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": PRIMARY}}])
    replica.delete_table(TableName=name)
    source.delete_table(TableName=name)
    assert name not in source.list_tables()["TableNames"]
