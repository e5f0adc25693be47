"""``AWS::Cognito::UserPool``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in

RESOURCE = ResourceType(
    "AWS::Cognito::UserPool",
    supported=anything_in(
        "UserPoolName AdminCreateUserConfig AutoVerifiedAttributes Policies Schema UsernameAttributes "
        "AliasAttributes UsernameConfiguration AccountRecoverySetting MfaConfiguration UserPoolTags"
    ),
)
