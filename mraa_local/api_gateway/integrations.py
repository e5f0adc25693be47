"""The back ends of a method: a Lambda function behind a proxy, DynamoDB directly, or nothing at all (mock)."""

import asyncio
import base64
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from mraa_local.access import item_actions
from mraa_local.access.service_roles import ServiceRole
from mraa_local.api_gateway import vtl
from mraa_local.api_gateway.call import Call
from mraa_local.api_gateway.integration_body import DYNAMODB_URI, LAMBDA_URI
from mraa_local.engine import application, functions, roles, stages, tables, velocity
from mraa_local.engine.authorization import Check
from mraa_local.engine.roles import Asked, Principal
from mraa_local.engine.scope import Answer, scope

logger = logging.getLogger(__name__)
SERVICE = "apigateway.amazonaws.com"
_PROXY_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}


class GatewayError(Exception):
    """API Gateway answers by itself: a gateway response type, its message, and the status if it is not the type's."""

    def __init__(self, kind: str, message: str = "Internal server error", status: int = 0) -> None:
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status


async def lambda_proxy(call: Call, integration: Mapping[str, Any], binary_media_types: list[str]) -> Answer:
    """Invoke the function with the proxy event and return its answer."""
    uri = LAMBDA_URI.fullmatch(integration["uri"])
    if not uri:
        raise _misconfigured(call, f"not a function: {integration['uri']}")
    function = uri["function"]
    policy = functions.policy(function, call.account_id, call.region)
    if policy is None or not _may_invoke(call, integration, function, policy):
        raise _misconfigured(call, f"no function {function}, or API Gateway has no permission to invoke it")
    event = stages.proxy_event(call, call.stage, call.reached, binary_media_types)
    del event["version"]  # only HTTP APIs say it
    event["requestContext"].update(
        {
            "requestId": call.request_id,
            "extendedRequestId": call.request_id,
            "identity": call.identity,
            "deploymentId": call.stage.get("deploymentId", ""),
            "domainName": f"{call.api_id}.execute-api.{call.region}.amazonaws.com",
            "domainPrefix": call.api_id,
        }
    )
    invocation = asyncio.ensure_future(functions.invoke(function, event, call.account_id, call.region))
    # A running function cannot be stopped: after API Gateway's timeout it continues, and nobody waits for it.
    done, _ = await asyncio.wait({invocation}, timeout=int(integration.get("timeoutInMillis", 29_000)) / 1000)
    if not done:
        raise GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out", 504)
    result, problem = invocation.result()
    if problem or result.get("throttle") or result.get("error"):
        logger.warning("%s: the function failed: %s", call.source_arn(), problem or result.get("body"))
        raise GatewayError("DEFAULT_5XX", status=502)
    call.integration_status = "200"
    return _proxy_answer(call, result.get("body"), binary_media_types)


async def dynamodb_action(call: Call, integration: Mapping[str, Any]) -> Answer:
    """Make the rendered request with the integration's role, map the answer back."""
    uri = DYNAMODB_URI.fullmatch(integration["uri"])
    if not uri:
        raise _misconfigured(call, f"not a DynamoDB action: {integration['uri']}")
    region, action = uri["region"], uri["action"]
    role = ServiceRole(str(integration.get("credentials")), SERVICE, source_arn=call.source_arn())
    if not role.can_be_assumed():
        raise _misconfigured(call, f"API Gateway cannot assume {integration.get('credentials')}")
    request = _request_body(call, integration).encode()
    if any(call.request_override.values()):
        raise _misconfigured(call, "the local cloud does not support requestOverride with DynamoDB")
    keys = tables.condition_keys(request)
    named = item_actions.checks_of(action if action.startswith("Transact") else "", request, region, call.account_id)
    checks = [check._replace(action=check.action or f"dynamodb:{action}") for check in named or [Check("", "*")]]
    denied = [each for each in checks if not role.may(*each[:2], region, keys={**keys, **each.keys})]
    if not denied:
        with scope(call.account_id, region):
            status, headers, body = await tables.call(action, request)
    else:
        what = f"{denied[0].action} on {denied[0].resource_arn}"
        message = f"{integration['credentials']} is not authorized to perform: {what}"
        logger.warning("%s: %s", call.source_arn(), message)
        refusal = {"__type": "com.amazon.coral.service#AccessDeniedException", "Message": message}
        status, headers, body = 400, {}, json.dumps(refusal).encode()
    text = body.decode() if isinstance(body, bytes) else str(body)
    return _mapped(call, integration, status, headers, text)


def mock(call: Call, integration: Mapping[str, Any]) -> Answer:
    """The request template gives the status; the answer is the integration response of that status."""
    rendered = _request_body(call, integration)
    found = re.search(r'"?statusCode"?\s*:\s*(\d{3})', rendered)
    if not found:
        raise _misconfigured(call, "the mock's request template renders no statusCode")
    return _mapped(call, integration, int(found[1]), {}, "")


def _may_invoke(call: Call, integration: Mapping[str, Any], function: str, policy: Mapping[str, Any]) -> bool:
    if not application.is_auth_on():
        return True
    if integration.get("credentials"):
        role = ServiceRole(integration["credentials"], SERVICE, source_arn=call.source_arn())
        return role.can_be_assumed() and role.may("lambda:InvokeFunction", function, call.region)
    keys = {"aws:SourceArn": call.source_arn(), "aws:SourceAccount": call.account_id}
    asked = Asked("lambda:InvokeFunction", function, call.region, keys)
    return roles.service_is_allowed(policy, Principal(SERVICE, "Service", call.account_id), asked)


