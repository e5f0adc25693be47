"""The OpenAPI bodies, read as the local cloud reads them, and the routing layer's mapping templates, rendered."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from troposphere import Template, apigateway, iam

from mraa.templates.backbone.routing_layer import routing_layer_body
from mraa.templates.parts import Substitution
from mraa.templates.rest_api import Api, add_api
from mraa_local.api_gateway import body as api_body
from mraa_local.api_gateway import vtl
from tests.templates.resolving import GUID, REGIONAL_PARAMETERS, TOKEN, Resolver, references

CORS = "Access-Control-Allow-Origin"
INTEGRATION = "x-amazon-apigateway-integration"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
EXPECTED = {
    "RoutingLayerApi": {"/state/{appId}": {"GET", "OPTIONS"}},
    "PhotosApi": {
        "/photos": {"GET", "OPTIONS"},
        "/photos/{photoId}": {"DELETE", "POST", "OPTIONS"},
        "/comments/{photoId}": {"GET", "POST", "OPTIONS"},
    },
}


@pytest.fixture(scope="module")
def bodies(regional: dict[str, Any]) -> dict[str, dict[str, Any]]:
    resolve = Resolver(regional, REGIONAL_PARAMETERS)
    found = {name: resolve.resource(name)["Body"] for name in EXPECTED}
    text = json.dumps(found).replace("<RoutingLayerRole.Arn>", "arn:aws:iam::123456789012:role/mraa/r")
    text = text.replace("<PhotosFunction.Arn>", "arn:aws:lambda:us-east-1:123456789012:function:photos")
    return dict(json.loads(text))


@pytest.fixture(scope="module")
def state(bodies: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The integration of GET /state/{appId}."""
    return dict(bodies["RoutingLayerApi"]["paths"]["/state/{appId}"]["get"][INTEGRATION])


@pytest.mark.parametrize("name", EXPECTED)
def test_an_api_has_the_promised_methods_and_only_preflights_go_unsigned(
    name: str, bodies: dict[str, dict[str, Any]]
) -> None:
    read = api_body.read(bodies[name])
    assert {path: set(methods) for path, methods in read.paths.items()} == EXPECTED[name]
    for methods in read.paths.values():
        for verb, method in methods.items():
            assert method.authorization == ("NONE" if verb == "OPTIONS" else "AWS_IAM")
            assert (method.integration["type"] == "MOCK") == (verb == "OPTIONS")


@pytest.mark.parametrize("name", EXPECTED)
def test_every_gateway_response_can_be_read_by_a_browser(name: str, bodies: dict[str, dict[str, Any]]) -> None:
    responses = bodies[name][GATEWAY_RESPONSES]
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(responses)
    for response in responses.values():
        assert response["responseParameters"][f"gatewayresponse.header.{CORS}"] == "'*'"
        filled = response["responseTemplates"]["application/json"].replace("$context.error.messageString", '"m"')
        assert set(json.loads(filled)["error"]) == {"code", "message", "field"}


