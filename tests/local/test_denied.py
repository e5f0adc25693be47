"""What each role of a deployment must not be able to do, tried with its own credentials on the running local cloud."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa import names
from tests.local.deploying import ACCOUNT
from tests.local.operating import Deployment
from tests.regions import PRIMARY, SECONDARY

Clients = Callable[[str, str], Any]
Case = tuple[str, str, Any]  # service, operation, request

ITEM = {"appId": {"S": "x#fence#00"}}
STATE = {"appId": {"S": "x"}}
RECORD = {"pk": {"S": "PHOTO"}, "sk": {"S": "x"}}
TRUSTED = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}},
        ],
    }
)
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

# what nobody of them may do
EVERYWHERE: list[Case] = [
    ("iam", "create_user", {"UserName": "mallory"}),
    ("iam", "create_role", {"RoleName": "mallory", "AssumeRolePolicyDocument": TRUSTED}),
    ("lambda", "invoke", {"FunctionName": "{updater}", "Payload": b"{}"}),
    ("dynamodb", "delete_table", {"TableName": "{config}"}),
    ("dynamodb", "delete_item", {"TableName": "{config}", "Key": STATE}),
    ("dynamodb", "delete_item", {"TableName": "{store}", "Key": RECORD}),
    ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "canary/x"}),
    ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "public/x", "VersionId": "v"}),
    ("s3", "delete_object", {"Bucket": "{other bucket}", "Key": "public/x"}),
    ("s3", "delete_bucket", {"Bucket": "{bucket}"}),
    ("ssm", "put_parameter", {"Name": "{parameter}", "Value": "{}", "Type": "String", "Overwrite": True}),
    ("cloudformation", "delete_stack", {"StackName": "mraa"}),
]
DENIED: dict[str, list[Case]] = {
    "PhotosRole": [
        ("dynamodb", "put_item", {"TableName": "{config}", "Item": ITEM}),
        ("dynamodb", "update_item", {"TableName": "{config}", "Key": STATE}),
        ("dynamodb", "get_item", {"TableName": "{config}", "Key": STATE}),
        ("dynamodb", "scan", {"TableName": "{store}"}),
        ("dynamodb", "update_item", {"TableName": "{store}", "Key": RECORD}),
        ("s3", "put_object", {"Bucket": "{bucket}", "Key": "public/x", "Body": b""}),
        ("s3", "get_object", {"Bucket": "{bucket}", "Key": "canary/x"}),
        ("s3", "list_objects_v2", {"Bucket": "{other bucket}"}),
        ("logs", "create_log_stream", {"logGroupName": "{updater logs}", "logStreamName": "x"}),
        # the condition on what it may check: fences and names, not the record of the state, no record
        ("dynamodb", "transact_write_items", "check of the state"),
        ("dynamodb", "transact_write_items", "check of a record"),
    ],
    "AppStateUpdaterRole": [
        ("dynamodb", "put_item", {"TableName": "{store}", "Item": RECORD}),
        ("dynamodb", "scan", {"TableName": "{config}"}),
        ("s3", "get_object", {"Bucket": "{bucket}", "Key": "public/x"}),
        ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "public/x"}),
        ("events", "put_events", {"Entries": [{"Source": "mraa", "DetailType": "x", "Detail": "{}"}]}),
    ],
    "StateGuardRole": [
        ("dynamodb", "update_item", {"TableName": "{config}", "Key": STATE}),
        ("dynamodb", "put_item", {"TableName": "{store}", "Item": RECORD}),
        ("s3", "get_object", {"Bucket": "{bucket}", "Key": "public/x"}),
        ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "public/x"}),
    ],
    "RoutingLayerRole": [
        ("dynamodb", "put_item", {"TableName": "{config}", "Item": STATE}),
        ("dynamodb", "query", {"TableName": "{config}"}),
        ("dynamodb", "get_item", {"TableName": "{store}", "Key": RECORD}),
        ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "public/x"}),
    ],
    "ReplicationConfigurerRole": [
        ("s3", "put_bucket_replication", "of this Region's bucket"),
        ("s3", "get_object", {"Bucket": "{bucket}", "Key": "public/x"}),
        ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "public/x"}),
        ("dynamodb", "get_item", {"TableName": "{config}", "Key": STATE}),
    ],
    "ReplicationRole": [
        ("s3", "put_object", {"Bucket": "{bucket}", "Key": "public/x", "Body": b""}),
        ("s3", "get_object", {"Bucket": "{bucket}", "Key": "public/x"}),
        ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "public/x"}),
        ("s3", "put_bucket_versioning", {"Bucket": "{bucket}", "VersioningConfiguration": {"Status": "Suspended"}}),
        ("dynamodb", "get_item", {"TableName": "{config}", "Key": STATE}),
    ],
    "StackSetExecutionRole": [
        ("iam", "create_role", {"RoleName": "m", "Path": "{bounded}", "AssumeRolePolicyDocument": TRUSTED}),
        ("iam", "put_role_policy", {"RoleName": "{logging role}", "PolicyName": "x", "PolicyDocument": "{}"}),
        ("iam", "attach_role_policy", {"RoleName": "{photos role}", "PolicyArn": ADMINISTRATOR}),
        ("iam", "attach_role_policy", {"RoleName": "{logging role}", "PolicyArn": ADMINISTRATOR}),
        ("iam", "put_role_policy", {"RoleName": "{execution role}", "PolicyName": "x", "PolicyDocument": "{}"}),
        ("iam", "delete_role_permissions_boundary", {"RoleName": "{photos role}"}),
        ("dynamodb", "get_item", {"TableName": "{config}", "Key": STATE}),
        ("s3", "get_object", {"Bucket": "{bucket}", "Key": "public/x"}),
        ("s3", "create_bucket", {"Bucket": "mallory"}),
        ("lambda", "delete_function", {"FunctionName": "theirs"}),
        ("sqs", "create_queue", {"QueueName": "theirs"}),
        ("ssm", "delete_parameter", {"Name": "/mraa/theirs/regional"}),
        ("logs", "delete_log_group", {"logGroupName": "/aws/lambda/theirs"}),
        ("cloudwatch", "delete_alarms", {"AlarmNames": ["theirs"]}),
    ],
}


def cases() -> Iterator[Any]:
    for role, own in DENIED.items():
        shared: list[Case] = EVERYWHERE[:1] if role == "StackSetExecutionRole" else EVERYWHERE
        for number, (service, operation, request) in enumerate([*own, *shared]):
            yield pytest.param(role, service, operation, request, id=f"{role}-{operation}-{number}")


@pytest.fixture(scope="module")
def roles(deployed: Deployment) -> dict[str, str]:
    """The names of the roles of the main stack and of the primary stack instance, by logical id."""
    cf = deployed.aws.client("cloudformation", PRIMARY)
    [stack_set] = cf.list_stack_sets(Status="ACTIVE")["Summaries"]
    instances = cf.list_stack_instances(StackSetName=stack_set["StackSetName"])["Summaries"]
    stacks = ["mraa", *(of["StackId"] for of in instances if of["Region"] == PRIMARY)]
    found = [of for stack in stacks for of in cf.describe_stack_resources(StackName=stack)["StackResources"]]
    return {of["LogicalResourceId"]: of["PhysicalResourceId"] for of in found if of["ResourceType"] == "AWS::IAM::Role"}


@pytest.fixture(scope="module")
def assumed(
    deployed: Deployment, client: Callable[..., Any], roles: dict[str, str]
) -> Iterator[Callable[[str], Clients]]:
    """Clients with the credentials of a role; for that, its trust policy lets the operator in while the tests last."""
    iam, sts = client("iam", PRIMARY), client("sts", PRIMARY)
    operator = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    known: dict[str, dict[str, str]] = {}

    def assume(logical_id: str) -> Clients:
        if logical_id not in known:
            role = iam.get_role(RoleName=roles[logical_id])["Role"]
            trust = role["AssumeRolePolicyDocument"]
            opened = {**trust, "Statement": [*trust["Statement"], operator]}
            iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=json.dumps(opened))
            given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
            known[logical_id] = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        return lambda service, region: client(service, region, **known[logical_id])

    yield assume


@pytest.mark.parametrize(("role", "service", "operation", "request_of"), list(cases()))
def test_a_role_is_denied_what_it_has_no_business_with(
    role: str,
    service: str,
    operation: str,
    request_of: Any,
    deployed: Deployment,
    roles: dict[str, str],
    assumed: Callable[[str], Clients],
) -> None:
    request = _special(request_of, deployed, roles) if isinstance(request_of, str) else request_of
    request = _filled(request, _names(deployed, roles))
    with pytest.raises(ClientError) as refused:
        getattr(assumed(role)(service, PRIMARY), operation)(**request)
    code, message = refused.value.response["Error"]["Code"], str(refused.value)
    assert code in ("AccessDenied", "AccessDeniedException"), message


def test_the_same_roles_may_do_what_they_are_for(
    deployed: Deployment, roles: dict[str, str], assumed: Callable[[str], Clients]
) -> None:
    """Else the denials above would prove nothing."""
    of = _names(deployed, roles)
    assumed("PhotosRole")("dynamodb", PRIMARY).put_item(TableName=of["store"], Item=RECORD)
    assumed("PhotosRole")("s3", PRIMARY).delete_object(Bucket=of["bucket"], Key="public/x")
    assumed("AppStateUpdaterRole")("dynamodb", PRIMARY).put_item(TableName=of["config"], Item={"appId": {"S": "test"}})
    assumed("RoutingLayerRole")("dynamodb", PRIMARY).get_item(TableName=of["config"], Key=STATE)
    assumed("StateGuardRole")("dynamodb", PRIMARY).describe_table(TableName=of["config"])
    assumed("ReplicationConfigurerRole")("s3", SECONDARY).get_bucket_replication(Bucket=of["other bucket"])
    assumed("ReplicationRole")("s3", PRIMARY).list_objects_v2(Bucket=of["bucket"])
    assumed("StackSetExecutionRole")("iam", PRIMARY).get_role(RoleName=of["photos role"])
    deployed.aws.client("dynamodb", PRIMARY).delete_item(TableName=of["store"], Key=RECORD)
    deployed.aws.client("dynamodb", PRIMARY).delete_item(TableName=of["config"], Key={"appId": {"S": "test"}})


def _names(deployed: Deployment, roles: dict[str, str]) -> dict[str, str]:
    info, other = deployed.regions[PRIMARY], deployed.regions[SECONDARY]
    token = info.app_id.replace("-", "")
    return {
        "config": info.app_config_table,
        "store": info.key_value_store_table,
        "bucket": info.object_store_bucket,
        "other bucket": other.object_store_bucket,
        "updater": info.app_state_updater_function,
        "updater logs": names.function_logs(token, names.APP_STATE_UPDATER),
        "parameter": names.regional_parameter(token),
        "bounded": names.bounded_role_path(token),
        "logging role": roles["ApiGatewayLogsRole"],
        "photos role": roles["PhotosRole"],
        "execution role": roles["StackSetExecutionRole"],
    }


def _filled(value: Any, of: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(part, of) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, of) for part in value]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}") and value[1:-1] in of:
        return of[value[1:-1]]
    return value


def _special(kind: str, deployed: Deployment, roles: dict[str, str]) -> dict[str, Any]:
    of = _names(deployed, roles)
    checked = {"check of the state": ("config", STATE, "appId"), "check of a record": ("store", RECORD, "pk")}
    if kind in checked:
        table, key, name = checked[kind]
        check = {"TableName": of[table], "Key": key, "ConditionExpression": f"attribute_not_exists({name})"}
        return {"TransactItems": [{"ConditionCheck": check}]}
    iam = deployed.aws.client("iam", PRIMARY)
    rule = {
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{of['other bucket']}"},
    }
    role = iam.get_role(RoleName=roles["ReplicationRole"])["Role"]["Arn"]
    return {"Bucket": of["bucket"], "ReplicationConfiguration": {"Role": role, "Rules": [rule]}}
