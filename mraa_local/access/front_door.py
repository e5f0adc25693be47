"""What AWS's front doors check and the engine's does not.

That the service exists, that the body can be what the service's protocol says, and who owns the bucket.
"""

from collections.abc import Awaitable, Callable

from mraa_local import environment, refusals
from mraa_local.engine import application, requests
from mraa_local.engine.application import Request
from mraa_local.engine.scope import Answer

_JSON = {
    "apigateway",
    "cognito-identity",
    "cognito-idp",
    "dynamodb",
    "dynamodbstreams",
    "events",
    "lambda",
    "logs",
    "scheduler",
    "secretsmanager",
    "ssm",
    "states",
    "tagging",
}


def install() -> None:
    """Check before the engine's dispatcher."""
    application.around_dispatch(_checked)


async def _checked(request: Request, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    if not application.has_service(request.service):
        return _answer(refusals.unknown_service(request.service, request.headers))
    if _is_json(request) and not _is_text(request):
        return _answer(refusals.not_utf8(request.service, request.headers))
    owner = request.headers.get("x-amz-expected-bucket-owner", environment.ACCOUNT_ID)
    is_foreign = request.service == "s3" and owner != environment.ACCOUNT_ID
    if is_foreign and requests.bucket_and_key(request.headers.get("host", ""), request.path):
        return _answer(refusals.denied_by_s3(request.headers))
    return await proceed()


def _is_json(request: Request) -> bool:
    return request.service in _JSON or "json" in request.headers.get("content-type", "")


def _is_text(request: Request) -> bool:
    if request.service == "s3" or "content-encoding" in request.headers:
        return True  # a compressed body is looked at once it is decompressed
    try:
        request.body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _answer(refusal: refusals.Refusal) -> Answer:
    return refusal.status, dict(refusal.headers), refusal.body.encode()
