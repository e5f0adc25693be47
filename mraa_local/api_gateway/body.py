"""Reading an OpenAPI 3.0 body the way API Gateway imports it, in full or not at all.

What the body uses and the local cloud does not support is an error at import: an ignored part would only be noticed on
AWS. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mraa_local.api_gateway import integration_body
from mraa_local.api_gateway.integration_body import BodyError, only

METHODS = {verb: verb.upper() for verb in ("get", "post", "put", "delete", "patch", "head", "options")}
METHODS["x-amazon-apigateway-any-method"] = "ANY"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
VALIDATORS = "x-amazon-apigateway-request-validators"
VALIDATOR = "x-amazon-apigateway-request-validator"
INTEGRATION = "x-amazon-apigateway-integration"
AUTH = "x-amazon-apigateway-auth"
BINARY_MEDIA_TYPES = "x-amazon-apigateway-binary-media-types"

_SCHEMA_REF = "#/components/schemas/"
_ANNOTATIONS = {"title", "description", "default", "example", "format", "deprecated"}
_SCHEMA_WORDS = _ANNOTATIONS | {
    "$ref", "type", "enum", "allOf", "anyOf", "oneOf", "not", "dependencies",
    "properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
    "items", "additionalItems", "minItems", "maxItems", "uniqueItems",
    "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
}  # fmt: skip
_PLACES = {"path": "path", "query": "querystring", "header": "header"}


@dataclass(frozen=True)
class Method:
    """One operation; ``integration``, ``responses`` and the request parts are in API Gateway's own shapes."""

    authorization: str
    integration: dict[str, Any]
    responses: dict[str, dict[str, Any]]
    request_parameters: dict[str, bool]
    request_models: dict[str, str]
    validator: str
    operation_name: str


@dataclass(frozen=True)
class Body:
    """An imported body: path -> HTTP method -> Method, and what belongs to the API."""

    name: str
    version: str
    paths: dict[str, dict[str, Method]]
    models: dict[str, str]
    validators: dict[str, dict[str, bool]]
    gateway_responses: dict[str, dict[str, Any]]
    binary_media_types: list[str] = field(default_factory=list)


def read(document: Mapping[str, Any]) -> Body:
    """Read the body or raise BodyError, with the location of the problem."""
    where = "the OpenAPI body"
    only(
        document,
        {"openapi", "info", "paths", "components", "security", "tags"}
        | {GATEWAY_RESPONSES, VALIDATORS, VALIDATOR, BINARY_MEDIA_TYPES},
        where,
    )
    if not str(document.get("openapi", "")).startswith("3.0"):
        raise BodyError(f"{where}: openapi must be 3.0.x")
    components = only(document.get("components", {}), {"schemas", "securitySchemes"}, "components")
    schemas = components.get("schemas", {})
    validators = {
        name: only(value, {"validateRequestBody", "validateRequestParameters"}, f"{VALIDATORS}.{name}")
        for name, value in document.get(VALIDATORS, {}).items()
    }
    reader = _Reader(document, _signed_schemes(components), set(schemas), set(validators))
    info = document.get("info", {})
    return Body(
        name=str(info.get("title", "")),
        version=str(info.get("version", "")),
        paths={path: reader.path_item(path, item) for path, item in document.get("paths", {}).items()},
        models={name: _model(name, schemas) for name in schemas},
        validators={name: dict(value) for name, value in validators.items()},
        gateway_responses={
            kind: _gateway_response(kind, value) for kind, value in document.get(GATEWAY_RESPONSES, {}).items()
        },
        binary_media_types=list(document.get(BINARY_MEDIA_TYPES, [])),
    )