def _misconfigured(call: Call, why: str) -> GatewayError:
    logger.warning("%s: execution failed due to configuration error: %s", call.source_arn(), why)
    return GatewayError("API_CONFIGURATION_ERROR")


def _proxy_answer(call: Call, payload: Any, binary_media_types: list[str]) -> Answer:
    """The function's ``{statusCode, headers, multiValueHeaders, body, isBase64Encoded}`` as an HTTP answer."""
    body = payload.get("body") if isinstance(payload, dict) else None
    try:
        status = int(payload.get("statusCode") or 200)
        is_known = payload.keys() <= _PROXY_MEMBERS  # none is required, but any other one is refused
    except (AttributeError, TypeError, ValueError):
        is_known = False
    if not is_known or not isinstance(body, str | None):
        logger.warning("%s: malformed Lambda proxy response: %s", call.source_arn(), payload)
        raise GatewayError("DEFAULT_5XX", status=502)
    headers: dict[str, Any] = {"Content-Type": "application/json"}
    single = {name: str(value) for name, value in (payload.get("headers") or {}).items()}
    multiple = {
        name: [str(value) for value in values] for name, values in (payload.get("multiValueHeaders") or {}).items()
    }
    for name, value in {**single, **multiple}.items():
        for known in [known for known in headers if known.lower() == name.lower()]:
            del headers[known]
        headers[name] = value
    if payload.get("isBase64Encoded") and stages.matches_media_type(call.header("accept"), binary_media_types):
        return status, headers, base64.b64decode(body or "")
    return status, headers, (body or "").encode()


def _request_body(call: Call, integration: Mapping[str, Any]) -> str:
    """The rendered request template of the content type, or the unchanged body, by passthroughBehavior."""
    templates = integration.get("requestTemplates") or {}
    body = call.body.decode("utf-8", "replace")
    template = templates.get(call.media_type())
    if template is None:
        behavior = integration.get("passthroughBehavior", "WHEN_NO_MATCH")
        if behavior == "NEVER" or (behavior == "WHEN_NO_TEMPLATES" and templates):
            raise GatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
        return body
    try:
        return _render(call, template, body, call.context())
    except vtl.BodyNotJsonError as error:
        raise GatewayError("BAD_REQUEST_BODY", f"Could not parse request body into json: {error}") from error


def _render(call: Call, template: str, body: str, context: dict[str, Any]) -> str:
    try:
        return vtl.render(template, vtl.Input(body, call.params()), context, call.stage.get("variables") or {})
    except vtl.BodyNotJsonError:
        raise
    except velocity.TemplateFailedError as error:
        raise _misconfigured(call, f"the mapping template failed: {error}") from error


def _mapped(
    call: Call, integration: Mapping[str, Any], status: int, backend_headers: Mapping[str, str], text: str
) -> Answer:
    """The integration response whose pattern matches the back end's status, else the one without a pattern."""
    call.integration_status = str(status)
    responses = list((integration.get("integrationResponses") or {}).values())
    matching = [each for each in responses if each.get("selectionPattern")]
    matching = [each for each in matching if re.fullmatch(each["selectionPattern"], str(status))]
    response = next(iter(matching or [each for each in responses if not each.get("selectionPattern")]), None)
    if response is None:
        raise _misconfigured(call, f"no integration response for the back end's status {status}")
    context = call.context()
    media_type, template = next(iter((response.get("responseTemplates") or {}).items()), ("application/json", None))
    try:
        body = text if template is None else _render(call, template, text, context)
    except vtl.BodyNotJsonError as error:
        raise _misconfigured(call, f"the back end's answer is not JSON: {error}") from error
    headers: dict[str, Any] = {"Content-Type": media_type}
    for name, source in (response.get("responseParameters") or {}).items():
        value = _mapped_value(source, text, backend_headers, context)
        if value is not None:
            headers[name.removeprefix("method.response.header.")] = value
    headers |= {name: str(value) for name, value in call.response_override["header"].items()}
    return _overridden(call) or int(response["statusCode"]), headers, body.encode()


def _overridden(call: Call) -> int:
    """The status that a template has set; 0 for none, and for what is no status of an answer."""
    status = str(call.response_override.get("status", ""))
    return int(status) if re.fullmatch("[1-5][0-9]{2}", status) else 0


def _mapped_value(source: str, text: str, headers: Mapping[str, str], context: Mapping[str, Any]) -> str | None:
    if source.startswith("'"):
        return source[1:-1]
    if source.startswith("integration.response.header."):
        wanted = source.rpartition(".")[2].lower()
        return next((value for name, value in headers.items() if name.lower() == wanted), None)
    if source.startswith("context."):
        at: Any = context
        for name in source.split(".")[1:]:
            at = at.get(name) if isinstance(at, Mapping) else None
        return None if at is None else str(at)
    path = source.removeprefix("integration.response.body")
    value = vtl.Input(text, {}).path(f"${path}") if path else text
    return value if isinstance(value, str) else json.dumps(value)
