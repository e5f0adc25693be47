"""The first sign-in's new password: only from who has just signed in with the temporary one, and only by the policy.

The engine takes any password for any user in answer to ``NEW_PASSWORD_REQUIRED`` and does not check the session.
"""

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from mraa_local.engine import user_pools
from mraa_local.engine.scope import Answer

CHALLENGE = "NEW_PASSWORD_REQUIRED"
_SESSIONS_LIMIT = 1000

# session -> (pool, user): who has signed in with the temporary password
_sessions: "OrderedDict[str, tuple[str, str]]" = OrderedDict()


def install() -> None:
    """Watch both ends of the challenge."""
    user_pools.watch_password_sign_ins(_remember)
    user_pools.around_challenge_response(_respond)


def _remember(pool_id: str, username: str, answer: Answer) -> None:
    body = json.loads(answer[2])
    if body.get("ChallengeName") == CHALLENGE:
        _sessions[body["Session"]] = (pool_id, username)
        while len(_sessions) > _SESSIONS_LIMIT:
            _sessions.popitem(last=False)


def _respond(request: dict[str, Any], proceed: Callable[[], Answer]) -> Answer:
    if request.get("ChallengeName") != CHALLENGE:
        return proceed()
    session, responses = str(request.get("Session")), request.get("ChallengeResponses") or {}
    pool_id, username = _sessions.get(session, ("", ""))
    if not pool_id or responses.get("USERNAME") != username:
        return user_pools.not_authorized("Invalid session for the user.")
    refused = user_pools.password_problem(pool_id, responses.get("NEW_PASSWORD") or "")
    if refused:
        return refused
    del _sessions[session]
    return proceed()
