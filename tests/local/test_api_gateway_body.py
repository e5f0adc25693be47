"""Reading OpenAPI bodies, without a cloud: reading is pure, and what it does not know it refuses."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from mraa_local.api_gateway import body
from mraa_local.api_gateway.integration_body import BodyError

ROLE = "arn:aws:iam::000000000000:role/r"
GET_ITEM = "arn:aws:apigateway:us-east-1:dynamodb:action/GetItem"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
INVOKE = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


def minimal() -> dict[str, Any]:
    """GET /a with a DynamoDB integration, POST /a with a proxy."""
    return {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {
                "get": {
                    "responses": {"200": {"description": "", "headers": {"H": {"schema": {"type": "string"}}}}},
                    "x-amazon-apigateway-integration": {
                        "type": "aws",
                        "httpMethod": "POST",
                        "uri": GET_ITEM,
                        "credentials": ROLE,
                        "responses": {
                            "default": {"statusCode": "200", "responseParameters": {"method.response.header.H": "'v'"}}
                        },
                    },
                },
                "post": {
                    "security": [{"sigv4": []}],
                    "responses": {},
                    "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": INVOKE},
                },
            }
        },
        "components": {
            "securitySchemes": {
                "sigv4": {"type": "apiKey", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
            },
            "schemas": {"Thing": {"type": "object"}},
        },
    }


def integration(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]
    return found


def test_a_body_is_read_in_api_gateways_own_shapes() -> None:
    read = body.read(minimal())
    get, post = read.paths["/a"]["GET"], read.paths["/a"]["POST"]
    assert (get.authorization, post.authorization) == ("NONE", "AWS_IAM")
    assert get.integration["type"] == "AWS"
    assert get.integration["integrationResponses"]["200"]["selectionPattern"] == ""
    assert get.responses["200"]["responseParameters"] == {"method.response.header.H": False}


def test_an_operation_may_be_for_any_method() -> None:
    document = minimal()
    document["paths"]["/b"] = {"x-amazon-apigateway-any-method": document["paths"]["/a"]["post"]}
    assert body.read(document).paths["/b"].keys() == {"ANY"}


def test_a_model_includes_all_definitions() -> None:
    document = minimal()
    document["components"]["schemas"]["Whole"] = {"items": {"$ref": "#/components/schemas/Thing"}}
    model = body.read(document).models["Whole"]
    assert '"$ref": "#/definitions/Thing"' in model
    assert '"Thing": {"type": "object"}' in model


Change = Callable[[dict[str, Any]], Any]
REFUSED: dict[str, tuple[Change, str]] = {
    "an unknown part of the body": (lambda d: d.update(servers=[]), "servers"),
    "an unknown extension of AWS": (lambda d: d.update({"x-amazon-apigateway-cors": {}}), "cors"),
    "an unknown part of an operation": (lambda d: d["paths"]["/a"]["get"].update(callbacks={}), "callbacks"),
    "an unknown part of an integration": (lambda d: integration(d).update(cacheKeyParameters=[]), "cacheKey"),
    "a parameter mapping into the back end": (lambda d: integration(d).update(requestParameters={}), "requestParam"),
    "an HTTP integration": (lambda d: integration(d).update(type="http_proxy"), "http_proxy"),
    "another service": (lambda d: integration(d).update(uri=GET_ITEM.replace("dynamodb", "sqs")), "sqs"),
    "another action": (lambda d: integration(d).update(uri=GET_ITEM.replace("Get", "Fetch")), "FetchItem"),
    "a GET to DynamoDB": (lambda d: integration(d).update(httpMethod="GET"), "POST"),
    "no role": (lambda d: integration(d).pop("credentials"), "role"),
    "a VPC link": (lambda d: integration(d).update(connectionType="VPC_LINK"), "INTERNET"),
    "a status the method does not declare": (
        lambda d: integration(d)["responses"].update({"5..": {"statusCode": "500"}}),
        "500",
    ),
    "a second response with the same status": (
        lambda d: integration(d)["responses"].update({"5..": {"statusCode": "200"}}),
        "second",
    ),
    "a header the method does not declare": (
        lambda d: integration(d)["responses"]["default"].update(
            responseParameters={"method.response.header.Other": "'v'"}
        ),
        "Other",
    ),
    "a mapping that is not known": (
        lambda d: integration(d)["responses"]["default"].update(responseParameters={"method.response.header.H": "v"}),
        "mapping",
    ),
    "a template that is not Velocity": (
        lambda d: integration(d).update(requestTemplates={"application/json": "#if($x)"}),
        "application/json",
    ),
    "a security scheme that is not SigV4": (
        lambda d: d["components"]["securitySchemes"]["sigv4"].update({"x-amazon-apigateway-authtype": "oauth2"}),
        "awsSigv4",
    ),
    "a security requirement without a scheme": (
        lambda d: d["paths"]["/a"]["post"].update(security=[{"token": []}]),
        "token",
    ),
    "an operation without an integration": (
        lambda d: d["paths"]["/a"]["get"].pop("x-amazon-apigateway-integration"),
        "no x-amazon",
    ),
    "a validator that is not defined": (
        lambda d: d.update({"x-amazon-apigateway-request-validator": "all"}),
        "validator",
    ),
    "a schema in place": (
        lambda d: d["paths"]["/a"]["post"].update(
            requestBody={"content": {"application/json": {"schema": {"type": "object"}}}}
        ),
        "ref",
    ),
    "a word of a later JSON Schema": (
        lambda d: d["components"]["schemas"]["Thing"].update({"const": 1}),
        "const",
    ),
    "a gateway response with Velocity in it": (
        lambda d: d.update(
            {"x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseTemplates": {"a/b": "#set($a=1)"}}}}
        ),
        "#set",
    ),
    "another version of OpenAPI": (lambda d: d.update(openapi="3.1.0"), "3.0"),
    "a path that is none": (lambda d: d["paths"].update({"a b": {}}), "path"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_local_cloud_does_not_support_is_refused(case: str) -> None:
    change, named = REFUSED[case]
    document = copy.deepcopy(minimal())
    change(document)
    with pytest.raises(BodyError, match=named):
        body.read(document)


def test_foreign_extensions_and_descriptions_are_accepted() -> None:
    document = minimal()
    document["x-own-tool"] = {}
    document["paths"]["/a"]["get"]["summary"] = "text"
    assert body.read(document).name == "t"
