"""HTTP APIs with a function behind them, in both Regions of the running local cloud."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud
from tests.local.deploying import StackFailedError, delete, eventually, make_stack, resource, unique
from tests.local.replicating import Client, Faults
from tests.local.requests import Answer, send, signed
from tests.local.serving import allow, role
from tests.regions import PRIMARY, REGIONS, SECONDARY

CODE = """
def handle(event, context):
    context = event["requestContext"]
    caller = context.get("authorizer", {}).get("iam", {}).get("userArn", "")
    path = [context["routeKey"], event["rawPath"], event.get("pathParameters", {}).get("id")]
    return {"statusCode": 201, "body": f"{path} {caller}", "headers": {"X-Own": "1"}}
"""
API = {"Ref": "Api"}


def http_api(may_invoke: bool = True, **route: Any) -> dict[str, Any]:
    function = {
        "Runtime": "python3.13", "Handler": "index.handle", "Code": {"ZipFile": CODE}, "Timeout": 30,
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }  # fmt: skip
    permission = {
        "Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "Function"},
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/GET/orders/{id}"},
    }  # fmt: skip
    integration = {
        "ApiId": API, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0",
        "IntegrationUri": {"Fn::GetAtt": ["Function", "Arn"]},
    }  # fmt: skip
    target = {"Fn::Sub": "integrations/${Integration}"}
    stage = {"ApiId": API, "StageName": "$default", "AutoDeploy": True}
    resources = {
        "Role": role("lambda"),
        "Function": resource("AWS::Lambda::Function", function),
        "Api": resource("AWS::ApiGatewayV2::Api", {"Name": unique("api"), "ProtocolType": "HTTP"}),
        "Integration": resource("AWS::ApiGatewayV2::Integration", integration),
        "Route": resource(
            "AWS::ApiGatewayV2::Route",
            {"ApiId": API, "RouteKey": "GET /orders/{id}", "AuthorizationType": "AWS_IAM", "Target": target, **route},
        ),
        "Stage": resource("AWS::ApiGatewayV2::Stage", stage),
    }
    return {**resources, "Permission": resource("AWS::Lambda::Permission", permission)} if may_invoke else resources


def get(cloud: LocalCloud, api: str, path: str = "/orders/7", region: str = PRIMARY, **options: Any) -> Answer:
    return signed(cloud, "execute-api", "GET", f"/_aws/execute-api/{api}/$default{path}", region=region, **options)


@pytest.mark.parametrize("region", REGIONS)
def test_a_signed_request_reaches_the_function_of_its_route(cloud: LocalCloud, client: Client, region: str) -> None:
    ids = make_stack(client, region, unique("http"), http_api())
    answer = get(cloud, ids["Api"], region=region)
    assert (answer.status, answer.headers["x-own"]) == (201, "1")
    assert answer.text.startswith("['GET /orders/{id}', '/orders/7', '7'] arn:aws:iam::")
    assert get(cloud, ids["Api"], "/other", region=region).status == 404
    other = SECONDARY if region == PRIMARY else PRIMARY
    assert get(cloud, ids["Api"], region=other).status == 403  # signed for the wrong Region
    assert send(cloud, "GET", f"/_aws/execute-api/{ids['Api']}/$default/orders/7").status == 403


def test_a_template_gets_the_address_as_aws_writes_it(client: Client) -> None:
    value = {"Fn::GetAtt": ["Api", "ApiEndpoint"]}
    address = {"Address": resource("AWS::SSM::Parameter", {"Type": "String", "Value": value})}
    ids = make_stack(client, SECONDARY, unique("http"), {**http_api(), **address})
    found = client("ssm", SECONDARY).get_parameter(Name=ids["Address"])["Parameter"]["Value"]
    assert found == f"https://{ids['Api']}.execute-api.{SECONDARY}.amazonaws.com"


def test_a_caller_needs_the_right_to_invoke_the_route(cloud: LocalCloud, client: Client, identity: Any) -> None:
    ids = make_stack(client, PRIMARY, unique("http"), http_api())
    own = f"arn:aws:execute-api:{PRIMARY}:000000000000:{ids['Api']}/$default/GET/orders"
    entitled = identity(unique("user"), allow("execute-api:Invoke", f"{own}/7"))
    assert get(cloud, ids["Api"], credentials=entitled).status == 201
    refused = get(cloud, ids["Api"], "/orders/8", credentials=entitled)
    assert (refused.status, refused.json) == (403, {"message": "Forbidden"})


def test_a_function_is_invoked_only_if_its_policy_lets_the_route(cloud: LocalCloud, client: Client) -> None:
    name = unique("http")
    ids = make_stack(client, PRIMARY, name, http_api(may_invoke=False))
    refused = get(cloud, ids["Api"])
    assert (refused.status, refused.json) == (500, {"message": "Internal Server Error"})
    make_stack(client, PRIMARY, name, http_api())
    assert get(cloud, ids["Api"]).status == 201


def test_an_api_is_down_with_its_region_and_an_update_keeps_its_address(
    cloud: LocalCloud, client: Client, faults: Faults
) -> None:
    name = unique("http")
    before = make_stack(client, SECONDARY, name, http_api())
    faults.set("region", region=SECONDARY, state="down")
    assert get(cloud, before["Api"], region=SECONDARY).status == 503
    faults.set("region", region=SECONDARY, state="up")
    after = make_stack(client, SECONDARY, name, http_api(AuthorizationType="NONE"))
    assert after["Api"] == before["Api"]
    assert send(cloud, "GET", f"/_aws/execute-api/{after['Api']}/$default/orders/7").status == 201
    cf = client("cloudformation", SECONDARY)
    stack_id = cf.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    assert delete(cf, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    eventually(lambda: get(cloud, after["Api"], region=SECONDARY).status == 404)


@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("Api", {"ProtocolType": "WEBSOCKET"}, "does not support the ProtocolType WEBSOCKET"),
        ("Integration", {"IntegrationType": "HTTP_PROXY"}, "type AWS_PROXY with functions only"),
        ("Integration", {"PayloadFormatVersion": "1.0"}, "payload format version 2.0 only"),
        ("Route", {"AuthorizationType": "JWT"}, "does not support the AuthorizationType JWT"),
        ("Route", {"AuthorizerId": "a"}, "does not support the property AuthorizerId"),
        ("Stage", {"AutoDeploy": False}, "stages with AutoDeploy only"),
    ],
)
def test_what_would_be_served_otherwise_is_refused(
    client: Client, name: str, properties: dict[str, Any], reason: str
) -> None:
    resources = http_api()
    resources[name]["Properties"] |= properties
    with pytest.raises(StackFailedError, match=reason):
        make_stack(client, PRIMARY, unique("refused"), resources)


def test_the_api_itself_makes_no_integration_with_an_address(client: Client) -> None:
    gateway = client("apigatewayv2")
    api = gateway.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    with pytest.raises(ClientError, match="AWS_PROXY"):
        gateway.create_integration(ApiId=api, IntegrationType="HTTP_PROXY", IntegrationUri="http://127.0.0.1:1/")
