"""Reading ``x-amazon-apigateway-integration``: Lambda proxy, DynamoDB and mock, checked as strictly as AWS does."""

import re
from collections.abc import Mapping
from typing import Any

from mraa_local.engine import velocity

DYNAMODB_URI = re.compile(r"arn:[a-z-]+:apigateway:(?P<region>[a-z0-9-]+):dynamodb:action/(?P<action>\w+)")
LAMBDA_URI = re.compile(
    r"arn:[a-z-]+:apigateway:(?P<region>[a-z0-9-]+):lambda:path/2015-03-31/functions/(?P<function>arn:[^/]+)/invocations"
)
DYNAMODB_ACTIONS = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"}

_COMMON = {"type", "httpMethod", "uri", "credentials", "timeoutInMillis", "passthroughBehavior", "connectionType"}
_MAPPED = {"requestTemplates", "responses"}
_PASSTHROUGH = {"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"}
_SOURCES = re.compile(r"'[^']*'|integration\.response\.header\.[\w-]+|integration\.response\.body(\..+)?|context\..+")


class BodyError(ValueError):
    """The body cannot be imported: what is wrong and where."""


def only(value: Any, known: set[str], where: str) -> Mapping[str, Any]:
    """``value`` as a mapping that has none but the known keys; AWS ignores foreign ``x-`` extensions, so do we."""
    if not isinstance(value, Mapping):
        raise BodyError(f"{where}: an object is needed here, not {type(value).__name__}")
    for key in value:
        if key not in known and (not key.startswith("x-") or key.startswith("x-amazon")):
            raise BodyError(f"{where}: the local cloud does not support {key!r}")
    return value


def read(where: str, integration: Mapping[str, Any], responses: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The integration in API Gateway's own shape; ``responses`` are the method's declared responses."""
    kind = str(integration.get("type", "")).upper()
    where = f"{where} integration"
    if kind == "AWS_PROXY":
        only(integration, _COMMON, where)
        _check_uri(where, integration, LAMBDA_URI)
    elif kind == "AWS":
        only(integration, _COMMON | _MAPPED, where)
        action = _check_uri(where, integration, DYNAMODB_URI)["action"]
        if action not in DYNAMODB_ACTIONS:
            raise BodyError(f"{where}: the local cloud does not support the DynamoDB action {action}")
        if not str(integration.get("credentials", "")).startswith("arn:"):
            raise BodyError(f"{where}: AWS integrations need the ARN of a role as credentials")
    elif kind == "MOCK":
        only(integration, (_COMMON | _MAPPED) - {"uri", "credentials"}, where)
    else:
        raise BodyError(f"{where}: the local cloud does not support the type {integration.get('type')!r}")
    if kind != "AWS_PROXY" and not integration.get("responses"):
        raise BodyError(f"{where}: no responses")
    if integration.get("connectionType", "INTERNET") != "INTERNET":
        raise BodyError(f"{where}: the local cloud supports the connection type INTERNET only")
    behavior = str(integration.get("passthroughBehavior", "when_no_match")).upper()
    if behavior not in _PASSTHROUGH:
        raise BodyError(f"{where}: passthroughBehavior is one of {sorted(_PASSTHROUGH)}")
    timeout = int(integration.get("timeoutInMillis", 29_000))
    if not 50 <= timeout <= 29_000:
        raise BodyError(f"{where}: timeoutInMillis is between 50 and 29000")
    return {
        "type": kind,
        "httpMethod": integration.get("httpMethod", "POST"),
        "uri": integration.get("uri", ""),
        "credentials": integration.get("credentials"),
        "requestTemplates": _templates(where, integration.get("requestTemplates", {})),
        "passthroughBehavior": behavior,
        "timeoutInMillis": timeout,
        "integrationResponses": _responses(where, integration.get("responses", {}), responses),
    }


def _check_uri(where: str, integration: Mapping[str, Any], form: re.Pattern[str]) -> re.Match[str]:
    matched = form.fullmatch(str(integration.get("uri", "")))
    if not matched:
        raise BodyError(f"{where}: the local cloud cannot reach {integration.get('uri')!r}")
    if integration.get("httpMethod") != "POST":
        raise BodyError(f"{where}: httpMethod must be POST for this service, whatever the method is")
    return matched


def _templates(where: str, templates: Mapping[str, str]) -> dict[str, str]:
    for media_type, template in templates.items():
        try:
            velocity.check(template)
        except velocity.TemplateFailedError as error:
            raise BodyError(f"{where}: the template for {media_type} is not valid: {error}") from error
    return dict(templates)


def _responses(
    where: str, integration_responses: Mapping[str, Any], responses: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Status code -> integration response. The body keys them by selection pattern; ``default`` is no pattern."""
    found: dict[str, dict[str, Any]] = {}
    for pattern, response in integration_responses.items():
        place = f"{where} response {pattern!r}"
        only(response, {"statusCode", "responseParameters", "responseTemplates"}, place)
        code = str(response.get("statusCode", ""))
        if code not in responses:
            raise BodyError(f"{place}: the method declares no response {code!r}")
        if code in found:
            raise BodyError(f"{place}: a second integration response with the status {code}")
        for name, source in response.get("responseParameters", {}).items():
            if name not in responses[code]["responseParameters"]:
                raise BodyError(f"{place}: the method's response {code} declares no {name}")
            if not _SOURCES.fullmatch(source):
                raise BodyError(f"{place}: the local cloud does not support the mapping {source}")
        found[code] = {
            "statusCode": code,
            "selectionPattern": "" if pattern == "default" else _pattern(place, pattern),
            "responseParameters": dict(response.get("responseParameters", {})),
            "responseTemplates": _templates(place, response.get("responseTemplates", {})),
        }
    return found


def _pattern(where: str, pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise BodyError(f"{where}: not a regular expression: {error}") from error
    return pattern
