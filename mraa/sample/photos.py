"""The photo sample as an application that recovery can drain, reconcile and drill.

A photo is a record in the key-value store and an object in the object store (``public/<photoId>``), with renditions
beside it (``public/thumb/<photoId>``, ``public/large/<photoId>``); its comments are records alone, and so are display
names (``NAME#<name>``). Where a photo was deleted its record has an attribute ``deletedAt`` and little else. A drill
comments on a photo that has no record, so that no gallery ever shows what it writes.
"""

import urllib.parse
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from mraa.aws import ApiAnswer, Aws, Clock, call, pages
from mraa.errors import UnreachableError
from mraa.recovery.models import Fate, ItemOrigin, KeyAttribute, RegionInfo, Table
from mraa.recovery.regions.items import read_items, text
from mraa.recovery.regions.parameter import require_resource
from mraa.recovery.retries import ATTEMPTS

PHOTO = "PHOTO"
COMMENT = "COMMENT#"
NAME = "NAME#"
OBJECT_PREFIX = "public/"

_DELETED = "deletedAt"

# A name is checked in the transaction of each write under it, so that writers who share one wait for each other
# (docs/limits.md): a drill has as many names as there are last digits of an id.
_DIGITS = "0123456789abcdef"

_BATCH = 25  # BatchWriteItem takes no more
_ROUNDS = 10  # of asking for what DynamoDB left out
_PAUSE_S = 0.5


def api_id(info: RegionInfo) -> str:
    """The id of this Region's photos API."""
    return require_resource(info, "photosApiId")


def post_photo(aws: Aws, info: RegionInfo, photo_id: str, user: str, title: str, media_type: str) -> ApiAnswer:
    """Post the record of a photo, whose object must be there, to this Region's API."""
    body = {"user": user, "title": title, "contentType": media_type}
    return aws.api_request("POST", info.region, api_id(info), f"photos/{urllib.parse.quote(photo_id)}", body)


def post_comment(
    aws: Aws, info: RegionInfo, photo_id: str, comment_id: str, user: str, message: str, *, timeout_s: int = 10
) -> ApiAnswer:
    """Post one comment to this Region's API."""
    body = {"commentId": comment_id, "user": user, "message": message}
    path = f"comments/{urllib.parse.quote(photo_id)}"
    return aws.api_request("POST", info.region, api_id(info), path, body, timeout_s=timeout_s)


