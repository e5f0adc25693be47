"""``AWS::ApiGateway::Account``: the role that the account's APIs write their logs under."""

from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.access.service_roles import ServiceRole
from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, api_arn, pass_role
from mraa_local.engine.resources import Change

SERVICE = "apigateway.amazonaws.com"


def permissions(change: Change) -> Iterator[Permission]:
    if not change.is_delete:
        yield Permission("apigateway:PATCH", api_arn("account"))
        if change.sets("CloudWatchRoleArn"):
            yield pass_role(change.new["CloudWatchRoleArn"], SERVICE)


def logging_role_is_assumable(props: dict[str, Any]) -> None:
    """API Gateway tries the role when it is set."""
    role = props.get("CloudWatchRoleArn")
    if role and not ServiceRole(role, SERVICE, source_arn=api_arn("account")).can_be_assumed():
        message = "The role ARN does not have required permissions configured. "
        message += "Please grant trust permission for API Gateway and add the required role policy."
        refuse(message, "ApiGateway", 400, "InvalidRequest")


def delete(engine_delete: Callable[..., None], physical_id: str, props: dict[str, Any]) -> None:
    """Leave the account as it is, as AWS does; the engine would drop the role."""


RESOURCE = ResourceType(
    "AWS::ApiGateway::Account",
    supported=anything_in("CloudWatchRoleArn"),
    permissions=permissions,
    checks=(logging_role_is_assumable,),
    delete=delete,
)
