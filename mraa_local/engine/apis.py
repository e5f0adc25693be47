"""The control plane of REST APIs: create an API and its parts, in API Gateway's own shapes.

Raises InvalidPartError with API Gateway's message for what it refuses.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import apigateway as v2
from ministack.services import apigateway_v1 as v1

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Parts = Mapping[str, Any]


class InvalidPartError(ValueError):
    """API Gateway refuses a part of an API; the message gives the reason."""


def import_bodies_by(import_body: Callable[[Parts, Parts | None], str]) -> None:
    """Let ``import_body(document, properties)`` create an API from a body and answer its id."""
    v1._import_rest_api = lambda document, base_data=None: import_body(document, base_data)


def refuse_requests_by(refuse: Callable[[str, str, Mapping[str, Any]], str]) -> None:
    """Refuse requests to the control plane for which ``refuse(method, path, query)`` returns a reason."""
    original = v1.handle_request

    async def handle(method: str, path: str, headers: Parts, body: bytes, query: Mapping[str, Any]) -> Answer:
        reason = refuse(method, path, query)
        answer: Answer
        if reason:
            answer = v1._v1_error("NotImplementedException", reason, 501)
        else:
            answer = await original(method, path, headers, body, query)
        return answer

    rebind(original, handle)


def create(settings: Parts) -> str:
    """Create an API; its id."""
    return str(_created(v1._create_rest_api(settings))["id"])


def find(api_id: str) -> dict[str, Any]:
    """The API's record, to be changed in place."""
    api: dict[str, Any] = v1._rest_apis[api_id]
    return api


def clear(api_id: str) -> None:
    """Remove everything that a body defines of an API; id, stages and deployments stay."""
    resources = v1._resources[api_id]
    for resource_id, resource in list(resources.items()):
        resource["resourceMethods"] = {}
        if resource["path"] != "/":
            del resources[resource_id]
    for store in (v1._models, v1._request_validators, v1._gateway_responses):
        store[api_id] = {}


def add_model(api_id: str, name: str, schema: str) -> None:
    """Add a model: a JSON schema as text."""
    _created(v1._create_model(api_id, {"name": name, "schema": schema, "contentType": "application/json"}))


def add_validator(api_id: str, name: str, settings: Parts) -> str:
    """Add a request validator; its id."""
    return str(_created(v1._create_request_validator(api_id, {"name": name, **settings}))["id"])


def put_gateway_response(api_id: str, kind: str, response: Parts) -> None:
    """Set a gateway response: what API Gateway itself answers to one kind of error."""
    _created(v1._put_gateway_response(api_id, kind, response))


def resource_ids(api_id: str) -> dict[str, str]:
    """The ids of the API's resources by path."""
    return {resource["path"]: str(resource_id) for resource_id, resource in v1._resources[api_id].items()}


def add_resource(api_id: str, parent_id: str, path_part: str) -> str:
    """Add a resource below another; its id."""
    return str(_created(v1._create_resource(api_id, parent_id, {"pathPart": path_part}))["id"])


def put_method(
    api_id: str, resource_id: str, http_method: str, method: Parts, responses: Mapping[str, Parts], integration: Parts
) -> None:
    """Put a method with its responses and its integration, whose responses are in ``integrationResponses``."""
    _created(v1._put_method(api_id, resource_id, http_method, method))
    for code, response in responses.items():
        _created(v1._put_method_response(api_id, resource_id, http_method, code, response))
    _created(v1._put_integration(api_id, resource_id, http_method, integration))
    for code, response in integration["integrationResponses"].items():
        _created(v1._put_integration_response(api_id, resource_id, http_method, code, response))


def logging_role() -> str:
    """The ARN of the role that the account's APIs write logs under; empty if none is set."""
    return str((v1._account_settings.get("settings") or {}).get("cloudwatchRoleArn") or "")


def region_of(api_id: str) -> str:
    """The Region of a REST or HTTP API; empty if it does not exist."""
    scope = v1.find_api_scope(api_id) or v2.find_api_scope(api_id)
    return str(scope[1]) if scope else ""


def _created(answer: Answer) -> dict[str, Any]:
    status, _, content = answer
    document = json.loads(content) if content else {}
    if status >= 400:
        raise InvalidPartError(str(document.get("message", document)))
    return dict(document)
