"""Whoever asks for a stack operation needs the permissions for every resource of it, as CloudFormation acts for them.

A stack set's execution role takes the caller's place in its instances. The engine checks the caller's right to the
operation itself and runs everything in the stack unchecked.
"""

import contextvars
from collections.abc import Awaitable, Callable, Mapping

from mraa_local.access import signatures
from mraa_local.cfn.roles import Denied
from mraa_local.engine import application, credentials
from mraa_local.engine.application import Request
from mraa_local.engine.roles import Asked
from mraa_local.engine.scope import Answer, account_id, region

_SERVICE = "cloudformation"


class Caller:
    """The owner of an access key."""

    def __init__(self, access_key_id: str) -> None:
        self._access_key_id = access_key_id

    def require(self, action: str, resource_arn: str, keys: Mapping[str, str] | None = None) -> None:
        """Raise Denied unless the caller may do it."""
        asked = Asked(action, resource_arn, region(), keys or {})
        arn, is_allowed = credentials.principal_may(self._access_key_id, account_id(), asked)
        if not is_allowed:
            raise Denied(arn, action, resource_arn)


_caller: contextvars.ContextVar[Caller | None] = contextvars.ContextVar("mraa_cfn_caller", default=None)


def caller() -> Caller | None:
    """Who asked for the stack operation that is done here; None if nobody did, as in a rollback after a restart."""
    return _caller.get()


def install() -> None:
    """Remember who calls, for the tasks that the call starts."""
    application.around_dispatch(_remember)


async def _remember(request: Request, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    key_id = signatures.scope_of(request.headers, request.query).access_key_id
    if request.service != _SERVICE or not key_id:
        return await proceed()
    token = _caller.set(Caller(key_id))
    try:
        return await proceed()
    finally:
        _caller.reset(token)
