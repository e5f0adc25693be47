"""``AWS::Cognito::UserPoolClient``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in, arn, one_action_each

RESOURCE = ResourceType(
    "AWS::Cognito::UserPoolClient",
    supported=anything_in(
        "ClientName UserPoolId GenerateSecret ExplicitAuthFlows EnableTokenRevocation PreventUserExistenceErrors "
        "AccessTokenValidity IdTokenValidity RefreshTokenValidity TokenValidityUnits"
    ),
    permissions=one_action_each(
        "cognito-idp:CreateUserPoolClient",
        "cognito-idp:UpdateUserPoolClient",
        "cognito-idp:DeleteUserPoolClient",
        lambda change: arn("cognito-idp", f"userpool/{change.current['UserPoolId']}"),
    ),
)
