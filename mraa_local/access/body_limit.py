"""How much of a request is read: little from who is not known by the header, and what the service takes from others.

Everything is kept in memory. A request that says that it is larger is refused before its body is read.
"""

from urllib.parse import parse_qs

from mraa_local import environment, refusals
from mraa_local.access import signatures
from mraa_local.asgi import App, Message, Receive, Scope, Send, answer, headers_of
from mraa_local.engine import credentials, requests

INSIDE = ("access.lockdown",)

_MB = 1024 * 1024
UNKNOWN_CALLER_LIMIT_BYTES = 1 * _MB
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html; S3 itself takes 5 GB at once
API_LIMIT_BYTES = 10 * _MB
OBJECT_LIMIT_BYTES = 1024 * _MB
# a function's code: 50 MB, in base64
OTHER_LIMIT_BYTES = 70 * _MB


class _TooLargeError(Exception):
    """More has arrived than is read."""


def wrap(app: App) -> App:
    """Refuse what is too large, by its header or once too much of it has arrived."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = headers_of(scope)
        service, limit_bytes = limit(scope, headers)
        received_bytes = 0

        async def receiving() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > limit_bytes:
                raise _TooLargeError
            return message

        try:
            if _announced_bytes(headers) > limit_bytes:
                raise _TooLargeError
            await app(scope, receiving, send)
        except _TooLargeError:
            refused = refusals.too_large(service, limit_bytes, headers)
            content_type, *others = refused.headers
            await answer(scope, send, refused.status, refused.body, content_type[1], others)

    return limited


def limit(scope: Scope, headers: dict[str, str]) -> tuple[str, int]:
    """The service that is called, as far as the header says, and how many bytes of the body are read."""
    if requests.api_id(headers.get("host", ""), scope["path"]):
        return "execute-api", API_LIMIT_BYTES
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    service = signatures.scope_of(headers, query).service
    if environment.current().auth and not credentials.is_known(environment.ACCOUNT_ID, headers, query):
        return service, UNKNOWN_CALLER_LIMIT_BYTES
    return service, OBJECT_LIMIT_BYTES if service in {"s3", ""} else OTHER_LIMIT_BYTES


def _announced_bytes(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0