def test_a_throttled_request_may_be_retried(bodies: dict[str, dict[str, Any]]) -> None:
    throttled = bodies["PhotosApi"][GATEWAY_RESPONSES]["THROTTLED"]
    assert throttled["statusCode"] == "503"
    assert throttled["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_preflight_allows_what_a_signed_request_sends(name: str, bodies: dict[str, dict[str, Any]]) -> None:
    for path, item in bodies[name]["paths"].items():
        [response] = item["options"][INTEGRATION]["responses"].values()
        headers = {key.rpartition(".")[2]: value for key, value in response["responseParameters"].items()}
        allowed = {header.lower() for header in headers["Access-Control-Allow-Headers"].strip("'").split(",")}
        assert {"authorization", "x-amz-date", "x-amz-security-token", "content-type"} <= allowed
        methods = set(headers["Access-Control-Allow-Methods"].strip("'").split(","))
        assert methods == EXPECTED[name][path]
        # what Chromium keeps at most: a page asks for the state every few seconds
        assert headers["Access-Control-Max-Age"] == "'7200'"


def test_the_state_is_never_cached(state: dict[str, Any]) -> None:
    for response in state["responses"].values():
        assert response["responseParameters"]["method.response.header.Cache-Control"] == "'no-store'"


def test_a_body_of_another_content_type_does_not_reach_dynamodb(state: dict[str, Any]) -> None:
    assert state["passthroughBehavior"] == "never"
    assert set(state["requestTemplates"]) == {"application/json"}


def request(state: dict[str, Any], app_id: str) -> dict[str, Any]:
    """The request to DynamoDB for ``app_id``."""
    source = vtl.Input("", {"path": {"appId": app_id}, "querystring": {}, "header": {}})
    return dict(json.loads(vtl.render(state["requestTemplates"]["application/json"], source, {}, {})))


def test_the_state_is_read_consistently_by_its_id(state: dict[str, Any]) -> None:
    assert request(state, GUID) == {
        "TableName": f"mraa-{TOKEN}-app-config",
        "ConsistentRead": True,
        "Key": {"appId": {"S": GUID}},
    }


@pytest.mark.parametrize(
    "hostile",
    [
        f"{GUID}#fence#00",
        f"{GUID}#history#us-east-1#1",
        'x"}, "user": {"S": "ADMIN',
        "x\\",
        "it's",
        "x\n",
        " ",
        "é",
        "a" * 65,
        "$input.params('appId')",
        "${AppConfigTableName}",
        "#set($x = 1)",
    ],
)
def test_no_other_item_can_be_read(hostile: str, state: dict[str, Any]) -> None:
    asked = request(state, hostile)
    assert asked["Key"] == {"appId": {"S": "-"}}
    assert set(asked) == {"TableName", "ConsistentRead", "Key"}


def answer(state: dict[str, Any], dynamodb: dict[str, Any]) -> Any:
    """The response to the caller for DynamoDB's answer."""
    template = state["responses"]["200"]["responseTemplates"]["application/json"]
    source = vtl.Input(json.dumps(dynamodb), {"path": {}, "querystring": {}, "header": {}})
    return json.loads(vtl.render(template, source, {}, {}))


def item(**changes: str) -> dict[str, Any]:
    values = {"state": "active", "writableRegion": "us-east-1", "updatedAt": "2026-11-23T08:00:00.123Z"} | changes
    return {
        "Item": {
            "appId": {"S": GUID},
            "epoch": {"N": "7"},
            "reason": {"S": 'because "x"'},
            **{name: {"S": value} for name, value in values.items()},
        }
    }


def test_the_answer_has_the_four_documented_fields(state: dict[str, Any]) -> None:
    assert answer(state, item()) == {
        "state": "active",
        "writableRegion": "us-east-1",
        "epoch": 7,
        "updatedAt": "2026-11-23T08:00:00.123Z",
    }


def test_an_unknown_application_is_an_empty_object(state: dict[str, Any]) -> None:
    assert answer(state, {}) == {}


@pytest.mark.parametrize("text", ["it's", 'say "x"', "back\\slash", "\\'", "line\nbreak", "🎉", "a/b", "\\u0041"])
def test_text_is_returned_as_it_was_stored(text: str, state: dict[str, Any]) -> None:
    assert answer(state, item(updatedAt=text))["updatedAt"] == text


def test_an_error_of_dynamodb_is_no_state(state: dict[str, Any]) -> None:
    assert state["responses"]["default"]["statusCode"] == "503"
    assert json.loads(state["responses"]["default"]["responseTemplates"]["application/json"])["error"]["code"]


def deployment(api: Api) -> str:
    """The logical id of the deployment of an API."""
    template = Template()
    add_api(template, Substitution(), api, stage_description="")
    [found] = [name for name, of in template.resources.items() if isinstance(of, apigateway.Deployment)]
    assert template.to_dict()["Resources"][f"{api.title}Stage"]["Properties"]["DeploymentId"] == {"Ref": found}
    return str(found)


def test_a_new_deployment_is_created_only_when_the_body_changes_or_a_role_in_it_is_replaced() -> None:
    body, role = routing_layer_body(Substitution()), iam.Role("R", Path="/a/", AssumeRolePolicyDocument={})
    api = Api("A", "a", "", body, [role], 1, 1)
    assert deployment(replace(api, body=routing_layer_body(Substitution()))) == deployment(api)
    changed = copy.deepcopy(body)
    changed["paths"]["/state/{appId}"]["get"][INTEGRATION]["timeoutInMillis"] = 4999
    assert deployment(replace(api, body=changed)) != deployment(api)
    moved = iam.Role("R", Path="/b/", AssumeRolePolicyDocument={})
    assert deployment(replace(api, roles=[moved])) != deployment(api)
    other = iam.Role("R", Path="/a/", AssumeRolePolicyDocument={"changed": "in place"})
    assert deployment(replace(api, roles=[other])) == deployment(api)


def test_every_role_that_a_body_names_is_given_to_the_deployment(regional: dict[str, Any]) -> None:
    """In place of a role that is replaced, an old deployment would name one that no longer exists."""
    with_roles = {
        name: references(of["Properties"]["Body"])
        & {role for role, other in regional["Resources"].items() if other["Type"] == "AWS::IAM::Role"}
        for name, of in regional["Resources"].items()
        if of["Type"] == "AWS::ApiGateway::RestApi"
    }
    assert with_roles == {"RoutingLayerApi": {"RoutingLayerRole"}, "PhotosApi": set()}


@pytest.mark.parametrize("stage", ["RoutingLayerStage", "PhotosStage"])
def test_a_stage_is_throttled_measured_and_logged(stage: str, regional: dict[str, Any]) -> None:
    properties = Resolver(regional, REGIONAL_PARAMETERS).resource(stage)
    [settings] = properties["MethodSettings"]
    assert int(settings["ThrottlingRateLimit"]) > 0
    assert settings["ThrottlingBurstLimit"] >= int(settings["ThrottlingRateLimit"])
    assert settings["MetricsEnabled"] is True
    assert properties["StageName"] == "prod"
    assert not properties["AccessLogSetting"]["DestinationArn"].endswith("*")
    assert "$context.requestId" in json.loads(properties["AccessLogSetting"]["Format"])["requestId"]
