"""The first sign-in of a user who was invited."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud

Make = Callable[..., Any]

INVITED, CHOSEN = "Temporary-1-word", "Chosen-1-password"


@pytest.fixture
def cognito(client: Make) -> Any:
    return client("cognito-idp")


@pytest.fixture
def client_id(cognito: Any) -> str:
    policy = {"PasswordPolicy": {"MinimumLength": 12, "RequireSymbols": True}}
    pool = cognito.create_user_pool(PoolName="people", Policies=policy)["UserPool"]["Id"]
    made = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    for name in ("ada", "bob"):
        cognito.admin_create_user(UserPoolId=pool, Username=name, TemporaryPassword=INVITED, MessageAction="SUPPRESS")
    return str(made["UserPoolClient"]["ClientId"])


def first_sign_in(cognito: Any, client_id: str, user: str = "ada") -> str:
    answer = cognito.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client_id,
        AuthParameters={"USERNAME": user, "PASSWORD": INVITED},
    )
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    return str(answer["Session"])


def choose(cognito: Any, client_id: str, session: str, password: str = CHOSEN, user: str = "ada") -> Any:
    return cognito.respond_to_auth_challenge(
        ClientId=client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=session,
        ChallengeResponses={"USERNAME": user, "NEW_PASSWORD": password},
    )


def test_a_password_that_meets_the_policy_signs_in(cloud: LocalCloud, cognito: Any, client_id: str) -> None:
    answer = choose(cognito, client_id, first_sign_in(cognito, client_id))

    assert answer["AuthenticationResult"]["AccessToken"]


def test_a_weak_password_is_refused_and_a_better_one_may_follow(cognito: Any, client_id: str) -> None:
    session = first_sign_in(cognito, client_id)

    with pytest.raises(ClientError, match="InvalidPasswordException"):
        choose(cognito, client_id, session, "weak")

    assert choose(cognito, client_id, session)["AuthenticationResult"]


@pytest.mark.parametrize("user", ["ada", "bob"])
def test_without_the_temporary_password_no_new_one_is_accepted(cognito: Any, client_id: str, user: str) -> None:
    session = first_sign_in(cognito, client_id, "bob") if user == "ada" else "made-up-session-of-some-length"

    with pytest.raises(ClientError, match="NotAuthorizedException"):
        choose(cognito, client_id, session, user=user)


def test_a_session_can_be_used_once(cognito: Any, client_id: str) -> None:
    session = first_sign_in(cognito, client_id)
    choose(cognito, client_id, session)

    with pytest.raises(ClientError, match="NotAuthorizedException"):
        choose(cognito, client_id, session, "Another-1-password")
