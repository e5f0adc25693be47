"""``AWS::Cognito::IdentityPoolRoleAttachment``."""

from collections.abc import Iterator

from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, pass_role
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    yield Permission("cognito-identity:SetIdentityPoolRoles", "*")  # has no resource-level permissions
    for role in sorted((change.new.get("Roles") or {}).values()):
        yield pass_role(role, "cognito-identity.amazonaws.com")


RESOURCE = ResourceType(
    "AWS::Cognito::IdentityPoolRoleAttachment",
    supported=anything_in("IdentityPoolId Roles"),
    permissions=permissions,
)
