"""Credentials of an identity pool: only for who may have them, and only if the role trusts the pool for them.

The engine gives credentials to any identity, whatever the pool and the role say.
https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html
"""

from collections.abc import Awaitable, Callable
from typing import Any

from mraa_local.engine import application, identity_pools, roles
from mraa_local.engine.identity_pools import Pool
from mraa_local.engine.scope import Answer, account_id

PROVIDER = "cognito-identity.amazonaws.com"
_UNAUTHENTICATED = "Unauthenticated access is not supported for this identity pool."
_NO_CLASSIC_FLOW = "Basic (classic) flow is not enabled, please use enhanced flow."
_BAD_ROLE = "Invalid identity pool configuration. Check assigned IAM roles for this pool."


def install() -> None:
    """Check before the engine answers."""
    if application.is_auth_on():
        identity_pools.around_request(_answered)


async def _answered(action: str, request: dict[str, Any], proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    check = _CHECKS.get(action)
    return (check(request) if check else None) or await proceed()


def _identity(request: dict[str, Any]) -> Answer | None:
    """GetId."""
    pool = identity_pools.find(request.get("IdentityPoolId"))
    return _unauthenticated(pool, request) if pool else None


def _token(request: dict[str, Any]) -> Answer | None:
    """GetOpenIdToken: the first half of the classic flow; its second half is refused (see ``actions``)."""
    pool = identity_pools.find_by_identity(request.get("IdentityId"))
    if pool is None:
        return None
    if not pool.get("AllowClassicFlow"):
        return identity_pools.refusal("InvalidParameterException", _NO_CLASSIC_FLOW)
    return _unauthenticated(pool, request)


def _credentials(request: dict[str, Any]) -> Answer | None:
    """GetCredentialsForIdentity."""
    identity_id = request.get("IdentityId")
    pool = identity_pools.find_by_identity(identity_id)
    if pool is None:
        return identity_pools.refusal("ResourceNotFoundException", f"Identity '{identity_id}' not found.")
    if "CustomRoleArn" in request:
        return _unsupported("CustomRoleArn")
    if refused := _unauthenticated(pool, request):
        return refused
    logins = request.get("Logins") or {}
    role_arn = str((pool.get("_roles") or {}).get("authenticated" if logins else "unauthenticated") or "")
    role = roles.find_in(account_id(), role_arn.rpartition("/")[2])
    keys = {
        f"{PROVIDER}:aud": pool["IdentityPoolId"],
        f"{PROVIDER}:sub": identity_id,
        f"{PROVIDER}:amr": identity_pools.methods(logins),
    }
    if role is None or role["Arn"] != role_arn or not roles.trusts_web_identity(role, PROVIDER, account_id(), keys):
        return identity_pools.refusal("InvalidIdentityPoolConfigurationException", _BAD_ROLE)
    return None


def _roles(request: dict[str, Any]) -> Answer | None:
    """SetIdentityPoolRoles."""
    return _unsupported("RoleMappings") if request.get("RoleMappings") else None


def _unauthenticated(pool: Pool, request: dict[str, Any]) -> Answer | None:
    if request.get("Logins") or pool.get("AllowUnauthenticatedIdentities"):
        return None
    return identity_pools.refusal("NotAuthorizedException", _UNAUTHENTICATED)


def _unsupported(parameter: str) -> Answer:
    message = f"The local cloud does not support {parameter} of identity pools."
    return identity_pools.refusal("NotImplemented", message)


_CHECKS: dict[str, Callable[[dict[str, Any]], Answer | None]] = {
    "GetId": _identity,
    "GetOpenIdToken": _token,
    "GetCredentialsForIdentity": _credentials,
    "SetIdentityPoolRoles": _roles,
}
