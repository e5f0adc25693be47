"""Import an OpenAPI body: into a new API, or replacing all that the previous body defined.

An update keeps the API's id, as PutRestApi does.
"""

from collections.abc import Mapping
from typing import Any

from mraa_local.api_gateway import body
from mraa_local.api_gateway.body import Body, Method
from mraa_local.engine import apis


def import_body(document: Mapping[str, Any], properties: Mapping[str, Any] | None = None) -> str:
    """Create an API from a body and return its id; ``properties`` override the body."""
    imported = body.read(document)
    data = {**(properties or {})}
    data["name"] = data.get("name") or imported.name
    data["version"] = data.get("version") or imported.version
    if imported.binary_media_types:
        data["binaryMediaTypes"] = imported.binary_media_types
    api_id = apis.create(data)
    _fill(api_id, imported)
    return api_id


def overwrite_body(api_id: str, document: Mapping[str, Any]) -> None:
    """Replace all that a body defines of an API; id, stages and deployments stay."""
    imported = body.read(document)
    apis.clear(api_id)
    api = apis.find(api_id)
    api["version"] = imported.version or api["version"]
    if imported.binary_media_types:
        api["binaryMediaTypes"] = imported.binary_media_types
    _fill(api_id, imported)


def install() -> None:
    """Import bodies in full, and refuse them where they do not come from CloudFormation: they would be ignored."""
    apis.import_bodies_by(import_body)
    apis.refuse_requests_by(_refuse_import)


def _refuse_import(method: str, path: str, query: Mapping[str, Any]) -> str:
    is_import = "mode" in query and path.startswith("/restapis") and method in ("POST", "PUT")
    return "The local cloud creates REST APIs from a body through CloudFormation only." if is_import else ""


def _fill(api_id: str, imported: Body) -> None:
    for name, schema in imported.models.items():
        apis.add_model(api_id, name, schema)
    validators = {name: apis.add_validator(api_id, name, value) for name, value in imported.validators.items()}
    for kind, response in imported.gateway_responses.items():
        apis.put_gateway_response(api_id, kind, response)
    for path, methods in imported.paths.items():
        resource_id = _resource(api_id, path)
        for http_method, method in methods.items():
            settings = _settings(method, validators)
            apis.put_method(api_id, resource_id, http_method, settings, method.responses, method.integration)


def _resource(api_id: str, path: str) -> str:
    """The id of the resource at a path; the resources above it are created as needed."""
    ids = apis.resource_ids(api_id)
    at = "/"
    for part in path.strip("/").split("/"):
        below = f"{at.rstrip('/')}/{part}" if part else at
        if below not in ids:
            ids[below] = apis.add_resource(api_id, ids[at], part)
        at = below
    return ids[at]


def _settings(method: Method, validators: Mapping[str, str]) -> dict[str, Any]:
    return {
        "authorizationType": method.authorization,
        "operationName": method.operation_name,
        "requestParameters": method.request_parameters,
        "requestModels": method.request_models,
        "requestValidatorId": validators.get(method.validator),
    }
