"""``AWS::Cognito::IdentityPoolRoleAttachment``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in

RESOURCE = ResourceType(
    "AWS::Cognito::IdentityPoolRoleAttachment",
    supported=anything_in("IdentityPoolId Roles"),
)
