"""The first sign-in's new password: taken only from who has just proved the old one, and only if it meets the policy.

The engine takes any password for any user in answer to ``NEW_PASSWORD_REQUIRED``, without a look at the session.
"""

import json
from collections import OrderedDict
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito

HOOKED = (
    "ministack.services.cognito._password_auth_result",
    "ministack.services.cognito._respond_to_auth_challenge",
    "ministack.services.cognito._user_pools",
    "ministack.services.cognito._validate_password",
)

CHALLENGE = "NEW_PASSWORD_REQUIRED"
_SESSIONS_LIMIT = 1000

# session -> (pool, user): who has proved the temporary password
_sessions: "OrderedDict[str, tuple[str, str]]" = OrderedDict()


def install() -> None:
    """Take the place of both ends of the challenge."""
    prove, respond = cognito._password_auth_result, cognito._respond_to_auth_challenge

    def proved(pool: Any, pool_id: str, client_id: str, user: Any, *rest: Any, **named: Any) -> Any:
        answer = prove(pool, pool_id, client_id, user, *rest, **named)
        body = json.loads(answer[2])
        if body.get("ChallengeName") == CHALLENGE:
            _sessions[body["Session"]] = (pool_id, user["Username"])
            while len(_sessions) > _SESSIONS_LIMIT:
                _sessions.popitem(last=False)
        return answer

    def responded(data: dict[str, Any]) -> Any:
        if data.get("ChallengeName") != CHALLENGE:
            return respond(data)
        session, responses = str(data.get("Session")), data.get("ChallengeResponses") or {}
        pool_id, username = _sessions.get(session, ("", ""))
        if not pool_id or responses.get("USERNAME") != username:
            return error_response_json("NotAuthorizedException", "Invalid session for the user.", 400)
        refused = cognito._validate_password(cognito._user_pools[pool_id], responses.get("NEW_PASSWORD") or "")
        if refused:
            return refused
        del _sessions[session]
        return respond(data)

    cognito._password_auth_result, cognito._respond_to_auth_challenge = proved, responded
