"""``AWS::ApiGatewayV2::Route``, open or signed (``AWS_IAM``)."""

from typing import Any

from mraa_local.cfn.resources.http_api_parts import Part
from mraa_local.cfn.resources.model import ResourceType, anything_in

_AUTHORIZATIONS = ("NONE", "AWS_IAM")
PART = Part("Route", "routes", "RouteId", lambda part_id, _: (part_id, {"RouteId": part_id}))


def has_known_authorization(props: dict[str, Any]) -> None:
    """There are no authorizers."""
    authorization = props.get("AuthorizationType", "NONE")
    if authorization not in _AUTHORIZATIONS:
        raise ValueError(f"The local cloud does not support the AuthorizationType {authorization} of a route.")


RESOURCE = ResourceType(
    "AWS::ApiGatewayV2::Route",
    supported=anything_in("ApiId RouteKey Target AuthorizationType OperationName"),
    permissions=PART.permissions,
    checks=(has_known_authorization,),
    create=PART.create,
    update=PART.update,
    delete=PART.delete,
    replaces_engine=True,
    create_only=("ApiId",),
)
