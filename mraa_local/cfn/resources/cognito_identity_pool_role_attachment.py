"""``AWS::Cognito::IdentityPoolRoleAttachment``."""

from collections.abc import Iterator

from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, pass_role
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    pool = arn("cognito-identity", f"identitypool/{change.current['IdentityPoolId']}")
    yield Permission("cognito-identity:SetIdentityPoolRoles", pool)
    for role in sorted((change.new.get("Roles") or {}).values()):
        yield pass_role(role, "cognito-identity.amazonaws.com")


RESOURCE = ResourceType(
    "AWS::Cognito::IdentityPoolRoleAttachment",
    supported=anything_in("IdentityPoolId Roles"),
    permissions=permissions,
)
