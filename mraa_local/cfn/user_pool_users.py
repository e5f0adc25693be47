"""``AWS::Cognito::UserPoolUser``, which the engine lacks: made by its AdminCreateUser, invitation included."""

import json
from typing import Any

from ministack.services import cognito
from ministack.services.cloudformation import provisioners

from mraa_local.cfn.reasons import checked

HOOKED = (
    "ministack.services.cloudformation.provisioners._RESOURCE_HANDLERS",
    "ministack.services.cognito._admin_create_user",
    "ministack.services.cognito._admin_delete_user",
    "ministack.services.cognito._admin_get_user",
)

TYPE = "AWS::Cognito::UserPoolUser"
_PASSED_ON = ("UserPoolId", "Username", "UserAttributes", "DesiredDeliveryMediums", "MessageAction", "ClientMetadata")


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    """Create the user; ``Ref`` is the user's name, as the pool keeps it."""
    answer = checked(
        cognito._admin_create_user({name: props[name] for name in _PASSED_ON if name in props}),
        "CognitoIdentityProvider",
    )
    return str(json.loads(answer[2])["User"]["Username"]), {}


def update(
    physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str
) -> tuple[str, dict[str, str]]:
    """Every property is create-only: another user takes this one's place, which fails under the same name."""
    return create("", new_props, stack_name)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the user; one that is gone already, or whose pool is, is success."""
    who = {"UserPoolId": props["UserPoolId"], "Username": physical_id}
    if cognito._admin_get_user(who)[0] < 400:
        checked(cognito._admin_delete_user(who), "CognitoIdentityProvider")


def install() -> None:
    """Register the resource type."""
    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": create, "update": update, "delete": delete}
