"""Keys, signatures and policies at the door, and the environment in which functions run."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local import environment, process
from mraa_local.process import LocalCloud
from tests.local.conftest import make_client
from tests.local.requests import create_function, send
from tests.regions import PRIMARY, REGIONS, SECONDARY

PROBE = """
import os
def handle(event, context):
    return {name: os.environ.get(name) for name in event}
"""


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_the_operator_is_an_iam_user_of_the_one_account(client: Callable[..., Any]) -> None:
    caller = client("sts").get_caller_identity()
    assert caller["Arn"] == f"arn:aws:iam::{environment.ACCOUNT_ID}:user/mraa-operator"
    assert caller["Account"] == environment.ACCOUNT_ID


@pytest.mark.parametrize("key", ["test", "000000000000", "123456789012", "AKIAIOSFODNN7EXAMPLE"])
def test_no_built_in_key_is_accepted(client: Callable[..., Any], key: str) -> None:
    for service, call in (("sts", "get_caller_identity"), ("s3", "list_buckets"), ("cloudformation", "list_stacks")):
        with pytest.raises(ClientError) as refused:
            getattr(client(service, aws_access_key_id=key, aws_secret_access_key="test"), call)()
        assert code_of(refused) in {"InvalidClientTokenId", "InvalidAccessKeyId"}


def test_a_wrong_secret_is_a_wrong_signature(cloud: LocalCloud, client: Callable[..., Any]) -> None:
    key = cloud.environment["AWS_ACCESS_KEY_ID"]
    with pytest.raises(ClientError) as refused:
        client("s3", aws_access_key_id=key, aws_secret_access_key="guessed").list_buckets()
    assert code_of(refused) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("path", "body"),
    [("/", ""), ("/some-bucket", ""), ("/", "Action=ListStacks"), ("/2015-03-31/functions/", "")],
)
def test_an_unsigned_request_is_refused(cloud: LocalCloud, path: str, body: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    assert send(cloud, "POST" if body else "GET", path, headers, body).status in {400, 403}


def test_a_presigned_url_gives_access_to_its_object_only(cloud: LocalCloud, client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="presigned")
    for key in ("mine", "other"):
        s3.put_object(Bucket="presigned", Key=key, Body=key.encode())
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "mine"})
    path = url.removeprefix(cloud.endpoint)
    assert send(cloud, "GET", path).body == b"mine"
    assert send(cloud, "GET", path.replace("/mine", "/other")).status == 403
    assert send(cloud, "GET", path.split("?")[0]).status == 403
    stale = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "mine"}, ExpiresIn=-10)
    assert send(cloud, "GET", stale.removeprefix(cloud.endpoint)).status == 403


def test_a_user_may_do_what_its_policy_allows_and_no_more(client: Callable[..., Any]) -> None:
    iam = client("iam")
    iam.create_user(UserName="reader")
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:*:*:parameter/open"}],
    }
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=json.dumps(policy))
    for name in ("/open", "/closed"):
        client("ssm").put_parameter(Name=name, Value="1", Type="String")
    reader = client("ssm", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert reader.get_parameter(Name="/open")["Parameter"]["Value"] == "1"
    with pytest.raises(ClientError) as refused:
        reader.get_parameter(Name="/closed")
    assert code_of(refused) == "AccessDeniedException"


def test_sign_up_needs_no_signature(cloud: LocalCloud, client: Callable[..., Any]) -> None:
    pools = client("cognito-idp")
    pool = pools.create_user_pool(PoolName="p")["UserPool"]["Id"]
    app = pools.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    answer = send(
        cloud,
        "POST",
        "/",
        {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp",
        },
        json.dumps({"ClientId": app, "Username": "someone", "Password": "Pass-w0rd!"}),
    )
    assert answer.status == 200


@pytest.mark.parametrize("region", REGIONS)
def test_a_function_knows_its_region_and_where_the_cloud_is(
    cloud: LocalCloud, client: Callable[..., Any], region: str
) -> None:
    create_function(client, region, "probe", PROBE)
    asked = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "MRAA_API_URL", "MRAA_OBJECT_URL", "AWS_PROFILE"]
    answer = client("lambda", region).invoke(FunctionName="probe", Payload=json.dumps(asked))
    assert json.load(answer["Payload"]) == {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "MRAA_API_URL": f"{cloud.endpoint}/_aws/execute-api/{{id}}",
        "MRAA_OBJECT_URL": f"{cloud.endpoint}/{{id}}",
        "AWS_PROFILE": None,
    }


def test_a_function_has_its_roles_permissions_and_not_the_operators_secret(
    client: Callable[..., Any], cloud: LocalCloud
) -> None:
    source = """
import boto3, os
def handle(event, context):
    session = boto3.Session()
    try:
        session.client("s3").list_buckets()
        allowed = True
    except Exception:
        allowed = False
    arn = session.client("sts").get_caller_identity()["Arn"]
    return {"arn": arn, "allowed": allowed, "environment": "\\n".join(os.environ.values())}
"""
    create_function(client, "eu-west-1", "rights", source)
    said = json.load(client("lambda", "eu-west-1").invoke(FunctionName="rights", Payload=b"{}")["Payload"])
    assert ":assumed-role/rights-eu-west-1/" in said["arn"]
    assert said["allowed"] is False
    assert cloud.environment["AWS_SECRET_ACCESS_KEY"] not in said["environment"]
    assert cloud.token not in said["environment"]


def test_a_bucket_is_in_the_region_where_it_was_created(client: Callable[..., Any]) -> None:
    """As `aws s3 mb --region` makes it."""
    tokyo = client("s3", SECONDARY)
    tokyo.create_bucket(Bucket="in-tokyo", CreateBucketConfiguration={"LocationConstraint": SECONDARY})
    client("s3", PRIMARY).create_bucket(Bucket="in-virginia")
    assert tokyo.get_bucket_location(Bucket="in-tokyo")["LocationConstraint"] == SECONDARY
    assert client("s3").get_bucket_location(Bucket="in-virginia")["LocationConstraint"] is None
    assert tokyo.head_bucket(Bucket="in-tokyo", ExpectedBucketOwner=environment.ACCOUNT_ID)["BucketRegion"] == (
        SECONDARY
    )
    with pytest.raises(ClientError) as refused:
        tokyo.head_bucket(Bucket="in-tokyo", ExpectedBucketOwner="111122223333")
    assert code_of(refused) == "403"


def test_a_service_that_is_not_used_is_off(client: Callable[..., Any], cloud: LocalCloud) -> None:
    with pytest.raises(ClientError):
        client("ec2").describe_instances()
    assert send(cloud, "GET", "/latest/meta-data/iam/security-credentials/").status == 501


def test_without_authentication_any_key_will_do(local_home: Any) -> None:
    cloud = process.start(auth=False)
    try:
        for key in ("test", "anything"):
            s3 = make_client(cloud, "s3", PRIMARY, aws_access_key_id=key, aws_secret_access_key="x")
            assert s3.list_buckets()["Buckets"] == []
        assert cloud.environment["AWS_ACCESS_KEY_ID"] == "test"
    finally:
        process.stop(cloud.port)
