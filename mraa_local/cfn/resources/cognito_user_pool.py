"""``AWS::Cognito::UserPool``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in, arn, one_action_each

RESOURCE = ResourceType(
    "AWS::Cognito::UserPool",
    supported=anything_in(
        "UserPoolName AdminCreateUserConfig AutoVerifiedAttributes Policies Schema UsernameAttributes "
        "AliasAttributes UsernameConfiguration AccountRecoverySetting MfaConfiguration UserPoolTags"
    ),
    permissions=one_action_each(
        "cognito-idp:CreateUserPool",
        "cognito-idp:UpdateUserPool",
        "cognito-idp:DeleteUserPool",
        # a pool that does not exist yet has no ARN
        lambda change: arn("cognito-idp", f"userpool/{change.physical_id}") if change.physical_id else "*",
    ),
)