def fate_of(answer: ApiAnswer) -> tuple[Fate, str]:
    """What an answer says of a write, and its code unless it was acknowledged."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    code = str(error.get("code", answer.status)) if isinstance(error, dict) else str(answer.status)
    if answer.status == 200:
        return Fate.ACKNOWLEDGED, ""
    return Fate.REFUSED if (answer.status, code) == (409, "RegionFenced") else Fate.UNKNOWN, code


def _name_of(run_id: str, digit: str) -> str:
    """A name that nobody else uses, in the form in which names are compared."""
    return f"drill {run_id} {digit}"


class PhotoSample:
    """``Application`` and ``Workload`` (``mraa.recovery.application``) for the photo sample."""

    name, noun = "photos", "photo"
    load = "comments on a photo that does not exist"

    def tables(self, info: RegionInfo) -> Sequence[Table]:
        """The key-value store."""
        return (Table(info.key_value_store_table, (KeyAttribute("pk"), KeyAttribute("sk"))),)

    def buckets(self, info: RegionInfo) -> Sequence[str]:
        """The object store."""
        return (info.object_store_bucket,)

    def unreplicated(self, info: RegionInfo) -> Sequence[str]:
        """Nothing."""
        return ()

    def object_bucket(self, info: RegionInfo) -> str:
        """The object store."""
        return info.object_store_bucket

    def origin(self, table: Table, item: Mapping[str, Any]) -> ItemOrigin:
        """Every item says where and when it was written; a photo has an object unless it is deleted."""
        written_in, deleted_at = text(item, "writtenIn"), text(item, _DELETED)
        if deleted_at:
            return ItemOrigin(written_in, deleted_at, is_tombstone=True)
        object_key = OBJECT_PREFIX + text(item, "sk") if text(item, "pk") == PHOTO else ""
        return ItemOrigin(written_in, text(item, "createdAt"), object_key)

    def is_deleted(self, aws: Aws, clock: Clock, info: RegionInfo, object_key: str) -> bool:
        """An object's key, a rendition's too, ends with the photo's id."""
        key = {"pk": {"S": PHOTO}, "sk": {"S": object_key.rpartition("/")[2]}}
        doing, table = f"Reading the record of {object_key}", info.key_value_store_table
        client = aws.client("dynamodb", info.region)
        found = read_items(client, clock, info.region, table, [key], doing, attempts=ATTEMPTS)
        return any(_DELETED in item for item in found)

    def newest(self, aws: Aws, clock: Clock, info: RegionInfo, limit: int) -> Sequence[ItemOrigin]:
        """The newest photos: ids rise with time."""
        table = self.tables(info)[0]
        client = aws.client("dynamodb", info.region, fast=True)
        found: list[ItemOrigin] = []
        for page in pages(
            client,
            "query",
            "Reading the newest photo records",
            info.region,
            attempts=ATTEMPTS,
            clock=clock,
            TableName=table.name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": PHOTO}},
            ProjectionExpression=f"pk, sk, writtenIn, createdAt, {_DELETED}",
            ScanIndexForward=False,
            Limit=limit,
        ):
            found += [self.origin(table, item) for item in page["Items"] if _DELETED not in item]
            if len(found) >= limit:
                break
        return found[:limit]

    def problem(self, aws: Aws, info: RegionInfo) -> str:
        """Healthy if it lists photos."""
        try:
            # a cold start may take longer than a table
            answer = aws.api_request("GET", info.region, api_id(info), "photos", timeout_s=10)
        except UnreachableError:
            return "no answer"
        return "" if answer.status == 200 else f"answers {answer.status}"

    def refusal(self, info: RegionInfo) -> str:
        """None: every deployment has its API."""
        return ""

    def write(
        self, aws: Aws, info: RegionInfo, run_id: str, write_id: str, text: str, timeout_s: int
    ) -> tuple[Fate, str]:
        """One comment on the photo ``run_id``."""
        user = _name_of(run_id, write_id[-1])
        return fate_of(post_comment(aws, info, run_id, write_id, user, text, timeout_s=timeout_s))

    def written_ids(
        self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str, write_ids: Collection[str] = ()
    ) -> frozenset[str]:
        """The ids of the photo's comments."""
        return frozenset(self._comment_ids(aws, clock, info, run_id))

    def remove(
        self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str, write_ids: Collection[str] = ()
    ) -> frozenset[str]:
        """Delete the photo's comments, and the names that they were written under."""
        client, table = aws.client("dynamodb", info.region), info.key_value_store_table
        keys = [(COMMENT + run_id, found) for found in self._comment_ids(aws, clock, info, run_id)]
        keys += [(NAME + _name_of(run_id, digit), "NAME") for digit in _DIGITS]
        requests = [{"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in keys]
        for start in range(0, len(requests), _BATCH):
            wanted: Any = {table: requests[start : start + _BATCH]}
            for _ in range(_ROUNDS):
                answer = call(client.batch_write_item, "Removing comments", info.region, RequestItems=wanted)
                wanted = answer.get("UnprocessedItems")
                if not wanted:
                    break
                clock.sleep(_PAUSE_S)
        return frozenset()

    def _comment_ids(self, aws: Aws, clock: Clock, info: RegionInfo, photo_id: str) -> Iterator[str]:
        for page in pages(
            aws.client("dynamodb", info.region),
            "query",
            "Reading comments",
            info.region,
            clock=clock,
            TableName=info.key_value_store_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": COMMENT + photo_id}},
            ConsistentRead=True,
        ):
            yield from (text(item, "sk") for item in page["Items"])
