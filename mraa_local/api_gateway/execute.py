"""The data plane: from a request at a stage to its answer, in the order API Gateway checks things."""

import json
import time
from collections.abc import Callable
from typing import Any

from mraa_local.access import signatures
from mraa_local.api_gateway import access_log, deployments, integrations, request_metrics
from mraa_local.api_gateway.call import Call
from mraa_local.api_gateway.integrations import GatewayError
from mraa_local.api_gateway.routing import route
from mraa_local.engine import stages
from mraa_local.engine.scope import Answer, scope
from mraa_local.engine.stages import Arrival, Deployed, Rejection
from mraa_local.faults import throttles

_SERVICE = "execute-api"
_MAX_BODY_DEPTH = 1000


async def handle(arrival: Arrival) -> Answer:
    """Serve one request."""
    stage = stages.find(arrival.api_id, arrival.stage_name)
    if stage is None:
        # No deployment, so no gateway responses and no log either.
        return (
            403,
            {"Content-Type": "application/json", "x-amzn-ErrorType": "ForbiddenException"},
            b'{"message":"Forbidden"}',
        )
    call = Call(**vars(arrival), stage=stage)
    try:
        answer = await _answer(call)
    except GatewayError as error:
        answer = gateway_answer(call, error)
    status, answer_headers, content = answer
    answer = status, {**answer_headers, "x-amzn-requestid": call.request_id, "x-amz-apigw-id": call.request_id}, content
    access_log.write(call, answer)
    request_metrics.count(call, answer[0])
    return answer


def gateway_answer(call: Call, error: GatewayError) -> Answer:
    """A gateway response, with the headers and the body that the deployed API gives it."""
    call.error = {"message": error.message, "responseType": error.kind}
    status, headers, body = stages.gateway_response(Rejection(error.kind, error.message), call.gateway_request())
    return error.status or status, headers, body


def authorization_type(api_id: str, stage_name: str, http_method: str, path: str) -> str | None:
    """The authorization type of the method a request reaches, or None."""
    owner = stages.scope_of(api_id)
    if owner is None:
        return None
    with scope(*owner):
        stage = stages.find(api_id, stage_name) or {}
        snapshot = deployments.deployed(api_id, stage.get("deploymentId", ""))
        found = route(snapshot["resources"], http_method, path) if snapshot else None
    return str(found[1].get("authorizationType") or "NONE").upper() if found else None


async def _answer(call: Call) -> Answer:
    snapshot = deployments.deployed(call.api_id, call.stage.get("deploymentId", ""))
    found = route(snapshot["resources"], call.http_method, call.path) if snapshot else None
    if snapshot is None or found is None:
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")  # AWS's word for it
    call.reached = Deployed(*found)
    method = call.reached.method
    integration = method.get("methodIntegration")
    if not integration:
        raise GatewayError("API_CONFIGURATION_ERROR")
    _raise(await stages.check_authorization(call, call.stage, call.reached))
    if method.get("authorizationType") == "AWS_IAM":
        call.identify()
    throttle = throttles.find("execute-api")
    if throttle and call.http_method != "OPTIONS" and throttle.refuses():
        raise GatewayError("THROTTLED", "Too Many Requests")
    _raise(stages.check_limits(call, call.stage, call.reached))
    _validate(call, snapshot)
    started = time.monotonic()
    try:
        return await _integrate(call, integration, snapshot["binaryMediaTypes"])
    finally:
        call.integration_ms = int((time.monotonic() - started) * 1000)


def _raise(refused: Rejection | None) -> None:
    if refused is not None:
        raise GatewayError(refused.kind, refused.message)


def _validate(call: Call, snapshot: dict[str, Any]) -> None:
    """The request validator: parameters first, then the body against the model."""
    method = call.reached.method
    validator = snapshot["validators"].get(method.get("requestValidatorId")) or {}
    if validator.get("validateRequestParameters"):
        missing = stages.missing_parameters(method, call.gateway_request(), call.headers, call.query)
        if missing:
            raise GatewayError("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{', '.join(missing)}]")
    models = method.get("requestModels") or {}
    model = snapshot["models"].get(models.get(call.media_type(), models.get("application/json", "")))
    if not validator.get("validateRequestBody") or model is None:
        return
    schema = json.loads(model["schema"])
    try:
        document = json.loads(call.body)
        is_valid = stages.fits_schema(document, schema, _MAX_BODY_DEPTH)
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
    # Only APIs created method by method, without a body, get here; a body that needs these is refused at import.
    raise GatewayError("API_CONFIGURATION_ERROR", f"the local cloud has no integration of the type {kind} with {uri}")


def _authorized(arrival: Arrival, proceed: Callable[[], Answer | None]) -> Answer | None:
    if not arrival.headers.get("authorization") and "X-Amz-Credential" not in arrival.query:
        return None  # the method decides whether that is enough
    objection = ""
    if authorization_type(arrival.api_id, arrival.stage_name, arrival.http_method, arrival.path) == "AWS_IAM":
        objection = signatures.problem(signatures.scope_of(arrival.headers, arrival.query), arrival.region, _SERVICE)
    refusal = (403, {}, b"") if objection else proceed()
    if refusal is None:
        return None
    with scope(arrival.account_id, arrival.region):
        call = Call(**vars(arrival), stage=stages.find(arrival.api_id, arrival.stage_name) or {})
        if objection:
            status, headers, content = gateway_answer(call, GatewayError("INVALID_SIGNATURE", objection))
            refusal = status, {**headers, "x-amzn-ErrorType": "InvalidSignatureException"}, content
        elif "x-amzn-ErrorType" not in refusal[1]:
            # The engine words a refusal by policy itself; on AWS it is a gateway response, with its CORS headers.
            refusal = gateway_answer(call, GatewayError("ACCESS_DENIED", _message(refusal[2])))
        access_log.write(call, refusal)
    return refusal


def install() -> None:
    """Put this data plane in the engine's place."""
    stages.serve_by(handle, authorization_type)
    stages.around_authorization(_authorized)


def _message(body: bytes) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return "User is not authorized to access this resource"
    return str(document.get("message") or document.get("Message") or "")
