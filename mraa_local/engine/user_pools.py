"""Cognito user pools: their users, sign-in with a password, and where a client belongs."""

import json
from collections.abc import Callable
from typing import Any

from ministack.core import responses
from ministack.services import cognito

from mraa_local.engine.scope import Answer


def create_user(request: dict[str, Any]) -> Answer:
    """AdminCreateUser, invitation included."""
    answer: Answer = cognito._admin_create_user(request)
    return answer


def user_exists(pool_id: str, name: str) -> bool:
    """Whether the pool exists and has this user."""
    return bool(cognito._admin_get_user({"UserPoolId": pool_id, "Username": name})[0] < 400)


def delete_user(pool_id: str, name: str) -> Answer:
    """AdminDeleteUser."""
    answer: Answer = cognito._admin_delete_user({"UserPoolId": pool_id, "Username": name})
    return answer


def region_of_client(client_id: Any) -> str:
    """The Region of the pool that the client belongs to; empty if no pool has it."""
    for (_, region, _), pool in cognito._user_pools.all_items():
        if client_id in pool["_clients"]:
            return str(region)
    return ""


def password_problem(pool_id: str, password: str) -> Answer | None:
    """The refusal of a password that the pool's policy does not allow."""
    refused: Answer | None = cognito._validate_password(cognito._user_pools[pool_id], password)
    return refused


def watch_password_sign_ins(watch: Callable[[str, str, Answer], None]) -> None:
    """Have ``watch(pool, user, answer)`` see each sign-in with a right password."""
    original = cognito._password_auth_result

    def result(pool: Any, pool_id: str, client_id: str, user: Any, *rest: Any, **named: Any) -> Answer:
        answer: Answer = original(pool, pool_id, client_id, user, *rest, **named)
        watch(pool_id, user["Username"], answer)
        return answer

    cognito._password_auth_result = result


def around_challenge_response(around: Callable[[dict[str, Any], Callable[[], Answer]], Answer]) -> None:
    """Have ``around(request, go on)`` answer RespondToAuthChallenge."""
    original = cognito._respond_to_auth_challenge
    cognito._respond_to_auth_challenge = lambda request: around(request, lambda: original(request))


def around_sign_up(around: Callable[[dict[str, Any], Callable[[], Answer]], Answer]) -> None:
    """Have ``around(request, go on)`` answer SignUp."""
    original = cognito._sign_up
    cognito._sign_up = lambda request: around(request, lambda: original(request))


def has_admin_created_users_only(client_id: Any) -> bool:
    """Whether the pool of this client, in the Region of the request, lets nobody sign up."""
    pools = (pool for pool in cognito._user_pools.values() if client_id in pool["_clients"])
    return any((pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly") is True for pool in pools)


def draw_codes_by(draw: Callable[[], str]) -> None:
    """Let ``draw`` make the codes that confirm a sign-up or a forgotten password; the engine's are always the same.

    They are in the user's mail; without a mail nobody knows them.
    """
    send, sign_up = cognito._send_verification_email, cognito._sign_up

    def sent(pool: Any, username: str, attributes: Any, _code: str, attribute_name: str = "email") -> Any:
        code, user = draw(), cognito._resolve_user(pool, username)[0]
        if user is not None:
            user["_reset_code" if attribute_name == "password" else "_confirmation_code"] = code
        return send(pool, username, attributes, code, attribute_name=attribute_name)

    def signed_up(request: dict[str, Any]) -> Answer:
        answer: Answer = sign_up(request)
        sub = json.loads(answer[2]).get("UserSub")
        for pool in cognito._user_pools.values():
            for user in pool["_users"].values():
                is_new = {"Name": "sub", "Value": sub} in user["Attributes"]
                if is_new and "email" not in {attribute["Name"] for attribute in user["Attributes"]}:
                    user["_confirmation_code"] = draw()
        return answer

    cognito._send_verification_email, cognito._sign_up = sent, signed_up


def not_authorized(message: str) -> Answer:
    """Cognito's refusal of who is not who they say."""
    answer: Answer = responses.error_response_json("NotAuthorizedException", message, 400)
    return answer
