"""REST APIs: OpenAPI body, stage, deployment, access log.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from troposphere import Ref, Template, apigateway, iam, logs

from mraa import names
from mraa.templates import explanations
from mraa.templates.explanations import explain
from mraa.templates.parts import LOG_RETENTION_DAYS, REMOVED, Substitution, content_hash

_GATEWAY_ERROR = (
    '{"error": {"code": "$context.error.responseType", "message": $context.error.messageString, "field": null}}'
)

# Requests are signed and carry no cookies, so any origin is allowed: the signature decides.
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
NO_STORE = {"Cache-Control": "no-store"}
RETRY = {"Retry-After": "1"}
_REQUEST_HEADERS = "Authorization,Content-Type,X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token,X-Amz-User-Agent"
_PREFLIGHT_MAX_AGE_S = 7_200  # the longest that Chromium keeps it

_ACCESS_LOG_FORMAT = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "latencyMs": "$context.responseLatency",
    "integrationStatus": "$context.integration.status",
    "integrationLatencyMs": "$context.integration.latency",
    "integrationError": "$context.integration.error",
    "error": "$context.error.responseType",
    "caller": "$context.identity.userArn",
    "sourceIp": "$context.identity.sourceIp",
}


@dataclass(frozen=True)
class Api:
    """A REST API. ``title`` begins the logical ids of its resources.

    ``roles`` are those that the body names. What replaces one of them (another path) changes the body, though not its
    text: without a new deployment the old one would go on with a role that is deleted.
    """

    title: str
    name: str
    description: str
    body: dict[str, Any]
    roles: Sequence[iam.Role]
    requests_per_s: Any
    burst: Any


def add_api(template: Template, sub: Substitution, api: Api, *, stage_description: Any) -> apigateway.RestApi:
    """Add ``<title>Api`` with its deployment, stage and access log.

    A deployment is a snapshot that CloudFormation does not renew: a changed body requires a new resource.
    ``stage_description`` references what the stage depends on: ``DependsOn`` takes no conditional resource.
    """
    rest_api = template.add_resource(
        apigateway.RestApi(
            f"{api.title}Api",
            Name=sub(api.name),
            Description=api.description,
            EndpointConfiguration=apigateway.EndpointConfiguration(Types=["REGIONAL"]),
            Body=api.body,
        )
    )
    log_group = template.add_resource(
        logs.LogGroup(
            f"{api.title}ApiLogGroup",
            LogGroupName=sub(names.api_logs(api.name)),
            RetentionInDays=LOG_RETENTION_DAYS,
            **REMOVED,
        )
    )
    explain(rest_api, explanations.VALIDATION_IN_BODY)
    explain(log_group, explanations.LOGS_KEY)
    deployment = template.add_resource(
        apigateway.Deployment(
            f"{api.title}Deployment{content_hash([api.body, [role.Path for role in api.roles]])}",
            RestApiId=Ref(rest_api),
        )
    )
    # without the :* at the end of the log group's Arn attribute
    log_arn = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{log_group.title}}}"
    stage = template.add_resource(
        apigateway.Stage(
            f"{api.title}Stage",
            RestApiId=Ref(rest_api),
            DeploymentId=Ref(deployment),
            StageName=names.STAGE,
            Description=stage_description,
            AccessLogSetting=apigateway.AccessLogSetting(
                DestinationArn=sub(log_arn), Format=json.dumps(_ACCESS_LOG_FORMAT)
            ),
            MethodSettings=[
                apigateway.MethodSetting(
                    HttpMethod="*",
                    ResourcePath="/*",
                    MetricsEnabled=True,
                    ThrottlingRateLimit=api.requests_per_s,
                    ThrottlingBurstLimit=api.burst,
                )
            ],
        )
    )
    explain(stage, *explanations.STAGE)
    return rest_api


def api_body(title: str, paths: dict[str, Any], sub: Substitution) -> dict[str, Any]:
    """The whole document. The gateway's own responses have CORS headers too, or a browser would hide them."""
    headers = ANY_ORIGIN | NO_STORE
    return {
        "openapi": "3.0.1",
        "info": {"title": sub(title), "version": "1"},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            }
        },
        "x-amazon-apigateway-request-validators": {
            "parameters": {"validateRequestParameters": True, "validateRequestBody": False}
        },
        "x-amazon-apigateway-gateway-responses": {
            "DEFAULT_4XX": _gateway_response(headers),
            "DEFAULT_5XX": _gateway_response(headers),
            # the one rule for clients: retry a 503
            "THROTTLED": _gateway_response(headers | RETRY) | {"statusCode": "503"},
        },
    }


def preflight(methods: str, *path_parameters: str) -> dict[str, Any]:
    """The OPTIONS method that browsers call, unsigned, before a signed request."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": f"{methods},OPTIONS",
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Max-Age": str(_PREFLIGHT_MAX_AGE_S),
    }
    return {
        "parameters": [path_parameter(name) for name in path_parameters],
        "responses": {"204": response(headers)},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "passthroughBehavior": "never",  # a body that is no JSON ends as 415, not as the mock's 500
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {"default": integration_response("204", headers)},
        },
    }


def path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def response(headers: dict[str, str]) -> dict[str, Any]:
    return {"description": "Answer", "headers": {name: {"schema": {"type": "string"}} for name in sorted(headers)}}


def integration_response(status: str, headers: dict[str, str], body: str | None = None) -> dict[str, Any]:
    templates = {} if body is None else {"responseTemplates": {"application/json": body}}
    mapped = {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()}
    return {"statusCode": status, "responseParameters": mapped, **templates}


def _gateway_response(headers: dict[str, str]) -> dict[str, Any]:
    return {
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
        "responseTemplates": {"application/json": _GATEWAY_ERROR},
    }
