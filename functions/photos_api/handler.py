"""Photos and comments behind API Gateway's Lambda proxy integration.

Requires: dynamodb:ConditionCheckItem on app-config's fences and on key-value-store's names; GetItem on the fences;
GetItem, PutItem and Query on key-value-store; s3:GetObject and s3:DeleteObject on ``public/*`` and s3:ListBucket on the
bucket (without it S3 answers 403, not 404, for a missing object).
"""

import os
import traceback
from functools import partial
from typing import Any

from mraa_fence import Fence
from photos_api import http
from photos_api.http import ApiError, answer, busy
from photos_api.records import Item, Records, is_unavailable
from shared import aws
from shared.aws import log, remaining_s
from shared.clock import Clock

_PHOTO_FIELDS = ("title", "user", "contentType", "createdAt", "author")
_COMMENT_FIELDS = ("user", "message", "createdAt", "author")
_FOLDERS = ("public", "public/thumb", "public/large")  # of a photo's object and of its renditions
_LARGE = "hasLarge"  # whether the author added the larger rendition
_RETRY_LIMIT_S = 5.0
_MARGIN_S = 1.5  # left for the answer when retries end
_CLOCK = Clock()

Event = dict[str, Any]


def handle(event: Any, context: Any) -> dict[str, Any]:
    """Entry point: always an answer in the proxy integration's form, never an exception."""
    try:
        return answer(_route(event if isinstance(event, dict) else {}, context))
    except ApiError as error:
        return error.answer
    except Exception as error:  # noqa: BLE001 - the last line of defence: a client gets JSON, the log the traceback
        log("request failed", error=repr(error), traceback=traceback.format_exc())
        if is_unavailable(error):
            return busy("The store is not available. Retry the request.").answer
        return ApiError(500, "InternalError", "Internal error; see CloudWatch Logs.").answer


def _route(event: Event, context: Any) -> Any:
    methods = _ROUTES.get(str(event.get("resource")), {})
    if not methods:
        raise ApiError(404, "NotFound", "Resource not found.")
    action = methods.get(str(event.get("httpMethod")))
    if not action:
        allowed = ", ".join(methods)
        raise ApiError(405, "MethodNotAllowed", f"Allowed methods: {allowed}.", headers={"Allow": allowed})
    dynamodb = _client("dynamodb")
    records = Records(
        dynamodb=dynamodb,
        make_s3=partial(_client, "s3"),
        fence=Fence.from_environment(dynamodb, _CLOCK),
        key_value_table=os.environ["KEY_VALUE_TABLE"],
        bucket=os.environ["OBJECT_STORE_BUCKET"],
        clock=_CLOCK,
        until_s=_CLOCK.monotonic() + min(_RETRY_LIMIT_S, remaining_s(context) - _MARGIN_S),
    )
    return action(event, records)


def _client(service: str) -> aws.Client:
    """Even if S3 and DynamoDB both time out, the function answers within its ten seconds."""
    return aws.client(service, read_timeout_s=1, attempts=2)


def _list_photos(event: Event, records: Records) -> Any:
    photos, last_id = records.page("PHOTO", http.start_of(event), is_newest_first=True)
    return {
        "photos": [_photo(item, _PHOTO_FIELDS) for item in photos],
        "nextToken": last_id and http.to_token(last_id),
    }


def _create_photo(event: Event, records: Records) -> Any:
    photo_id, fields, author = http.photo_id_of(event), http.photo_fields(event), http.author_of(event)
    size_bytes = records.object_bytes(f"public/{photo_id}")
    if size_bytes is None:
        _require_not_deleted(photo_id, records)
        records.require_writable()  # a fenced Region answers 409, or the client would upload here again
        raise ApiError(400, "ObjectMissing", "Upload the photo's object to this Region's bucket first.", "photoId")
    if size_bytes > http.OBJECT_LIMIT_BYTES:
        message = f"A photo may have at most {http.OBJECT_LIMIT_BYTES} bytes, not {size_bytes}."
        raise ApiError(400, "ObjectTooLarge", message, "photoId")
    # anybody may add one later; nobody knows the id before there is a record
    if records.object_bytes(f"public/large/{photo_id}") is not None:
        fields[_LARGE] = "yes"
    return _photo(records.create("PHOTO", photo_id, fields, author), (*_PHOTO_FIELDS, "writtenIn"))


def _delete_photo(event: Event, records: Records) -> Any:
    """The record first, for it decides; then the objects, again with each retry."""
    photo_id, author = http.photo_id_of(event), http.author_of(event)
    tombstone = records.delete("PHOTO", photo_id, author)
    records.delete_objects(*(f"{folder}/{photo_id}" for folder in _FOLDERS))
    return _shown("photoId", tombstone, ("author", "deletedAt", "writtenIn"))


def _list_comments(event: Event, records: Records) -> Any:
    pk = _comments_of(event, records)
    comments, last_id = records.page(pk, http.start_of(event), is_newest_first=False)
    return {
        "comments": [_shown("commentId", item, _COMMENT_FIELDS) for item in comments],
        "nextToken": last_id and http.to_token(last_id),
    }


def _create_comment(event: Event, records: Records) -> Any:
    """The photo need not exist: its record may not be replicated from the other Region yet."""
    fields, author = http.comment_fields(event), http.author_of(event)
    pk = _comments_of(event, records)
    item = records.create(pk, fields.pop("commentId"), fields, author)
    return _shown("commentId", item, (*_COMMENT_FIELDS, "writtenIn"))


def _comments_of(event: Event, records: Records) -> str:
    """The partition of the photo's comments; 410 if the photo is deleted.

    Read beside the transaction: a check in it would let the comments of a photo conflict with each other, and a comment
    that is stored just after the deletion is shown to nobody.
    """
    photo_id = http.photo_id_of(event)
    _require_not_deleted(photo_id, records)
    return f"COMMENT#{photo_id}"


def _require_not_deleted(photo_id: str, records: Records) -> None:
    if records.is_deleted("PHOTO", photo_id):
        raise http.deleted()


def _photo(item: Item, names: tuple[str, ...]) -> dict[str, Any]:
    return {**_shown("photoId", item, names), _LARGE: _LARGE in item}


def _shown(id_name: str, item: Item, names: tuple[str, ...]) -> Item:
    return {id_name: item["sk"], **{name: item.get(name, "") for name in names}}


_ROUTES = {
    "/photos": {"GET": _list_photos},
    "/photos/{photoId}": {"POST": _create_photo, "DELETE": _delete_photo},
    "/comments/{photoId}": {"GET": _list_comments, "POST": _create_comment},
}

# while Lambda initializes the function, not while the first client waits: every request asks DynamoDB, few ask S3
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _client("dynamodb")
