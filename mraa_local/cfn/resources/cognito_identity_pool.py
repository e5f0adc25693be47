"""``AWS::Cognito::IdentityPool``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in

RESOURCE = ResourceType(
    "AWS::Cognito::IdentityPool",
    supported=anything_in(
        "IdentityPoolName AllowUnauthenticatedIdentities AllowClassicFlow CognitoIdentityProviders IdentityPoolTags"
    ),
)
