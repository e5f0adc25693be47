"""The CloudFormation registry's schemas of resource types, which cfn-lint ships."""

import re
from functools import cache
from typing import Any

from mraa.errors import UsageError

# of every commercial Region; a type that a Region lacks fails there, by AWS's own word
_REGION = "us-east-1"
# some schemas list what is no action, such as s3:REST.PUT.OBJECT, and IAM refuses a whole policy for one
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*]+")
_HANDLERS = ("create", "read", "update", "delete")


@cache
def schema(resource_type: str) -> dict[str, Any] | None:
    """The schema of a resource type; None if there is none. UsageError without cfn-lint."""
    try:
        from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError
    except ModuleNotFoundError as error:
        raise UsageError(
            "Checking an application requires cfn-lint, whose schemas say what CloudFormation needs.",
            "Install it from where mraa came from: pip install 'mraa[build] @ ADDRESS', a file:// or git+https:// one.",
        ) from error
    try:
        return dict(PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, resource_type).schema)
    except ResourceNotFoundError:
        return None


def handler_permissions(resource_type: str) -> frozenset[str] | None:
    """What CloudFormation calls to create, read, update and delete a resource; None if no schema says."""
    handlers = (schema(resource_type) or {}).get("handlers")
    if not handlers:
        return None
    listed = (handlers.get(name, {}).get("permissions", []) for name in _HANDLERS)
    return frozenset(action for actions in listed for action in actions if _ACTION.fullmatch(action))


def name_property(resource_type: str) -> str:
    """The property that is the resource's name and makes it the only one of its kind; empty if there is none."""
    found = schema(resource_type) or {}
    identifier = [str(path).removeprefix("/properties/") for path in found.get("primaryIdentifier", [])]
    if len(identifier) != 1:
        return ""
    read_only = {path.removeprefix("/properties/") for path in found.get("readOnlyProperties", [])}
    if identifier[0] not in read_only:
        return identifier[0]
    # an ARN or a queue's URL contains the name; a generated id says nothing of it
    names = found.get("properties", {}).keys() & _NAMES if identifier[0].endswith(("Arn", "Url")) else set()
    return min((str(name) for name in names - read_only), default="")


_NAMES = {"ManagedPolicyName", "Name", "QueueName", "StateMachineName", "TopicName"}
