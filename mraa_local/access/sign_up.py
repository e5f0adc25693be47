"""Who signs up to a user pool, or has forgotten a password.

Nobody signs up where an administrator creates the users (``AllowAdminCreateUserOnly``). The codes that confirm a
sign-up or a new password are drawn, and in the user's mail alone: the engine's are the same for everybody.
"""

import secrets
from collections.abc import Callable
from typing import Any

from mraa_local.engine import user_pools
from mraa_local.engine.scope import Answer


def install() -> None:
    """Draw the codes; check before SignUp."""
    user_pools.draw_codes_by(lambda: f"{secrets.randbelow(1_000_000):06}")
    user_pools.around_sign_up(_signed_up)


def _signed_up(request: dict[str, Any], proceed: Callable[[], Answer]) -> Answer:
    if user_pools.has_admin_created_users_only(request.get("ClientId")):
        return user_pools.not_authorized("SignUp is not permitted for this user pool")
    return proceed()
