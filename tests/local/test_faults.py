"""What breaks when a fault is set, and that it works again afterwards."""

import http.client
import json
import select
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from mraa_local import control
from mraa_local.environment import ACCOUNT_ID
from mraa_local.errors import RefusedError
from mraa_local.process import LocalCloud
from tests.local.requests import create_function, send
from tests.regions import PRIMARY, REGIONS, SECONDARY


@pytest.fixture
def fault(cloud: LocalCloud) -> Iterator[Callable[..., dict[str, Any]]]:
    """``fault(...)`` sets one; all are gone after the test."""
    url = cloud.environment["MRAA_FAULT_URL"]

    def set_it(**request: Any) -> dict[str, Any]:
        return control.set_fault(url, **request)

    yield set_it
    left = control.faults(url)
    for region in left["down"]:
        set_it(fault="region", region=region, state="up")
    for service in left["throttle"]:
        set_it(fault="throttle", service=service, rate=0)


@pytest.fixture(scope="module")
def populated(client: Callable[..., Any]) -> Callable[..., Any]:
    """Both Regions with a bucket, a table, a parameter, a function and a user pool each."""
    for region in REGIONS:
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != PRIMARY else {}
        client("s3", region).create_bucket(Bucket=f"objects-{region}", **where)
        client("s3", region).put_object(Bucket=f"objects-{region}", Key="k", Body=b"x")
        client("dynamodb", region).create_table(
            TableName="table",
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client("ssm", region).put_parameter(Name="/p", Value="1", Type="String")
        create_function(client, region, "echo", "def handle(event, context): return event")
    return client


CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("cloudformation", "list_stacks", {}),
    ("cloudwatch", "list_metrics", {}),
    ("dynamodb", "get_item", {"TableName": "table", "Key": {"k": {"S": "1"}}}),
    ("lambda", "invoke", {"FunctionName": "echo", "Payload": b"{}"}),
    ("logs", "describe_log_groups", {}),
    ("s3", "list_buckets", {}),
    ("ssm", "get_parameter", {"Name": "/p"}),
    ("sts", "get_caller_identity", {}),
    ("cognito-idp", "list_user_pools", {"MaxResults": 1}),
    ("apigateway", "get_rest_apis", {}),
]


@pytest.mark.parametrize(("service", "call", "values"), CALLS, ids=[service for service, _, _ in CALLS])
def test_a_region_that_is_down_answers_503_and_the_other_one_keeps_working(
    populated: Callable[..., Any], fault: Callable[..., Any], service: str, call: str, values: dict[str, Any]
) -> None:
    fault(fault="region", region=PRIMARY, state="down")
    with pytest.raises(ClientError) as refused:
        getattr(populated(service, PRIMARY), call)(**values)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    getattr(populated(service, SECONDARY), call)(**values)
    fault(fault="region", region=PRIMARY, state="up")
    getattr(populated(service, PRIMARY), call)(**values)


def test_a_region_that_hangs_does_not_answer_and_the_other_one_keeps_working(
    cloud: LocalCloud, populated: Callable[..., Any], fault: Callable[..., Any]
) -> None:
    said = fault(fault="region", region=PRIMARY, state="hangs")
    assert (said["down"], said["hanging"]) == ([PRIMARY], [PRIMARY])
    keys = {
        "aws_access_key_id": cloud.environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": cloud.environment["AWS_SECRET_ACCESS_KEY"],
    }
    config = Config(retries={"total_max_attempts": 1}, read_timeout=0.5)
    patient = boto3.client("ssm", region_name=PRIMARY, endpoint_url=cloud.endpoint, config=config, **keys)
    with pytest.raises(ReadTimeoutError):
        patient.put_parameter(Name="/unheard", Value="1", Type="String")
    populated("ssm", SECONDARY).get_parameter(Name="/p")
    assert fault(fault="region", region=PRIMARY, state="up")["hanging"] == []
    with pytest.raises(ClientError, match="ParameterNotFound"):
        populated("ssm", PRIMARY).get_parameter(Name="/unheard")


def test_what_still_waits_when_a_region_no_longer_hangs_is_refused(
    cloud: LocalCloud, populated: Callable[..., Any], fault: Callable[..., Any]
) -> None:
    fault(fault="region", region=PRIMARY, state="hangs")
    waiting = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=30)
    waiting.request("GET", f"/objects-{PRIMARY}/k")
    for _ in range(5):  # who asks later is answered
        populated("ssm", SECONDARY).get_parameter(Name="/p")
    assert select.select([waiting.sock], [], [], 0)[0] == []
    fault(fault="region", region=PRIMARY, state="up")
    answer = waiting.getresponse()
    assert (answer.status, f"{PRIMARY} is down" in answer.read().decode()) == (503, True)
    waiting.close()


