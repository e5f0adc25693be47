"""Who is who: no built-in root keys, and an operator whose key is drawn at each start.

The engine takes ``test``, any twelve digits, no key at all and the configured key for the account's root. Here the only
way in is the operator: an IAM user with a policy that allows everything, like an administrator's on AWS. Without a
signature only what AWS serves unsigned is served: Cognito's sign-in calls and open API methods.
"""

import hashlib
import hmac

from mraa_local import environment, regions
from mraa_local.engine import credentials
from mraa_local.engine.credentials import AuthFailure
from mraa_local.engine.scope import region, scope

_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def install() -> None:
    """Take the built-in root keys away, unless any key is accepted."""
    if environment.current().auth:
        credentials.have_no_root_key()
        credentials.check_unsigned(_refusal_of_unsigned)
        credentials.check_signed(_refusal_of_region)
        credentials.draw_function_secrets_by(_unguessable)


def started() -> None:
    """Create the operator with this start's key; the key of an earlier start (persisted state) is removed."""
    options = environment.current()
    if options.auth:
        with scope(environment.ACCOUNT_ID, environment.DEFAULT_REGION):
            credentials.create_user(environment.OPERATOR, _POLICY, options.access_key_id, options.secret_access_key)


def _refusal_of_unsigned(service: str, is_served_unsigned: bool) -> AuthFailure | None:
    if is_served_unsigned:
        return None
    if service == "s3":
        return AuthFailure("AccessDenied", "Access Denied")
    return AuthFailure("MissingAuthenticationToken", "Missing Authentication Token")


def _refusal_of_region() -> AuthFailure | None:
    """A Region that is disabled for the account does not know its keys."""
    if regions.is_enabled(region()):
        return None
    return AuthFailure("UnrecognizedClientException", "The security token included in the request is invalid.")


def _unguessable(value: str) -> str:
    """The engine derives a function's keys from its name alone; this binds them to this start's secret."""
    secret = environment.current().token.encode()
    return hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()
