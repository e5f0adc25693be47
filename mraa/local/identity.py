"""Who is who: no built-in root keys, and an operator whose key is drawn at each start.

The engine takes ``test``, any twelve digits, no key at all and the configured key for the account's root. Here the
one way in is the operator: an IAM user with a policy that allows everything, like an administrator's on AWS.
"""

import json

import ministack.core.iam_evaluator as evaluator
import ministack.services.iam as iam
import ministack.services.sts as sts
from ministack.core.responses import request_scope

from mraa.local import environment

HOOKED = (
    "ministack.core.iam_evaluator.is_root_access_key",
    "ministack.services.sts.is_root_access_key",
    "ministack.services.iam._users",
    "ministack.services.iam._access_keys",
    "ministack.services.iam._create_user",
    "ministack.services.iam._put_user_policy",
)

_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def install() -> None:
    """Take the built-in root keys away, unless any key is welcome."""
    if environment.current().auth:
        evaluator.is_root_access_key = _never_root
        sts.is_root_access_key = _never_root


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
