"""``AWS::ApiGatewayV2::Api``: HTTP APIs."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.resources.calls import already_gone, call, tags
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, api_arn
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import region


def permissions(change: Change) -> Iterator[Permission]:
    if change.is_create:
        yield Permission("apigateway:POST", api_arn("v2", "apis"))
    else:
        action = "apigateway:DELETE" if change.is_delete else "apigateway:PATCH"
        yield Permission(action, api_arn("v2", "apis", change.physical_id))


def is_http(props: dict[str, Any]) -> None:
    """WebSocket APIs are not supported."""
    if props.get("ProtocolType") != "HTTP":
        raise ValueError(f"The local cloud does not support the ProtocolType {props.get('ProtocolType')} of an API.")


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the API; ``Ref`` is its id."""
    made = call("apigatewayv2", "CreateApi", **{**props, "Name": props.get("Name", logical_id), "Tags": tags(props)})
    return _created(made)


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Change name, description and CORS in place."""
    named = {name: value for name, value in new.items() if name not in ("ProtocolType", "Tags")}
    if "CorsConfiguration" in old and "CorsConfiguration" not in new:
        call("apigatewayv2", "DeleteCorsConfiguration", ApiId=physical_id)
    return _created(call("apigatewayv2", "UpdateApi", ApiId=physical_id, **named))


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the API with its parts."""
    with already_gone():
        call("apigatewayv2", "DeleteApi", ApiId=physical_id)


def _created(api: dict[str, Any]) -> Created:
    api_id = str(api["ApiId"])
    # not the engine's name under localhost, which does not resolve everywhere
    return api_id, {"ApiId": api_id, "ApiEndpoint": f"https://{api_id}.execute-api.{region()}.amazonaws.com"}


RESOURCE = ResourceType(
    "AWS::ApiGatewayV2::Api",
    supported={
        **anything_in("Name ProtocolType Description Version Tags"),
        "CorsConfiguration": anything_in(
            "AllowCredentials AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge"
        ),
    },
    permissions=permissions,
    checks=(is_http,),
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=("ProtocolType",),
)
