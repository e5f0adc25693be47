"""Who is who: no built-in root keys, and an operator whose key is drawn at each start.

The engine takes ``test``, any twelve digits, no key at all and the configured key for the account's root. Here the
one way in is the operator: an IAM user with a policy that allows everything, like an administrator's on AWS. Without
a signature only what AWS serves unsigned is served, which is Cognito's sign-in calls and open API methods.
"""

import hashlib
import hmac
import json
from typing import Any

import ministack.core.iam_evaluator as evaluator
import ministack.core.lambda_runtime as runtime
import ministack.services.iam as iam
import ministack.services.sts as sts
from ministack.core.responses import request_scope

from mraa_local import environment, hooks

HOOKED = (
    "ministack.core.iam_evaluator.AuthError",
    "ministack.core.iam_evaluator._anonymous",
    "ministack.core.iam_evaluator._served_unsigned",
    "ministack.core.iam_evaluator.enforce",
    "ministack.core.iam_evaluator.is_root_access_key",
    "ministack.core.lambda_runtime.execution_credentials",
    "ministack.services.sts._sessions",
    "ministack.services.sts.is_root_access_key",
    "ministack.services.sts.register_session",
    "ministack.services.iam._users",
    "ministack.services.iam._access_keys",
    "ministack.services.iam._create_user",
    "ministack.services.iam._put_user_policy",
)

_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def install() -> None:
    """Take the built-in root keys away, unless any key is welcome."""
    if not environment.current().auth:
        return
    enforce, draw_credentials = evaluator.enforce, runtime.execution_credentials

    def enforced(access_key_id: str, iam_action: str, service: str, *rest: Any, **named: Any) -> Any:
        if access_key_id or not evaluator._anonymous.get():
            return enforce(access_key_id, iam_action, service, *rest, **named)
        if evaluator._served_unsigned(service, iam_action):
            return None
        if service == "s3":
            return evaluator.AuthError("AccessDenied", "Access Denied")
        return evaluator.AuthError("MissingAuthenticationToken", "Missing Authentication Token")

    def drawn(config: dict[str, Any]) -> dict[str, str]:
        credentials: dict[str, str] = draw_credentials(config)
        key_id = credentials["AWS_ACCESS_KEY_ID"]
        secret = _unguessable(credentials["AWS_SECRET_ACCESS_KEY"])
        token = _unguessable(credentials["AWS_SESSION_TOKEN"])
        session = {**sts._sessions[key_id], "SecretAccessKey": secret, "SessionToken": token}
        sts.register_session(key_id, session)
        return {**credentials, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}

    hooks.rebind(evaluator.is_root_access_key, _never_root)
    hooks.rebind(enforce, enforced)
    hooks.rebind(draw_credentials, drawn)


def started() -> None:
    """Create the operator with this start's key; an earlier start's key (kept state) ends here."""
    options = environment.current()
    if not options.auth:
        return
    with request_scope(environment.ACCOUNT_ID, environment.DEFAULT_REGION):
        user = environment.OPERATOR
        iam._create_user({"UserName": [user]})
        iam._put_user_policy(
            {"UserName": [user], "PolicyName": ["administrator"], "PolicyDocument": [json.dumps(_POLICY)]}
        )
        for key_id in [key_id for key_id, key in iam._access_keys.items() if key["UserName"] == user]:
            del iam._access_keys[key_id]
        iam._access_keys[options.access_key_id] = {
            "UserName": user,
            "AccessKeyId": options.access_key_id,
            "SecretAccessKey": options.secret_access_key,
            "Status": "Active",
            "CreateDate": iam._now(),
        }


def _never_root(access_key_id: str) -> bool:
    return False


def _unguessable(value: str) -> str:
    """The engine derives a function's keys from its name alone; this binds them to this start's secret."""
    secret = environment.current().token.encode()
    return hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()
