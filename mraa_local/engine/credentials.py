"""Access keys: who is root, what passes without a signature, whose key is whose."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import ministack.app as engine
from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import iam, sts

from mraa_local.engine.check import rebind
from mraa_local.engine.roles import Asked


class AuthFailure(NamedTuple):
    """Why a request is refused before any policy is read: the error's code and its message."""

    code: str
    message: str


class Keys(NamedTuple):
    """What requests of a session are signed with."""

    access_key_id: str
    secret_access_key: str
    session_token: str


def have_no_root_key() -> None:
    """Take no access key for the account's root."""
    rebind(iam_evaluator.is_root_access_key, lambda access_key_id: False)


def check_signed(check: Callable[[], AuthFailure | None]) -> None:
    """Let ``check`` refuse requests with a signature, before the engine looks at the key."""
    original = iam_evaluator.enforce

    def enforce(access_key_id: str, *rest: Any, **named: Any) -> Any:
        if access_key_id and (refused := check()):
            return iam_evaluator.AuthError(*refused)
        return original(access_key_id, *rest, **named)

    rebind(original, enforce)


def check_unsigned(check: Callable[[str, bool], AuthFailure | None]) -> None:
    """Let ``check(service, AWS serves the action unsigned)`` decide on each request without a signature."""
    original = iam_evaluator.enforce

    def enforce(access_key_id: str, iam_action: str, service: str, *rest: Any, **named: Any) -> Any:
        if access_key_id or not iam_evaluator._anonymous.get():
            return original(access_key_id, iam_action, service, *rest, **named)
        refused = check(service, bool(iam_evaluator._served_unsigned(service, iam_action)))
        return iam_evaluator.AuthError(*refused) if refused else None

    rebind(original, enforce)


def principal_may(access_key_id: str, account_id: str, asked: Asked) -> tuple[str, bool]:
    """Whose key it is, and whether that principal's policies, boundary and session allow what is asked."""
    principal = iam_evaluator.resolve_principal(access_key_id, account_id)
    if isinstance(principal, iam_evaluator.AuthError):
        return access_key_id, False
    if principal.policies is None:
        return principal.arn, True
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=asked.action,
        resource_arn=asked.resource_arn,
        region=asked.region,
        secure_transport=True,
        service_context={name.lower(): value for name, value in asked.keys.items()},
        principal_keys=principal.keys,
    )
    decision = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
    return principal.arn, bool(decision.decision == "Allow")


def is_known(account_id: str, headers: dict[str, str], query: dict[str, list[str]]) -> bool:
    """Whether the access key that a request names exists: a user's of the account, or a session's."""
    key_id = engine.extract_access_key_id(headers, query)
    return bool(key_id) and (
        key_id in sts._sessions or iam._access_keys.get_scoped(account_id, None, key_id) is not None
    )


def draw_function_secrets_by(secret: Callable[[str], str]) -> None:
    """Let ``secret`` make the secret key and session token of each function from those that the engine derives."""
    original = lambda_runtime.execution_credentials

    def drawn(config: dict[str, Any]) -> dict[str, str]:
        credentials: dict[str, str] = original(config)
        key_id = credentials["AWS_ACCESS_KEY_ID"]
        key, token = secret(credentials["AWS_SECRET_ACCESS_KEY"]), secret(credentials["AWS_SESSION_TOKEN"])
        sts.register_session(key_id, {**sts._sessions[key_id], "SecretAccessKey": key, "SessionToken": token})
        return {**credentials, "AWS_SECRET_ACCESS_KEY": key, "AWS_SESSION_TOKEN": token}

    rebind(original, drawn)


def open_role_session(account_id: str, role_name: str, session_name: str, keys: Keys) -> None:
    """Let these keys be those of a session of the role."""
    session = {
        "Arn": f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{session_name}",
        "UserId": f"{role_name}:{session_name}",
        "SecretAccessKey": keys.secret_access_key,
        "SessionToken": keys.session_token,
    }
    sts.register_session(keys.access_key_id, session)


def create_user(name: str, policy: dict[str, Any], access_key_id: str, secret_access_key: str) -> None:
    """Create an IAM user with this policy and this key, or give an existing one this key alone."""
    iam._create_user({"UserName": [name]})
    iam._put_user_policy({"UserName": [name], "PolicyName": ["administrator"], "PolicyDocument": [json.dumps(policy)]})
    for key_id in [key_id for key_id, key in iam._access_keys.items() if key["UserName"] == name]:
        del iam._access_keys[key_id]
    iam._access_keys[access_key_id] = {
        "UserName": name,
        "AccessKeyId": access_key_id,
        "SecretAccessKey": secret_access_key,
        "Status": "Active",
        "CreateDate": iam._now(),
    }
