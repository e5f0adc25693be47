"""``AWS::Cognito::UserPoolClient``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in

RESOURCE = ResourceType(
    "AWS::Cognito::UserPoolClient",
    supported=anything_in(
        "ClientName UserPoolId GenerateSecret ExplicitAuthFlows EnableTokenRevocation PreventUserExistenceErrors "
        "AccessTokenValidity IdTokenValidity RefreshTokenValidity TokenValidityUnits"
    ),
)
