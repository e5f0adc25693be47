"""``AWS::ApiGateway::RestApi``: a new body keeps the API's id, as PutRestApi does; the engine would make a new API."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.api_gateway import imports
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, api_arn, pass_role
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

_ROLE_ARN = re.compile(r"arn:[\w-]+:iam::\d+:role/")


def permissions(change: Change) -> Iterator[Permission]:
    if change.is_create:
        yield Permission("apigateway:POST", api_arn("restapis"))
    elif change.is_delete:
        yield Permission("apigateway:DELETE", api_arn("restapis", change.physical_id))
    else:
        yield Permission("apigateway:PATCH", api_arn("restapis", change.physical_id))
        if change.touches("Body"):
            yield Permission("apigateway:PUT", api_arn("restapis", change.physical_id))
    if change.sets("Body"):
        for role_arn in sorted(set(_credentials(change.new["Body"]))):
            yield pass_role(role_arn, "apigateway.amazonaws.com")


def _credentials(node: Any) -> Iterator[str]:
    """The roles that an OpenAPI body's integrations are to use."""
    if isinstance(node, dict):
        role_arn = node.get("credentials")
        if isinstance(role_arn, str) and _ROLE_ARN.match(role_arn):
            yield role_arn
        node = list(node.values())
    if isinstance(node, list):
        for member in node:
            yield from _credentials(member)


def update(
    engine_update: Callable[..., Created], api_id: str, old: dict[str, Any], new: dict[str, Any], *more: str
) -> Created:
    """Overwrite the body in place, then let the engine change the rest."""
    if new.get("Body") != old.get("Body") and isinstance(new.get("Body"), dict):
        imports.overwrite_body(api_id, new["Body"])
        old = {**old, "Body": new["Body"]}
    return engine_update(api_id, old, new, *more)


RESOURCE = ResourceType(
    "AWS::ApiGateway::RestApi",
    supported=anything_in(
        "BinaryMediaTypes Body Description EndpointConfiguration MinimumCompressionSize Name Policy Tags"
    ),
    permissions=permissions,
    update=update,
)
