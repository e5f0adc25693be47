"""Nobody signs up to a user pool whose users an administrator creates (``AllowAdminCreateUserOnly``)."""

from collections.abc import Callable
from typing import Any

from mraa_local.engine import user_pools
from mraa_local.engine.scope import Answer


def install() -> None:
    """Check before SignUp."""
    user_pools.around_sign_up(_signed_up)


def _signed_up(request: dict[str, Any], proceed: Callable[[], Answer]) -> Answer:
    if user_pools.has_admin_created_users_only(request.get("ClientId")):
        return user_pools.not_authorized("SignUp is not permitted for this user pool")
    return proceed()
