"""What AWS's front doors check and the engine's does not: that the service exists, and who owns the bucket."""

from collections.abc import Awaitable, Callable

from mraa_local import environment, refusals
from mraa_local.engine import application, requests
from mraa_local.engine.application import Request
from mraa_local.engine.scope import Answer


def install() -> None:
    """Check before the engine's dispatcher."""
    application.around_dispatch(_checked)


async def _checked(request: Request, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    if not application.has_service(request.service):
        return _answer(refusals.unknown_service(request.service, request.headers))
    owner = request.headers.get("x-amz-expected-bucket-owner", environment.ACCOUNT_ID)
    is_foreign = request.service == "s3" and owner != environment.ACCOUNT_ID
    if is_foreign and requests.bucket_and_key(request.headers.get("host", ""), request.path):
        return _answer(refusals.foreign_bucket(request.headers))
    return await proceed()


def _answer(refusal: refusals.Refusal) -> Answer:
    return refusal.status, dict(refusal.headers), refusal.body.encode()
