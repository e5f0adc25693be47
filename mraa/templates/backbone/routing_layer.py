"""The routing layer: ``GET /state/{appId}``, a REST API with a direct DynamoDB integration."""

import json
from typing import Any

from troposphere import AWSHelperFn, Template, apigateway, iam

from mraa import names
from mraa.templates import policies
from mraa.templates.alarms import add_api_alarms
from mraa.templates.arns import app_config_arn
from mraa.templates.parts import Substitution, bounded
from mraa.templates.policies import allow
from mraa.templates.rest_api import (
    ANY_ORIGIN,
    NO_STORE,
    RETRY,
    Api,
    add_api,
    api_body,
    integration_response,
    path_parameter,
    preflight,
    response,
)

# The request template's first line: an invalid id becomes one that no item has. Other items' ids contain "#", so nobody
# can read fences or history through this API.
_APP_ID = "[A-Za-z0-9-]{1,64}"
_NO_ID = "-"

# escapeJavaScript writes ' as \', which is not valid JSON
_JSON_TEXT = """$util.escapeJavaScript(%s).replaceAll("\\\\'","'")"""

_STATE_REQUEST = f"""#set($appId = $input.params('appId'))
#if($appId.replaceAll('^{_APP_ID}$', '') != '')#set($appId = '{_NO_ID}')#end
{{"TableName": "${{AppConfigTableName}}", "ConsistentRead": true, \
"Key": {{"appId": {{"S": "{_JSON_TEXT % "$appId"}"}}}}}}"""

_STATE_RESPONSE = f"""#set($found = $input.path('$'))
#if($found.containsKey('Item'))
#set($item = $found.Item)
{{"state": "{_JSON_TEXT % "$item.state.S"}", "writableRegion": "{_JSON_TEXT % "$item.writableRegion.S"}", \
"epoch": $item.epoch.N, "updatedAt": "{_JSON_TEXT % "$item.updatedAt.S"}"}}
#else
{{}}
#end"""

_UNAVAILABLE = json.dumps(
    {"error": {"code": "Unavailable", "message": "The state cannot be read right now. Send it again.", "field": None}}
)


def add_routing_layer(template: Template, sub: Substitution, stage_description: AWSHelperFn) -> apigateway.RestApi:
    """Add the API and the role with which it reads the state."""
    role = template.add_resource(
        iam.Role(
            "RoutingLayerRole",
            AssumeRolePolicyDocument=policies.trust_service("apigateway.amazonaws.com"),
            Policies=[policies.inline("read-state", allow("dynamodb:GetItem", [sub(app_config_arn())]))],
            **bounded(sub),
        )
    )
    add_api_alarms(template, sub, "RoutingLayer", names.routing_layer(names.TOKEN), latency_ms=1000)
    return add_api(
        template,
        sub,
        Api(
            title="RoutingLayer",
            name=names.routing_layer(names.TOKEN),
            description="The application state: which Region may be written to.",
            body=routing_layer_body(sub),
            roles=[role],
            requests_per_s=1000,
            burst=2000,
        ),
        stage_description=stage_description,
    )


def routing_layer_body(sub: Substitution) -> dict[str, Any]:
    """``GET /state/{appId}``, answered by DynamoDB: no compute in between that could fail."""
    headers = ANY_ORIGIN | NO_STORE
    get = {
        "operationId": "getState",
        "parameters": [path_parameter("appId")],
        "security": [{"sigv4": []}],
        "x-amazon-apigateway-request-validator": "parameters",
        "responses": {"200": response(headers), "503": response(headers | RETRY)},
        "x-amazon-apigateway-integration": {
            "type": "aws",
            "httpMethod": "POST",
            "uri": sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:dynamodb:action/GetItem"),
            "credentials": sub("${RoutingLayerRole.Arn}"),
            # never: a body of another content type must not reach DynamoDB unmapped
            "passthroughBehavior": "never",
            "timeoutInMillis": 5000,
            "requestTemplates": {"application/json": sub(_STATE_REQUEST)},
            "responses": {
                "200": integration_response("200", headers, _STATE_RESPONSE),
                "default": integration_response("503", headers | RETRY, _UNAVAILABLE),
            },
        },
    }
    return api_body(
        names.routing_layer(names.TOKEN),
        {"/state/{appId}": {"get": get, "options": preflight("GET", "appId")}},
        sub,
    )
