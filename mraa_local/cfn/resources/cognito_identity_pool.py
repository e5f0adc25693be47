"""``AWS::Cognito::IdentityPool``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in, arn, one_action_each

RESOURCE = ResourceType(
    "AWS::Cognito::IdentityPool",
    supported=anything_in(
        "IdentityPoolName AllowUnauthenticatedIdentities AllowClassicFlow CognitoIdentityProviders IdentityPoolTags"
    ),
    permissions=one_action_each(
        "cognito-identity:CreateIdentityPool",
        "cognito-identity:UpdateIdentityPool",
        "cognito-identity:DeleteIdentityPool",
        # a pool that does not exist yet has no ARN
        lambda change: arn("cognito-identity", f"identitypool/{change.physical_id}") if change.physical_id else "*",
    ),
)
