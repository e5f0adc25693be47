"""The control plane: an OpenAPI body into the engine's stores, and what its CloudFormation types ignore.

An update keeps the API's id, as PutRestApi does; the engine would make a new API.
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import apigateway_v1 as v1
from ministack.services.cloudformation import provisioners

from mraa_local.api_gateway import body
from mraa_local.api_gateway.body import Body, Method
from mraa_local.api_gateway.integration_body import BodyError

HOOKED = (
    *(
        f"ministack.services.apigateway_v1.{name}"
        for name in (
            "_account_settings", "_create_model", "_create_request_validator", "_create_resource", "_create_rest_api",
            "_gateway_responses", "_import_rest_api", "_models", "_put_gateway_response", "_put_integration",
            "_put_integration_response", "_put_method", "_put_method_response", "_request_validators", "_resources",
            "_rest_apis", "_stages_v1",
        )
    ),
    "ministack.services.cloudformation.provisioners._RESOURCE_HANDLERS",
    "ministack.services.cloudformation.provisioners._apigw_rest_api_attrs",
)  # fmt: skip

# What these types honour here; ``cfn.strict`` refuses all else.
REST_API_PROPERTIES = {
    "BinaryMediaTypes", "Body", "Description", "EndpointConfiguration", "MinimumCompressionSize", "Name", "Policy",
    "Tags",
}  # fmt: skip
STAGE_PROPERTIES = {
    "AccessLogSetting", "DeploymentId", "Description", "MethodSettings", "RestApiId", "StageName", "Tags",
    "TracingEnabled", "Variables",
}  # fmt: skip
DEPLOYMENT_PROPERTIES = {"Description", "RestApiId", "StageName", "StageDescription"}


def import_body(document: Mapping[str, Any], base_data: Mapping[str, Any] | None = None) -> str:
    """Make an API of a body and return its id (stands in for the engine's ``_import_rest_api``)."""
    imported = body.read(document)
    data = {**(base_data or {})}
    data["name"] = data.get("name") or imported.name
    data["version"] = data.get("version") or imported.version
    if imported.binary_media_types:
        data["binaryMediaTypes"] = imported.binary_media_types
    api_id = str(_made(v1._create_rest_api(data))["id"])
    _fill(api_id, imported)
    return api_id


def overwrite_body(api_id: str, document: Mapping[str, Any]) -> None:
    """Replace all that a body says of an API; id, stages and deployments stay."""
    imported = body.read(document)
    resources = v1._resources[api_id]
    for resource_id, resource in list(resources.items()):
        resource["resourceMethods"] = {}
        if resource["path"] != "/":
            del resources[resource_id]
    for store in (v1._models, v1._request_validators, v1._gateway_responses):
        store[api_id] = {}
    api = v1._rest_apis[api_id]
    api["version"] = imported.version or api["version"]
    if imported.binary_media_types:
        api["binaryMediaTypes"] = imported.binary_media_types
    _fill(api_id, imported)


def install() -> None:
    """Import bodies in full, also into an API that stands; set up stages with all that their type says."""
    v1._import_rest_api = import_body
    rest_api = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
    stage = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::Stage"]
    update_api, create_stage, update_stage = rest_api["update"], stage["create"], stage["update"]

    def update_in_place(api_id: str, old: dict[str, Any], new: dict[str, Any], *more: str) -> Any:
        if new.get("Body") != old.get("Body") and isinstance(new.get("Body"), dict):
            overwrite_body(api_id, new["Body"])
            old = {**old, "Body": new["Body"]}
        return update_api(api_id, old, new, *more)

    def stage_with_settings(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        _check_logging_role(props)
        made = create_stage(logical_id, props, stack_name)
        _set_up_stage(props)
        return made

    def updated_stage(stage_name: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Any:
        _check_logging_role(new)
        made = update_stage(stage_name, old, new, stack_name)
        _set_up_stage(new)
        return made

    rest_api["update"] = update_in_place
    stage["create"], stage["update"] = stage_with_settings, updated_stage


def _check_logging_role(props: Mapping[str, Any]) -> None:
    """Logs need the account's role first, or AWS refuses the stage."""
    levels = {setting.get("LoggingLevel", "OFF") for setting in props.get("MethodSettings") or []}
    settings = v1._account_settings.get("settings") or {}
    if (props.get("AccessLogSetting") or levels - {"OFF"}) and not settings.get("cloudwatchRoleArn"):
        raise ValueError("CloudWatch Logs role ARN must be set in account settings to enable logging")


def _set_up_stage(props: Mapping[str, Any]) -> None:
    """What the engine's stage type leaves out: the access log, and paths written with ``~1`` for a slash."""
    stage = v1._stages_v1[props["RestApiId"]][props["StageName"]]
    log = props.get("AccessLogSetting") or {}
    stage["accessLogSettings"] = (
        {"destinationArn": log.get("DestinationArn", ""), "format": log.get("Format", "")} if log else {}
    )
    stage["methodSettings"] = {key.replace("~1", "/"): value for key, value in stage["methodSettings"].items()}


def _made(answer: tuple[int, Any, bytes]) -> dict[str, Any]:
    """The document of a successful answer of the engine's control plane."""
    status, _, content = answer
    document = json.loads(content) if content else {}
    if status >= 400:
        raise BodyError(str(document.get("message", document)))
    return dict(document)


def _fill(api_id: str, imported: Body) -> None:
    for name, schema in imported.models.items():
        _made(v1._create_model(api_id, {"name": name, "schema": schema, "contentType": "application/json"}))
    validators = {
        name: str(_made(v1._create_request_validator(api_id, {"name": name, **value}))["id"])
        for name, value in imported.validators.items()
    }
    for kind, response in imported.gateway_responses.items():
        _made(v1._put_gateway_response(api_id, kind, response))
    for path, methods in imported.paths.items():
        resource_id = _resource(api_id, path)
        for http_method, method in methods.items():
            _put_method(api_id, resource_id, http_method, method, validators)


def _resource(api_id: str, path: str) -> str:
    """The id of the resource at a path; the resources on the way are made as needed."""
    ids = {resource["path"]: str(resource_id) for resource_id, resource in v1._resources[api_id].items()}
    at = "/"
    for part in path.strip("/").split("/"):
        below = f"{at.rstrip('/')}/{part}" if part else at
        if below not in ids:
            ids[below] = str(_made(v1._create_resource(api_id, ids[at], {"pathPart": part}))["id"])
        at = below
    return ids[at]


def _put_method(api_id: str, resource_id: str, http_method: str, method: Method, validators: Mapping[str, str]) -> None:
    integration = method.integration
    _made(
        v1._put_method(
            api_id,
            resource_id,
            http_method,
            {
                "authorizationType": method.authorization,
                "operationName": method.operation_name,
                "requestParameters": method.request_parameters,
                "requestModels": method.request_models,
                "requestValidatorId": validators.get(method.validator),
            },
        )
    )
    for code, response in method.responses.items():
        _made(v1._put_method_response(api_id, resource_id, http_method, code, response))
    _made(v1._put_integration(api_id, resource_id, http_method, integration))
    for code, response in integration["integrationResponses"].items():
        _made(v1._put_integration_response(api_id, resource_id, http_method, code, response))
