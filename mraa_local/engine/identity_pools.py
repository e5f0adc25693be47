"""Cognito identity pools: their records, whose identity is whose, and every call of their API.

A pool's record is the engine's own dictionary: ``IdentityPoolId``, ``AllowUnauthenticatedIdentities``, ``_roles``, ...
"""

from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core import responses
from ministack.services import cognito

from mraa_local.engine.scope import Answer

Pool = dict[str, Any]


def find(pool_id: Any) -> Pool | None:
    """The pool in the Region of the request."""
    pool: Pool | None = cognito._identity_pools.get(pool_id)
    return pool


def find_by_identity(identity_id: Any) -> Pool | None:
    """The pool that an identity belongs to, in the Region of the request."""
    return next((pool for pool in cognito._identity_pools.values() if identity_id in pool["_identities"]), None)


def methods(logins: dict[str, str]) -> list[str]:
    """How an identity with these logins was authenticated, as trust policies see it (``amr``)."""
    return list(cognito._identity_login_fields(logins)[0])


def around_request(around: Callable[[str, dict[str, Any], Callable[[], Awaitable[Answer]]], Awaitable[Answer]]) -> None:
    """Have ``around(action, request, go on)`` answer every call of the API that may be served."""
    dispatch = cognito._dispatch_identity

    async def dispatched(action: str, request: dict[str, Any]) -> Answer:
        return await around(action, request, lambda: dispatch(action, request))

    cognito._dispatch_identity = dispatched


def refusal(code: str, message: str) -> Answer:
    """Cognito's refusal of a request."""
    answer: Answer = responses.error_response_json(code, message, 400)
    return answer
