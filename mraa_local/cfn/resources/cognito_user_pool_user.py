"""``AWS::Cognito::UserPoolUser``, which the engine lacks: created by its AdminCreateUser, invitation included."""

import json
from typing import Any

from mraa_local.cfn.reasons import checked
from mraa_local.cfn.resources.model import ResourceType, anything_in, arn, one_action_each
from mraa_local.engine import user_pools
from mraa_local.engine.resource_types import Created

_SUPPORTED = anything_in("UserPoolId Username UserAttributes DesiredDeliveryMediums MessageAction ClientMetadata")


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the user; ``Ref`` is the user's name, as the pool keeps it."""
    request = {name: props[name] for name in _SUPPORTED if name in props}
    answer = checked(user_pools.create_user(request), "CognitoIdentityProvider")
    return str(json.loads(answer[2])["User"]["Username"]), {}


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Every property is create-only: another user takes this one's place, which fails under the same name."""
    return create("", new, stack_name)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the user; one that no longer exists, or whose pool does not, is success."""
    if user_pools.user_exists(props["UserPoolId"], physical_id):
        checked(user_pools.delete_user(props["UserPoolId"], physical_id), "CognitoIdentityProvider")


RESOURCE = ResourceType(
    "AWS::Cognito::UserPoolUser",
    supported=_SUPPORTED,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    permissions=one_action_each(
        "cognito-idp:AdminCreateUser",
        "cognito-idp:AdminUpdateUserAttributes",
        "cognito-idp:AdminDeleteUser",
        lambda change: arn("cognito-idp", f"userpool/{change.current['UserPoolId']}"),
    ),
)
