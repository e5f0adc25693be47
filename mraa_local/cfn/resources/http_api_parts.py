"""What the types of HTTP APIs (``AWS::ApiGatewayV2``) have in common: a record with members of its own.

A template writes their names in Pascal case, the API in camel case.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mraa_local.cfn.resources.calls import already_gone, call
from mraa_local.cfn.resources.model import Permission, api_arn
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

Describe = Callable[[str, Mapping[str, Any]], Created]


class Part:
    """A part of an API with steps of its own; ``noun`` as in CreateRoute, ``collection`` as in its path.

    ``created`` makes physical id and attributes from the id that API Gateway gives it and the template's properties.
    """

    def __init__(self, noun: str, collection: str, id_member: str, created: Describe) -> None:
        self._noun, self._collection, self._id_member, self._created = noun, collection, id_member, created

    def permissions(self, change: Change) -> Iterable[Permission]:
        """API Gateway's actions are HTTP methods on the path."""
        path = ("apis", change.current["ApiId"], self._collection)
        if change.is_create:
            yield Permission("apigateway:POST", api_arn("v2", *path))
        else:
            action = "apigateway:DELETE" if change.is_delete else "apigateway:PATCH"
            yield Permission(action, api_arn("v2", *path, change.physical_id.rpartition("/")[2]))

    def create(self, logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
        """Create it."""
        made = call("apigatewayv2", f"Create{self._noun}", **props)
        return self._created(str(made[self._id_member]), props)

    def update(self, physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
        """Change it in place; what the template no longer has is empty."""
        dropped = {name: "" for name in old.keys() - new.keys() if isinstance(old[name], str)}
        named = {**dropped, **{name: value for name, value in new.items() if name != "Tags"}}
        part_id = physical_id.rpartition("/")[2]
        call("apigatewayv2", f"Update{self._noun}", **{**named, self._id_member: part_id})
        return self._created(part_id, new)

    def delete(self, physical_id: str, props: dict[str, Any]) -> None:
        """Delete it; one that no longer exists is success."""
        with already_gone():
            named = {"ApiId": props["ApiId"], self._id_member: physical_id.rpartition("/")[2]}
            call("apigatewayv2", f"Delete{self._noun}", **named)
