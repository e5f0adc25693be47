"""Who may use the web app: a user pool in which only administrators create users, and the rights of signed-in users."""

from awacs.aws import ForAnyValueStringLike, Null, Principal, StringEquals
from troposphere import GetAtt, Ref, Template, cognito, iam

from mraa import names
from mraa.templates import explanations, policies
from mraa.templates.explanations import explain
from mraa.templates.parts import Substitution
from mraa.templates.policies import allow

_IDENTITIES = "cognito-identity.amazonaws.com"
_PHOTOS = "The application's photos."
_SIDES = (("Primary", "${AWS::Region}"), ("Secondary", "${SecondaryRegion}"))


def add_sign_in(template: Template, sub: Substitution) -> None:
    """Add the pools, the first user, and the role of signed-in users."""
    pool = template.add_resource(
        cognito.UserPool(
            "UserPool",
            UserPoolName=sub(names.prefix(names.TOKEN)),
            AdminCreateUserConfig=cognito.AdminCreateUserConfig(AllowAdminCreateUserOnly=True),
            AutoVerifiedAttributes=["email"],
            UsernameConfiguration=cognito.UsernameConfiguration(CaseSensitive=False),
            AccountRecoverySetting=cognito.AccountRecoverySetting(
                RecoveryMechanisms=[cognito.RecoveryOption(Name="verified_email", Priority=1)]
            ),
            Policies=cognito.Policies(
                PasswordPolicy=cognito.PasswordPolicy(
                    MinimumLength=12,
                    RequireLowercase=True,
                    RequireUppercase=True,
                    RequireNumbers=True,
                    RequireSymbols=True,
                    TemporaryPasswordValidityDays=7,
                )
            ),
            # sign-ins of a sample application: no data to retain
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Retain",
        )
    )
    explain(pool, *explanations.USER_POOL)
    client = template.add_resource(
        cognito.UserPoolClient(
            "UserPoolClient",
            UserPoolId=Ref(pool),
            ClientName="web-app",
            GenerateSecret=False,
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            PreventUserExistenceErrors="ENABLED",
            EnableTokenRevocation=True,
        )
    )
    template.add_resource(
        cognito.UserPoolUser(
            "AdminUser",
            UserPoolId=Ref(pool),
            Username=Ref("AdminName"),
            DesiredDeliveryMediums=["EMAIL"],
            UserAttributes=[
                cognito.AttributeType(Name="email", Value=Ref("AdminEmail")),
                cognito.AttributeType(Name="email_verified", Value="true"),
            ],
        )
    )
    identities = template.add_resource(
        cognito.IdentityPool(
            "IdentityPool",
            IdentityPoolName=sub(names.prefix(names.TOKEN)),
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[
                cognito.CognitoIdentityProvider(
                    ClientId=Ref(client), ProviderName=GetAtt(pool, "ProviderName"), ServerSideTokenCheck=True
                )
            ],
        )
    )
    role = template.add_resource(
        iam.Role(
            "SignedInRole",
            Path=sub(names.role_path(names.TOKEN)),
            AssumeRolePolicyDocument=policies.trust(
                Principal("Federated", _IDENTITIES),
                StringEquals(f"{_IDENTITIES}:aud", Ref(identities)),
                ForAnyValueStringLike(f"{_IDENTITIES}:amr", "authenticated"),
                action_names="sts:AssumeRoleWithWebIdentity",
            ),
            Policies=[
                policies.inline(
                    "use-the-application",
                    allow(
                        "execute-api:Invoke",
                        _methods(sub),
                        why="The ids of photos, in paths of this application's methods.",
                    ),
                    allow("s3:GetObject", _objects(sub), why=_PHOTOS),
                    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
                    allow("s3:PutObject", _objects(sub), Null("s3:if-none-match", "false"), why=_PHOTOS),
                )
            ],
        )
    )
    template.add_resource(
        cognito.IdentityPoolRoleAttachment(
            "IdentityPoolRoles", IdentityPoolId=Ref(identities), Roles={"authenticated": GetAtt(role, "Arn")}
        )
    )


def _methods(sub: Substitution) -> list[object]:
    """The methods of both Regions' APIs; only this application's state."""
    found = []
    for side, region in _SIDES:
        stage = f"arn:${{AWS::Partition}}:execute-api:{region}:${{AWS::AccountId}}:${{{side}%sApiId}}/{names.STAGE}"
        found.append(sub(f"{stage % 'RoutingLayer'}/GET/state/${{AppId}}"))
        found += [
            sub(f"{stage % 'Photos'}/{method}")
            for method in ("GET/photos", "POST/photos/*", "DELETE/photos/*", "GET/comments/*", "POST/comments/*")
        ]
    return found


def _objects(sub: Substitution) -> list[object]:
    return [sub(f"arn:${{AWS::Partition}}:s3:::${{{side}ObjectStoreBucket}}/public/*") for side, _ in _SIDES]