def test_a_bucket_is_lost_with_its_region_whatever_region_the_request_was_signed_for(
    cloud: LocalCloud, populated: Callable[..., Any], fault: Callable[..., Any]
) -> None:
    lost = f"objects-{PRIMARY}"
    url = populated("s3", PRIMARY).generate_presigned_url("get_object", Params={"Bucket": lost, "Key": "k"})
    fault(fault="region", region=PRIMARY, state="down")
    elsewhere = populated("s3", SECONDARY)
    asks: tuple[Callable[[], Any], ...] = (
        lambda: elsewhere.get_object(Bucket=lost, Key="k"),
        lambda: elsewhere.head_object(Bucket=lost, Key="k"),
        lambda: elsewhere.copy_object(Bucket=f"objects-{SECONDARY}", Key="c", CopySource={"Bucket": lost, "Key": "k"}),
    )
    for ask in asks:
        with pytest.raises(ClientError) as refused:
            ask()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert send(cloud, "GET", url.removeprefix(cloud.endpoint)).status == 503
    assert elsewhere.get_object(Bucket=f"objects-{SECONDARY}", Key="k")["Body"].read() == b"x"


def test_sign_in_is_lost_with_the_pools_region(
    cloud: LocalCloud, client: Callable[..., Any], fault: Callable[..., Any]
) -> None:
    pools = client("cognito-idp", SECONDARY)
    pool = pools.create_user_pool(PoolName="p")["UserPool"]["Id"]
    app = pools.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    identities = client("cognito-identity", SECONDARY)
    identity_pool = identities.create_identity_pool(IdentityPoolName="i", AllowUnauthenticatedIdentities=True)
    fault(fault="region", region=SECONDARY, state="down")
    for target, body in (
        ("AWSCognitoIdentityProviderService.SignUp", {"ClientId": app, "Username": "a", "Password": "Pass-w0rd!"}),
        ("AWSCognitoIdentityService.GetId", {"IdentityPoolId": identity_pool["IdentityPoolId"]}),
    ):
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        assert send(cloud, "POST", "/", headers, json.dumps(body)).status == 503
    assert send(cloud, "GET", f"/{pool}/.well-known/jwks.json").status == 503
    fault(fault="region", region=SECONDARY, state="up")
    assert send(cloud, "GET", f"/{pool}/.well-known/jwks.json").status == 200


def test_a_page_of_ours_can_read_that_the_region_is_down(
    cloud: LocalCloud, populated: Callable[..., Any], fault: Callable[..., Any]
) -> None:
    fault(fault="region", region=PRIMARY, state="down")
    origin = f"http://site.cloudfront.localhost:{cloud.port}"
    answer = send(cloud, "GET", f"/objects-{PRIMARY}/k", {"Origin": origin})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (503, origin)


def test_a_stack_cannot_be_created_in_a_region_that_is_down(
    populated: Callable[..., Any], fault: Callable[..., Any]
) -> None:
    fault(fault="region", region=PRIMARY, state="down")
    with pytest.raises(ClientError, match="us-east-1 is down"):
        populated("cloudformation", PRIMARY).create_stack(StackName="s", TemplateBody="{}")


@pytest.mark.parametrize(
    ("service", "call", "values", "code"),
    [
        ("dynamodb", "list_tables", {}, "ThrottlingException"),
        ("s3", "list_buckets", {}, "SlowDown"),
        ("lambda", "list_functions", {}, "TooManyRequestsException"),
        ("cloudformation", "list_stacks", {}, "Throttling"),
        ("ssm", "describe_parameters", {}, "ThrottlingException"),
    ],
)
def test_a_throttled_service_refuses_its_share_with_its_own_error(
    client: Callable[..., Any], fault: Callable[..., Any], service: str, call: str, values: dict[str, Any], code: str
) -> None:
    fault(fault="throttle", service=service, rate=0.25)
    outcomes = []
    for _ in range(8):
        try:
            getattr(client(service), call)(**values)
            outcomes.append("done")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    assert outcomes == ["done", "done", "done", code] * 2
    fault(fault="throttle", service=service, rate=0)
    getattr(client(service), call)(**values)


