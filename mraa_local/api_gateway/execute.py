"""The data plane: from a request at a stage to its answer, in the order API Gateway checks things."""

import json
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import apigateway_v1 as v1

from mraa_local.api_gateway import access_log, deployments, integrations
from mraa_local.api_gateway.call import Answer, Call
from mraa_local.api_gateway.integrations import GatewayError
from mraa_local.api_gateway.routing import route

HOOKED = (
    *(
        f"ministack.services.apigateway_v1.{name}"
        for name in (
            "_GatewayError", "_authorize_request_v1", "_check_api_key", "_check_quota", "_check_throttle",
            "_gateway_error_response", "_handle_execute_in_scope", "_json_depth", "_json_schema_valid",
            "_missing_request_parameters", "_stages_v1", "find_api_scope", "method_authorization_type",
            "stages_for_api",
        )
    ),
    "ministack.app._enforce_execute_api",
)  # fmt: skip

_MAX_BODY_DEPTH = 1000


async def handle(
    api_id: str,
    stage_name: str,
    http_method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
    account_id: str,
    region: str,
) -> Answer:
    """Serve one request (stands in for the engine's ``_handle_execute_in_scope``)."""
    stage = v1._stages_v1.get(api_id, {}).get(stage_name)
    if stage is None:
        # No deployment, so no gateway responses and no log either.
        return (
            403,
            {"Content-Type": "application/json", "x-amzn-ErrorType": "ForbiddenException"},
            b'{"message":"Forbidden"}',
        )
    call = Call(api_id, stage_name, stage, http_method, path, headers, query or {}, body, account_id, region)
    try:
        answer = await _answer(call)
    except GatewayError as error:
        answer = gateway_answer(call, error)
    status, answer_headers, content = answer
    answer = status, {**answer_headers, "x-amzn-requestid": call.request_id, "x-amz-apigw-id": call.request_id}, content
    access_log.write(call, answer)
    return answer


def gateway_answer(call: Call, error: GatewayError) -> Answer:
    """A gateway response, with the headers and the body that the deployed API gives it."""
    call.error = {"message": error.message, "responseType": error.kind}
    status, headers, body = v1._gateway_error_response(
        v1._GatewayError(error.kind, error.message), call.gateway_request()
    )
    return error.status or status, headers, body


def authorization_type(api_id: str, stage_name: str, http_method: str, path: str) -> str | None:
    """The authorization type of the method a request reaches, or None (stands in for the engine's)."""
    scope = v1.find_api_scope(api_id)
    if scope is None:
        return None
    with request_scope(*scope):
        stage = v1._stages_v1.get(api_id, {}).get(stage_name) or {}
        snapshot = deployments.deployed(api_id, stage.get("deploymentId", ""))
        found = route(snapshot["resources"], http_method, path) if snapshot else None
    return str(found[1].get("authorizationType") or "NONE").upper() if found else None


async def _answer(call: Call) -> Answer:
    snapshot = deployments.deployed(call.api_id, call.stage.get("deploymentId", ""))
    found = route(snapshot["resources"], call.http_method, call.path) if snapshot else None
    if snapshot is None or found is None:
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")  # AWS's word for it
    resource, call.method, call.path_params = found
    call.resource_id, call.resource_path = resource["id"], resource["path"]
    integration = call.method.get("methodIntegration")
    if not integration:
        raise GatewayError("API_CONFIGURATION_ERROR")
    _checked(
        await v1._authorize_request_v1(
            call.api_id, call.stage_name, call.method, call.http_method, call.path, resource, call.headers, call.body,
            call.query, call.path_params, call.stage, call.account_id, call.region,
        )
    )  # fmt: skip
    if call.method.get("authorizationType") == "AWS_IAM":
        call.identify()
    api_key = _checked(v1._check_api_key(call.method, call.api_id, call.stage_name, call.headers))
    _checked(
        v1._check_throttle(call.stage, call.api_id, call.stage_name, call.resource_path, call.http_method, api_key)
    )
    _checked(v1._check_quota(api_key, call.api_id, call.stage_name))
    _validate(call, snapshot)
    started = time.monotonic()
    try:
        return await _integrate(call, integration, snapshot["binaryMediaTypes"])
    finally:
        call.integration_ms = int((time.monotonic() - started) * 1000)


def _checked(verdict: Any) -> Any:
    """Raise what one of the engine's checks objects to; they answer an error, or a pair of an error and a result."""
    error, result = verdict if isinstance(verdict, tuple) else (verdict, None)
    if error is not None:
        raise GatewayError(error.response_type, error.message)
    return result


def _validate(call: Call, snapshot: dict[str, Any]) -> None:
    """The request validator: parameters first, then the body against the model."""
    validator = snapshot["validators"].get(call.method.get("requestValidatorId")) or {}
    if validator.get("validateRequestParameters"):
        missing = v1._missing_request_parameters(call.method, call.gateway_request(), call.headers, call.query)
        if missing:
            raise GatewayError("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{', '.join(missing)}]")
    models = call.method.get("requestModels") or {}
    model = snapshot["models"].get(models.get(call.media_type(), models.get("application/json", "")))
    if not validator.get("validateRequestBody") or model is None:
        return
    schema = json.loads(model["schema"])
    try:
        document = json.loads(call.body)
        is_valid = v1._json_depth(document) <= _MAX_BODY_DEPTH and v1._json_schema_valid(schema, document, schema)
    except (ValueError, RecursionError):
        is_valid = False
    if not is_valid:
        raise GatewayError("BAD_REQUEST_BODY", "Invalid request body")


async def _integrate(call: Call, integration: dict[str, Any], binary: list[str]) -> Answer:
    kind, uri = integration.get("type", ""), integration.get("uri") or ""
    if kind == "AWS_PROXY":
        return await integrations.lambda_proxy(call, integration, binary)
    if kind == "AWS" and ":dynamodb:action/" in uri:
        return await integrations.dynamodb_action(call, integration)
    if kind == "MOCK":
        return integrations.mock(call, integration)
    # Only APIs made method by method, without a body, get here; a body that needs these is refused at import.
    raise GatewayError("API_CONFIGURATION_ERROR", f"the local cloud has no integration of the type {kind} with {uri}")


def install() -> None:
    """Put this data plane in the engine's place."""
    import ministack.app as engine

    v1._handle_execute_in_scope = handle
    v1.method_authorization_type = authorization_type
    enforce = engine._enforce_execute_api

    def enforce_for_stage(
        api_id: str, stage_name: str, method: str, path: str, headers: dict[str, str], query: Any, **options: Any
    ) -> Any:
        scope = v1.find_api_scope(api_id)
        stage = v1.stages_for_api(api_id).get(stage_name)
        if scope is None or stage is None:
            return enforce(api_id, stage_name, method, path, headers, query, **options)
        if not headers.get("authorization") and "X-Amz-Credential" not in (query or {}):
            return None  # whether that will do is the method's business
        refusal = enforce(api_id, stage_name, method, path, headers, query, **options)
        if refusal is None:
            return None
        with request_scope(*scope):
            call = Call(api_id, stage_name, stage, method, path, headers, query or {}, b"", *scope)
            if "x-amzn-ErrorType" not in refusal[1]:
                # The engine words a refusal by policy itself; on AWS it is a gateway response, with its CORS headers.
                refusal = gateway_answer(call, GatewayError("ACCESS_DENIED", _message(refusal[2])))
            access_log.write(call, refusal)
        return refusal

    engine._enforce_execute_api = enforce_for_stage


def _message(body: bytes) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return "User is not authorized to access this resource"
    return str(document.get("message") or document.get("Message") or "")
