"""``AWS::Lambda::Permission``."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, function_arn
from mraa_local.engine import functions
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    if not change.is_create:
        yield Permission("lambda:RemovePermission", function_arn(change.old["FunctionName"]))
    if not change.is_delete:
        yield Permission("lambda:AddPermission", function_arn(change.new["FunctionName"]))


def function_exists(props: dict[str, Any]) -> None:
    """The engine would not object."""
    name = props["FunctionName"]
    if not functions.is_known(name):
        refuse(f"Function not found: {name}", "Lambda", 404, "NotFound")


RESOURCE = ResourceType(
    "AWS::Lambda::Permission",
    supported=anything_in("Action FunctionName Principal SourceArn SourceAccount"),
    permissions=permissions,
    checks=(function_exists,),
)