def test_the_faults_that_are_set_are_listed(cloud: LocalCloud, fault: Callable[..., Any]) -> None:
    fault(fault="region", region=SECONDARY, state="down")
    said = fault(fault="throttle", service="s3", rate=0.5)
    assert (said["down"], said["throttle"]) == ([SECONDARY], {"s3": 0.5})
    assert control.faults(cloud.environment["MRAA_FAULT_URL"]) == said


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"fault": "fire"},
        {"fault": "region", "region": "Mars", "state": "down"},
        {"fault": "region", "region": PRIMARY, "state": "sideways"},
        {"fault": "region", "region": PRIMARY, "state": "down", "for": 5},
        {"fault": "throttle", "service": "s4", "rate": 0.5},
        {"fault": "throttle", "service": "s3", "rate": 2},
        {"fault": "throttle", "service": "s3", "rate": "much"},
        {"fault": "lag", "from": PRIMARY, "to": PRIMARY, "ms": 5},
        {"fault": "lag", "from": PRIMARY, "to": SECONDARY, "ms": -1},
        {"fault": "cut", "from": PRIMARY},
        {"fault": "clock-skew", "region": PRIMARY, "seconds": "many"},
        {"fault": "clock-skew", "region": PRIMARY, "seconds": float("nan")},
        {"fault": "clock-skew", "region": PRIMARY, "seconds": 86_401},
        {"fault": "clock-skew", "region": "Mars", "seconds": 1},
        {"fault": "schedule-speed", "factor": 0},
        {"fault": "schedule-speed", "factor": float("nan")},
        {"fault": "schedule-speed", "factor": 2, "region": PRIMARY},
        {"fault": "transaction", "ms": -1},
        {"fault": "transaction", "ms": 0.5},
    ],
)
def test_an_invalid_fault_is_refused_and_changes_nothing(
    cloud: LocalCloud, fault: Callable[..., Any], request_: dict[str, Any]
) -> None:
    before = control.faults(cloud.environment["MRAA_FAULT_URL"])
    with pytest.raises(RefusedError):
        fault(**request_)
    assert control.faults(cloud.environment["MRAA_FAULT_URL"]) == before


def test_a_clocks_skew_is_listed_until_it_is_zero(fault: Callable[..., Any]) -> None:
    assert fault(fault="clock-skew", region=PRIMARY, seconds=-2.5)["clockSkew"] == {PRIMARY: -2.5}
    assert fault(fault="clock-skew", region=PRIMARY, seconds=0)["clockSkew"] == {}


def test_bytes_that_are_not_json_are_a_bad_request(cloud: LocalCloud) -> None:
    path = cloud.environment["MRAA_FAULT_URL"].removeprefix(cloud.endpoint)
    assert send(cloud, "POST", path, {}, "{").status == 400
    assert send(cloud, "POST", path, {}, '"region"').status == 400
    assert send(cloud, "DELETE", path).status == 405


def test_a_plain_program_can_set_a_fault_too(cloud: LocalCloud, fault: Callable[..., Any]) -> None:
    body = json.dumps({"fault": "region", "region": PRIMARY, "state": "down"}).encode()
    with urllib.request.urlopen(cloud.environment["MRAA_FAULT_URL"], body, timeout=10) as answer:
        assert json.load(answer)["down"] == [PRIMARY]


def test_no_stack_instance_is_created_in_a_region_that_is_down(
    client: Callable[..., Any], fault: Callable[..., Any]
) -> None:
    """The stack set works from the other Region, and never passes the door of the one that is down."""
    sets = client("cloudformation", PRIMARY)
    template = {"Resources": {"It": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}
    sets.create_stack_set(StackSetName="fault-set", TemplateBody=json.dumps(template))
    fault(fault="region", region=SECONDARY, state="down")
    operation = sets.create_stack_instances(StackSetName="fault-set", Accounts=[ACCOUNT_ID], Regions=[SECONDARY])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = sets.describe_stack_set_operation(StackSetName="fault-set", OperationId=operation["OperationId"])[
            "StackSetOperation"
        ]
        if found["Status"] != "RUNNING":
            break
        time.sleep(0.1)
    assert found["Status"] == "FAILED"
    fault(fault="region", region=SECONDARY, state="up")
    assert client("cloudformation", SECONDARY).list_stacks()["StackSummaries"] == []


def test_no_function_runs_in_a_region_that_is_down(
    cloud: LocalCloud, client: Callable[..., Any], fault: Callable[..., Any]
) -> None:
    """Not even for an API of another Region, which reaches it inside the cloud."""
    create_function(client, SECONDARY, "proxied", "def handle(event, _): return {'statusCode': 200, 'body': 'ran'}")
    functions, apis = client("lambda", SECONDARY), client("apigateway", PRIMARY)
    functions.add_permission(
        FunctionName="proxied", StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    arn = functions.get_function(FunctionName="proxied")["Configuration"]["FunctionArn"]
    api = apis.create_rest_api(name="a")["id"]
    where = {"restApiId": api, "resourceId": apis.get_resources(restApiId=api)["items"][0]["id"], "httpMethod": "GET"}
    apis.put_method(**where, authorizationType="NONE")
    uri = f"arn:aws:apigateway:{SECONDARY}:lambda:path/2015-03-31/functions/{arn}/invocations"
    apis.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    apis.create_deployment(restApiId=api, stageName="prod")
    path = f"/_aws/execute-api/{api}/prod/"
    assert send(cloud, "GET", path).body == b"ran"
    fault(fault="region", region=SECONDARY, state="down")
    assert send(cloud, "GET", path).status in {502, 503}
    fault(fault="region", region=SECONDARY, state="up")
    assert send(cloud, "GET", path).body == b"ran"
