"""Every request is evaluated as what it is, or refused: nothing is served whose IAM action cannot be determined.

``actions`` finds the action, ``object_actions``, ``item_actions`` and ``passed_roles`` what requests need besides.
"""

from collections.abc import Awaitable, Callable

from mraa_local import refusals
from mraa_local.access import actions, item_actions, object_actions, passed_roles
from mraa_local.engine import application, authorization, buckets
from mraa_local.engine.application import Request
from mraa_local.engine.authorization import Call, Check, UndeterminedError
from mraa_local.engine.scope import Answer


def install() -> None:
    """Determine in the engine's place what is evaluated."""
    authorization.determine_actions_by(actions.action_of, _passed_roles, _refuse)
    authorization.check_objects_by(object_actions.action_of, object_actions.checks_of)
    authorization.check_items_by(item_actions.checks_of)
    if application.is_auth_on():
        application.around_dispatch(_hide_missing_objects)


def _passed_roles(action: str, call: Call) -> list[Check]:
    return [] if call.service == "s3" else passed_roles.checks_of(action, call)  # among an object request's checks


def _refuse(error: UndeterminedError, call: Call) -> Answer:
    refusal = refusals.undetermined(error.service, error.reason, call.headers)
    return refusal.status, dict(refusal.headers), refusal.body.encode()


async def _hide_missing_objects(request: Request, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    """That an object does not exist is told only to who may list the bucket; others get 403.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html ("Permissions").
    """
    answer = await proceed()
    if request.service != "s3" or answer[0] != 404 or request.method not in {"GET", "HEAD"}:
        return answer
    bucket, key = object_actions.bucket_and_key(request.path)
    listing = Check("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    if not (key and buckets.exists(bucket)) or authorization.is_allowed(listing, request.headers, request.query):
        return answer
    refusal = refusals.denied_by_s3(request.headers)
    return refusal.status, dict(refusal.headers), refusal.body.encode()