class _Reader:
    """Operations, with what they may refer to."""

    def __init__(
        self, document: Mapping[str, Any], signed: set[str], models: set[str], validators: Iterable[str]
    ) -> None:
        self._security = document.get("security", [])
        self._default_validator = document.get(VALIDATOR, "")
        self._signed = signed
        self._models = models
        self._validators = set(validators)

    def path_item(self, path: str, item: Mapping[str, Any]) -> dict[str, Method]:
        if not re.fullmatch(r"/|(/[\w.~:-]+|/\{\w+\+?\})+", path):
            raise BodyError(f"{path}: not a resource path")
        only(item, {*METHODS, "parameters", "summary", "description"}, path)
        shared = item.get("parameters", [])
        return {
            method: self._operation(f"{method} {path}", shared, item[verb])
            for verb, method in METHODS.items()
            if verb in item
        }

    def _operation(self, where: str, shared: list[Any], operation: Mapping[str, Any]) -> Method:
        only(
            operation,
            {"operationId", "summary", "description", "tags", "parameters", "requestBody", "responses", "security"}
            | {INTEGRATION, AUTH, VALIDATOR},
            where,
        )
        validator = operation.get(VALIDATOR, self._default_validator)
        if validator and validator not in self._validators:
            raise BodyError(f"{where}: no such request validator: {validator}")
        responses = {
            str(code): self._response(f"{where} {code}", str(code), response)
            for code, response in operation.get("responses", {}).items()
        }
        if INTEGRATION not in operation:
            raise BodyError(f"{where}: no {INTEGRATION}")
        return Method(
            authorization=self._authorization(where, operation),
            integration=integration_body.read(where, operation[INTEGRATION], responses),
            responses=responses,
            request_parameters=dict(_parameter(where, each) for each in [*shared, *operation.get("parameters", [])]),
            request_models=self._request_models(where, operation.get("requestBody", {})),
            validator=validator,
            operation_name=str(operation.get("operationId", "")),
        )

    def _authorization(self, where: str, operation: Mapping[str, Any]) -> str:
        if AUTH in operation:
            kind = only(operation[AUTH], {"type"}, f"{where}.{AUTH}").get("type", "")
            if kind.upper() not in ("AWS_IAM", "NONE"):
                raise BodyError(f"{where}: the local cloud does not support the authorization type {kind}")
            return str(kind.upper())
        required = operation.get("security", self._security)
        names = {name for requirement in required for name in requirement}
        if names - self._signed:
            raise BodyError(f"{where}: no awsSigv4 security scheme of this name: {sorted(names - self._signed)}")
        return "AWS_IAM" if names else "NONE"

    def _request_models(self, where: str, request_body: Mapping[str, Any]) -> dict[str, str]:
        only(request_body, {"description", "required", "content"}, f"{where} requestBody")
        return self._content_models(f"{where} requestBody", request_body.get("content", {}))

    def _response(self, where: str, code: str, response: Mapping[str, Any]) -> dict[str, Any]:
        if not re.fullmatch(r"[1-5]\d\d", code):
            raise BodyError(f"{where}: not a status code")
        only(response, {"description", "headers", "content"}, where)
        return {
            "statusCode": code,
            "responseParameters": {f"method.response.header.{name}": False for name in response.get("headers", {})},
            "responseModels": self._content_models(where, response.get("content", {})),
        }

    def _content_models(self, where: str, content: Mapping[str, Any]) -> dict[str, str]:
        models = {}
        for media_type, media in content.items():
            reference = only(media, {"schema", "example"}, f"{where} {media_type}").get("schema", {}).get("$ref", "")
            name = reference.removeprefix(_SCHEMA_REF)
            if name not in self._models:
                raise BodyError(f"{where} {media_type}: the schema must be a $ref to one of components.schemas")
            models[media_type] = name
        return models


def _signed_schemes(components: Mapping[str, Any]) -> set[str]:
    """The names of the security schemes; all must be SigV4."""
    schemes = components.get("securitySchemes", {})
    for name, scheme in schemes.items():
        where = f"securitySchemes.{name}"
        only(scheme, {"type", "name", "in", "description", "x-amazon-apigateway-authtype"}, where)
        if scheme.get("x-amazon-apigateway-authtype") != "awsSigv4" or scheme.get("type") != "apiKey":
            raise BodyError(f"{where}: the local cloud supports awsSigv4 only")
    return set(schemes)


def _parameter(where: str, parameter: Mapping[str, Any]) -> tuple[str, bool]:
    only(parameter, {"name", "in", "required", "schema", "description", "example"}, f"{where} parameters")
    if parameter.get("in") not in _PLACES or "name" not in parameter:
        raise BodyError(f"{where}: a parameter needs a name and a place out of {sorted(_PLACES)}")
    return f"method.request.{_PLACES[parameter['in']]}.{parameter['name']}", bool(parameter.get("required", False))


def _model(name: str, schemas: Mapping[str, Any]) -> str:
    """A model as JSON text with all definitions inside, for a reference resolves only within its own model."""
    for each, schema in schemas.items():
        _check_schema(f"components.schemas.{each}", schema, set(schemas))
    definitions = json.dumps(schemas, sort_keys=True).replace(_SCHEMA_REF, "#/definitions/")
    return json.dumps({**json.loads(definitions)[name], "definitions": json.loads(definitions)}, sort_keys=True)


def _check_schema(where: str, schema: Any, names: set[str]) -> None:
    if isinstance(schema, bool):
        return
    only(schema, _SCHEMA_WORDS, where)
    reference = schema.get("$ref", "")
    if reference and reference.removeprefix(_SCHEMA_REF) not in names:
        raise BodyError(f"{where}: no such schema: {reference}")
    for word in ("properties", "patternProperties"):
        for name, sub in schema.get(word, {}).items():
            _check_schema(f"{where}.{name}", sub, names)
    for word in ("allOf", "anyOf", "oneOf"):
        for sub in schema.get(word, []):
            _check_schema(f"{where}.{word}", sub, names)
    for word in ("items", "not", "additionalProperties", "additionalItems"):
        subs = schema.get(word, [])
        for sub in subs if isinstance(subs, list) else [subs]:
            _check_schema(f"{where}.{word}", sub, names)


def _gateway_response(kind: str, response: Mapping[str, Any]) -> dict[str, Any]:
    where = f"{GATEWAY_RESPONSES}.{kind}"
    only(response, {"statusCode", "responseParameters", "responseTemplates"}, where)
    for name, source in response.get("responseParameters", {}).items():
        if not name.startswith("gatewayresponse.header.") or not re.fullmatch(r"'[^']*'|method\.request\..+", source):
            raise BodyError(f"{where}: the local cloud does not support the mapping {name} = {source}")
    for template in response.get("responseTemplates", {}).values():
        vtl_in = set(re.findall(r"#[a-z]+|\$(?:input|util)\b", template))
        if vtl_in:
            raise BodyError(f"{where}: a gateway response only substitutes $context variables, not {sorted(vtl_in)}")
    return dict(response)
