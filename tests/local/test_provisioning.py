"""What AWS refuses when a resource is created or deleted, refused on the running local cloud too."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local import deploying
from tests.local.deploying import ACCOUNT, resource, template, unique
from tests.regions import PRIMARY

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


@pytest.fixture(scope="module")
def role(client: Make) -> str:
    """The ARN of a role that Lambda can assume."""
    return make_role(client, "lambda.amazonaws.com")


def make_role(client: Make, service: str) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    name = unique("role")
    return str(client("iam", PRIMARY).create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])


def function(role: str, **properties: Any) -> dict[str, Any]:
    return resource(
        "AWS::Lambda::Function",
        {
            "FunctionName": unique("f"),
            "Runtime": "python3.13",
            "Handler": "index.handle",
            "Role": role,
            "Code": {"ZipFile": "def handle(event, context): return 1"},
            **properties,
        },
    )


def refused(cf: Any, made: dict[str, Any]) -> str:
    """Why the resource could not be created."""
    stack = deploying.create(cf, unique("stack"), template({"R": made}))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    return deploying.reason(cf, stack["StackId"], "R")


def test_a_function_without_code_in_the_bucket_is_refused(cf: Any, client: Make, role: str) -> None:
    bucket = unique("code")
    code = {"S3Bucket": bucket, "S3Key": "v1/none.zip"}
    assert "NoSuchBucket" in refused(cf, function(role, Code=code))
    client("s3", PRIMARY).create_bucket(Bucket=bucket)
    assert "NoSuchKey" in refused(cf, function(role, Code=code))


def test_a_function_whose_name_exists_is_refused_and_the_other_one_is_kept(cf: Any, client: Make, role: str) -> None:
    made = function(role)
    deploying.create(cf, unique("stack"), template({"R": made}))
    assert "Function already exist" in refused(cf, made)
    name = made["Properties"]["FunctionName"]
    assert client("lambda", PRIMARY).invoke(FunctionName=name)["Payload"].read() == b"1"


def test_a_function_whose_role_does_not_trust_lambda_is_refused(cf: Any, client: Make) -> None:
    expected = "The role defined for the function cannot be assumed by Lambda."
    assert expected in refused(cf, function(make_role(client, "s3.amazonaws.com")))
    assert expected in refused(cf, function(f"arn:aws:iam::{ACCOUNT}:role/nobody"))


def test_a_log_group_whose_name_exists_is_refused(cf: Any, client: Make) -> None:
    name = f"/aws/lambda/{unique('group')}"
    client("logs", PRIMARY).create_log_group(logGroupName=name)
    assert "already exists" in refused(cf, resource("AWS::Logs::LogGroup", {"LogGroupName": name}))
    groups = client("logs", PRIMARY).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert [of["logGroupName"] for of in groups] == [name]


def test_a_permission_for_a_missing_function_is_refused(cf: Any) -> None:
    properties = {"Action": "lambda:InvokeFunction", "FunctionName": "nobody", "Principal": "s3.amazonaws.com"}
    assert "Function not found: nobody" in refused(cf, resource("AWS::Lambda::Permission", properties))


def test_a_dashboard_that_is_not_json_is_refused(cf: Any) -> None:
    properties = {"DashboardName": unique("board"), "DashboardBody": "{"}
    assert "DashboardBody" in refused(cf, resource("AWS::CloudWatch::Dashboard", properties))


def test_a_role_with_a_policy_of_another_stack_is_not_deleted_before_that(cf: Any, client: Make) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    body = template(
        {"Role": resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": document})},
        Outputs={"Name": {"Value": {"Ref": "Role"}}},
    )
    stack = deploying.create(cf, unique("stack"), body)
    iam, name = client("iam", PRIMARY), stack["Outputs"][0]["OutputValue"]
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName=name, PolicyName="foreign", PolicyDocument=policy)

    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_FAILED"
    assert "must delete policies first" in deploying.reason(cf, stack["StackId"], "Role")

    iam.delete_role_policy(RoleName=name, PolicyName="foreign")
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_the_accounts_logging_role_is_checked_and_kept_after_the_stack(cf: Any, client: Make) -> None:
    account = "AWS::ApiGateway::Account"
    wrong = make_role(client, "lambda.amazonaws.com")
    assert "does not have required permissions" in refused(cf, resource(account, {"CloudWatchRoleArn": wrong}))

    right = make_role(client, "apigateway.amazonaws.com")
    body = template({"R": resource(account, {"CloudWatchRoleArn": right})})
    stack = deploying.create(cf, unique("stack"), body)
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert client("apigateway", PRIMARY).get_account()["cloudwatchRoleArn"] == right


def distribution(bucket: str, **origin: Any) -> dict[str, Any]:
    config = {
        "Enabled": True,
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
        "Origins": [{"Id": "o", "DomainName": f"{bucket}.s3.amazonaws.com", "S3OriginConfig": {}, **origin}],
        "Logging": {"Bucket": f"{bucket}.s3.amazonaws.com"},
    }
    return resource("AWS::CloudFront::Distribution", {"DistributionConfig": config})


def test_a_distributions_references_must_exist_and_its_log_bucket_must_allow_acls(cf: Any, client: Make) -> None:
    bucket, s3 = unique("logs"), client("s3", PRIMARY)
    s3.create_bucket(Bucket=bucket)
    assert "origin access control does not exist" in refused(cf, distribution(bucket, OriginAccessControlId="E1NONE"))
    assert "does not enable ACL access" in refused(cf, distribution(bucket))
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    stack = deploying.create(cf, unique("stack"), template({"R": distribution(bucket)}))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
