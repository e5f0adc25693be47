"""Users of the sample web app, with the credentials that its page gets for them."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.credentials import Credentials

from mraa import names
from tests.regions import PRIMARY

PASSWORD = "Better-Passw0rd!"

Client = Callable[..., Any]


def outputs(client: Client) -> dict[str, str]:
    """Of the web app's stack."""
    stacks = client("cloudformation").describe_stacks(StackName=names.web_stack("mraa"))["Stacks"]
    return {of["OutputKey"]: of["OutputValue"] for of in stacks[0]["Outputs"]}


def sign_in(client: Client, web_app: Mapping[str, str], user: str) -> Credentials:
    """Give the user a password and sign in with it; ``web_app`` are the outputs of its stack."""
    cognito, pool, app = client("cognito-idp"), web_app["UserPoolId"], web_app["UserPoolClientId"]
    cognito.admin_set_user_password(UserPoolId=pool, Username=user, Password=PASSWORD, Permanent=True)
    # the page's own flow, SRP, is tested in the browser
    cognito.update_user_pool_client(UserPoolId=pool, ClientId=app, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    parameters = {"USERNAME": user, "PASSWORD": PASSWORD}
    token = cognito.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=app, AuthParameters=parameters)[
        "AuthenticationResult"
    ]["IdToken"]
    identities, logins = client("cognito-identity"), {f"cognito-idp.{PRIMARY}.amazonaws.com/{pool}": token}
    identity = identities.get_id(IdentityPoolId=web_app["IdentityPoolId"], Logins=logins)["IdentityId"]
    given = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
