"""HTTP requests and responses.

Every request is validated here, to the byte, before anything is read or written; text is never changed. Every response
is JSON with CORS headers, errors included.
"""

import base64
import json
import re
import uuid
from typing import Any

from photos_api.text import compared

BODY_LIMIT_BYTES = 8192
OBJECT_LIMIT_BYTES = 10 * 1024 * 1024
CONTENT_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")  # no SVG: it can contain scripts
LIMITS_BYTES = {"user": 128, "title": 256, "message": 4000, "contentType": 64, "commentId": 36}

_SIGN_IN = ":CognitoSignIn:"
_REPLACEMENT = "\ufffd"

# Requests are signed and carry no cookies, so any origin is allowed: the signature decides.
_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
}


class ApiError(Exception):
    """A response other than 200. ``field`` is the invalid one, if any."""

    def __init__(
        self, status: int, code: str, message: str, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        body = {"error": {"code": code, "message": message, "field": field}}
        self.answer = answer(body, status, headers)


def busy(message: str) -> ApiError:
    """503 for a transient failure: the client may retry the request."""
    return ApiError(503, "Busy", message, headers={"Retry-After": "1"})


def deleted() -> ApiError:
    """410 for a photo that its author has deleted."""
    return ApiError(410, "PhotoDeleted", "This photo was deleted by its author.", "photoId")


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """A response in the form that API Gateway's Lambda proxy integration expects."""
    return {
        "statusCode": status,
        "headers": {**_HEADERS, **(headers or {})},
        "isBase64Encoded": False,
        "body": json.dumps(body),
    }


def checked_id(value: Any, field: str) -> str:
    """``value``, if it is a UUIDv7 in canonical form. Ids are sort keys: another spelling would be another item."""
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    if isinstance(value, str) and re.fullmatch(pattern, value):
        return value
    raise _invalid(field, "must be a UUIDv7 in lower case")


def photo_id_of(event: dict[str, Any]) -> str:
    """The photo's id in the path."""
    return checked_id(_section(event, "pathParameters").get("photoId"), "photoId")


def author_of(event: dict[str, Any]) -> str:
    """Who signed the request: from API Gateway, never from the body."""
    identity = _section(_section(event, "requestContext"), "identity")
    _, is_found, subject = str(identity.get("cognitoAuthenticationProvider")).rpartition(_SIGN_IN)
    author = subject if is_found else identity.get("userArn")
    if author and isinstance(author, str):
        return author
    raise ApiError(403, "NoIdentity", "The request has no known signer.")


def _section(event: dict[str, Any], name: str) -> dict[str, Any]:
    """An object of the event; empty for anything else: who invokes the function directly may send what they like."""
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def to_token(last_id: str) -> str:
    """The token for the page after ``last_id``.

    It contains only that id; the partition comes from the request's path. So a forged token can only name another place
    in the same list, which its sender may read anyway: it requires no signature.
    """
    return base64.urlsafe_b64encode(uuid.UUID(last_id).bytes).decode().rstrip("=")


def start_of(event: dict[str, Any]) -> str | None:
    """The id that the page starts after, from the query's ``nextToken``; None for the first page."""
    token = _section(event, "queryStringParameters").get("nextToken")
    if token is None:
        return None
    try:
        last_id = checked_id(str(uuid.UUID(bytes=base64.urlsafe_b64decode(token + "=="))), "nextToken")
        if to_token(last_id) == token:
            return last_id
    except (TypeError, ValueError, ApiError):
        pass
    raise ApiError(400, "InvalidToken", "nextToken is not a token of this API.", "nextToken")


def photo_fields(event: dict[str, Any]) -> dict[str, str]:
    """``user``, ``title`` and ``contentType`` of a POST of a photo."""
    fields = _fields(event, "user", "title", "contentType")
    if fields["contentType"] not in CONTENT_TYPES:
        raise _invalid("contentType", f"must be one of {', '.join(CONTENT_TYPES)}")
    return fields


def comment_fields(event: dict[str, Any]) -> dict[str, str]:
    """``commentId``, ``user`` and ``message`` of a POST of a comment."""
    fields = _fields(event, "commentId", "user", "message")
    checked_id(fields["commentId"], "commentId")
    return fields


def _fields(event: dict[str, Any], *names: str) -> dict[str, str]:
    """The body, an object of exactly the strings ``names`` within their limits."""
    try:
        body = json.loads(_text(event), object_pairs_hook=_without_duplicates, parse_constant=_reject)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "InvalidBody", "The body must be a JSON object in UTF-8 without duplicate fields.")
    for name in body:
        if name not in names:
            raise ApiError(400, "UnknownField", f"Allowed fields: {', '.join(names)}.", name[:64])
    for name in names:
        value, limit = body.get(name), LIMITS_BYTES[name]
        if not isinstance(value, str):
            raise _invalid(name, "is required and must be a string")
        try:
            length = len(value.encode())
        except UnicodeEncodeError:
            raise _invalid(name, "contains half of a surrogate pair") from None
        if not 1 <= length <= limit:
            raise _invalid(name, f"must have 1 to {limit} bytes, not {length}")
        if not compared(value):
            raise _invalid(name, "must have a character that can be seen")
    return body


def _text(event: dict[str, Any]) -> str:
    """The body as text; ValueError if it is not text."""
    body = event.get("body")
    if not isinstance(body, str):
        raise ValueError(body)
    # API Gateway replaces bytes that are not UTF-8 with U+FFFD: the original is lost, so nothing is stored
    if _REPLACEMENT in body:
        message = "The body is not UTF-8. (To send the character U+FFFD itself, escape it as \\ufffd.)"
        raise ApiError(400, "InvalidBody", message)
    # Base64 is a third longer: what exceeds twice the limit need not be decoded
    if len(body) <= 2 * BODY_LIMIT_BYTES:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        if len(raw) <= BODY_LIMIT_BYTES:
            return raw.decode()
    raise ApiError(413, "BodyTooLarge", f"The body may have at most {BODY_LIMIT_BYTES} bytes.")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Parsers disagree about which of two duplicate names counts, so duplicates are rejected."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError(pairs)
    return dict(pairs)


def _reject(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are not JSON


def _invalid(field: str, problem: str) -> ApiError:
    return ApiError(400, "InvalidField", f"{field} {problem}.", field)
