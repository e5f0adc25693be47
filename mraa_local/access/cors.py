"""Cross-origin answers as AWS gives them.

The engine lets every origin read every answer, which would hide a forgotten CORS rule until it is deployed on AWS.
Here Cognito answers every origin (as AWS does: browsers call it unsigned), a bucket answers by its own CORS rules, an
API by its own methods, and no other service answers other origins.
"""

from collections.abc import Awaitable, Callable

from mraa_local.engine import application, buckets, requests
from mraa_local.engine.application import Request
from mraa_local.engine.scope import Answer

AFTER = ("access.front_door",)  # its refusals get the same headers

_OPEN_SERVICES = {"cognito-idp", "cognito-identity"}
_OPEN_PATHS = ("/oauth2/", "/logout", "/login")


def install() -> None:
    """Take the engine's headers away, and answer preflights."""
    application.around_dispatch(_dispatched)
    application.around_preflight(_preflighted)


async def _dispatched(request: Request, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    status, answered, data = await proceed()
    if request.service in _OPEN_SERVICES:
        return status, answered, data
    kept = {name: value for name, value in answered.items() if not name.lower().startswith("access-control-")}
    if request.service == "s3" and (target := _target(request)):
        kept |= buckets.cors_headers(target[0], request.method, request.headers)
    return status, kept, data


def _preflighted(request: Request, proceed: Callable[[], Answer]) -> Answer:
    target = _target(request)
    if target and request.service == "s3":
        status, answered, data = buckets.cors_preflight(*target, request.headers)
        return status, {**answered, "x-amzn-requestid": request.request_id}, data
    # every service but S3 and the APIs is called at "/", so its preflight looks like Cognito's; its answer is still
    # not readable for the page, because it has no CORS headers
    path = request.path
    if path == "/" or path.startswith(_OPEN_PATHS) or "/.well-known/" in path:
        return proceed()
    return 403, {"Content-Length": "0", "x-amzn-requestid": request.request_id}, b""


def _target(request: Request) -> tuple[str, str] | None:
    return requests.bucket_and_key(request.headers.get("host", ""), request.path)
