"""Credentials of identity pools: who gets them, and by which role."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud
from tests.local.deploying import unique
from tests.local.identities import code_of
from tests.local.requests import send
from tests.regions import PRIMARY

Client = Callable[..., Any]
PROVIDER = "cognito-identity.amazonaws.com"
PASSWORD = "Pass-w0rd!"


class Pools(NamedTuple):
    identity_pool: str
    client: str
    logins: dict[str, str]


def trust(pool: str, **condition: Any) -> str:
    """A trust policy in the pool, with AWS's usual conditions unless others are given."""
    usual = {
        "StringEquals": {f"{PROVIDER}:aud": pool},
        "ForAnyValue:StringLike": {f"{PROVIDER}:amr": "authenticated"},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition or usual,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def pools(client: Client) -> Pools:
    """A user pool with one signed-in user, and an identity pool that accepts its users."""
    users, identities = client("cognito-idp"), client("cognito-identity")
    pool = users.create_user_pool(PoolName="p")["UserPool"]["Id"]
    app = users.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    users.admin_create_user(UserPoolId=pool, Username="someone", MessageAction="SUPPRESS")
    users.admin_set_user_password(UserPoolId=pool, Username="someone", Password=PASSWORD, Permanent=True)
    token = users.initiate_auth(
        ClientId=app,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "someone", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]["IdToken"]
    provider = f"cognito-idp.{PRIMARY}.amazonaws.com/{pool}"
    identity_pool = identities.create_identity_pool(
        IdentityPoolName="i",
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": app}],
    )["IdentityPoolId"]
    return Pools(identity_pool, app, {provider: token})


@pytest.fixture
def assign(client: Client, pools: Pools) -> Callable[[str], str]:
    """``assign(trust policy)``: a new role with it, for the pool's signed-in users; its ARN."""

    def make(document: str) -> str:
        role = client("iam").create_role(RoleName=unique("signed-in"), AssumeRolePolicyDocument=document)["Role"]
        roles = {"authenticated": role["Arn"]}
        client("cognito-identity").set_identity_pool_roles(IdentityPoolId=pools.identity_pool, Roles=roles)
        return str(role["Arn"])

    return make


def credentials(client: Client, pools: Pools, **options: Any) -> Any:
    identities = client("cognito-identity")
    identity = identities.get_id(IdentityPoolId=pools.identity_pool, Logins=pools.logins)["IdentityId"]
    return identities.get_credentials_for_identity(IdentityId=identity, Logins=pools.logins, **options)["Credentials"]


def test_a_role_that_trusts_the_pool_for_signed_in_users_is_assumed(
    client: Client, pools: Pools, assign: Callable[[str], str]
) -> None:
    role = assign(trust(pools.identity_pool))
    given = credentials(client, pools)
    caller = client(
        "sts",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretKey"],
        aws_session_token=given["SessionToken"],
    ).get_caller_identity()
    assert f"assumed-role/{role.rpartition('/')[2]}/" in caller["Arn"]


@pytest.mark.parametrize(
    "document",
    [
        trust("us-east-1:another-pool"),
        trust("", **{"ForAnyValue:StringLike": {f"{PROVIDER}:amr": "unauthenticated"}}),
        trust("", StringEquals={f"{PROVIDER}:sub": "us-east-1:another-identity"}),
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    ],
)
def test_a_role_that_does_not_is_not(client: Client, pools: Pools, assign: Callable[[str], str], document: str) -> None:
    assign(document)
    with pytest.raises(ClientError) as refused:
        credentials(client, pools)
    assert code_of(refused) == "InvalidIdentityPoolConfigurationException"


def test_a_pool_without_unauthenticated_identities_gives_none(client: Client, pools: Pools) -> None:
    anonymous = client("cognito-identity")
    with pytest.raises(ClientError, match="Unauthenticated access is not supported") as refused:
        anonymous.get_id(IdentityPoolId=pools.identity_pool)
    assert code_of(refused) == "NotAuthorizedException"
    with pytest.raises(ClientError) as refused:
        anonymous.get_credentials_for_identity(IdentityId=f"{PRIMARY}:00000000-0000-0000-0000-000000000000")
    assert code_of(refused) == "ResourceNotFoundException"


def test_the_classic_flow_is_closed(
    cloud: LocalCloud, client: Client, pools: Pools, assign: Callable[[str], str]
) -> None:
    role = assign(trust(pools.identity_pool))
    identities = client("cognito-identity")
    identity = identities.get_id(IdentityPoolId=pools.identity_pool, Logins=pools.logins)["IdentityId"]
    with pytest.raises(ClientError, match="classic"):
        identities.get_open_id_token(IdentityId=identity, Logins=pools.logins)
    with pytest.raises(ClientError, match="AssumeRoleWithWebIdentity is not supported"):
        client("sts").assume_role_with_web_identity(RoleArn=role, RoleSessionName="classic", WebIdentityToken="a.b.c")


def test_what_is_not_supported_is_refused(client: Client, pools: Pools, assign: Callable[[str], str]) -> None:
    role = assign(trust(pools.identity_pool))
    with pytest.raises(ClientError, match="does not support CustomRoleArn"):
        credentials(client, pools, CustomRoleArn=role)
    mappings = {next(iter(pools.logins)) + f":{pools.client}": {"Type": "Token"}}
    with pytest.raises(ClientError, match="does not support RoleMappings"):
        client("cognito-identity").set_identity_pool_roles(
            IdentityPoolId=pools.identity_pool, Roles={"authenticated": role}, RoleMappings=mappings
        )


def test_nobody_signs_up_where_an_administrator_creates_users(cloud: LocalCloud, client: Client) -> None:
    users = client("cognito-idp")
    pool = users.create_user_pool(PoolName="closed", AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    app = users.create_user_pool_client(UserPoolId=pool["UserPool"]["Id"], ClientName="c")["UserPoolClient"]["ClientId"]
    with pytest.raises(ClientError, match="SignUp is not permitted for this user pool") as refused:
        users.sign_up(ClientId=app, Username="someone", Password=PASSWORD)
    assert code_of(refused) == "NotAuthorizedException"


def test_the_code_for_a_new_password_is_in_the_users_mail_alone(cloud: LocalCloud, client: Client) -> None:
    users = client("cognito-idp")
    pool = users.create_user_pool(PoolName="forgetful", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    app = users.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    email = {"Name": "email", "Value": "ada@example.com"}
    users.sign_up(ClientId=app, Username="ada", Password=PASSWORD, UserAttributes=[email])
    users.admin_confirm_sign_up(UserPoolId=pool, Username="ada")
    users.forgot_password(ClientId=app, Username="ada")
    for code in ("123456", "654321"):
        with pytest.raises(ClientError, match="Invalid verification code"):
            users.confirm_forgot_password(ClientId=app, Username="ada", ConfirmationCode=code, Password=PASSWORD)
    kept = send(cloud, "GET", "/_ministack/ses/messages", {"X-Mraa-Token": cloud.token}).json["messages"]
    mails = [mail["BodyText"] or mail["BodyHtml"] for account in kept.values() for mail in account]
    (sent,) = re.findall(r"\b\d{6}\b", mails[-1])
    users.confirm_forgot_password(ClientId=app, Username="ada", ConfirmationCode=sent, Password=f"{PASSWORD}2")
