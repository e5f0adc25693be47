"""The photo sample as an application that recovery can drain, reconcile and drill.

A photo is a record in the key-value store and an object in the object store (``public/<photoId>``); its comments are
records alone. A drill comments on a photo that has no record, so that no gallery ever shows what it writes.
"""

import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mraa.aws import ApiAnswer, Aws, Clock, call, pages
from mraa.errors import UnreachableError
from mraa.recovery.models import Fate, ItemOrigin, KeyAttribute, RegionInfo, Table
from mraa.recovery.regions.items import text
from mraa.recovery.regions.parameter import require_resource
from mraa.recovery.retries import ATTEMPTS

PHOTO = "PHOTO"
COMMENT = "COMMENT#"
OBJECT_PREFIX = "public/"

_BATCH = 25  # BatchWriteItem takes no more
_ROUNDS = 10  # of asking for what DynamoDB left out
_PAUSE_S = 0.5


def api_id(info: RegionInfo) -> str:
    """The id of this Region's photos API."""
    return require_resource(info, "photosApiId")


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


class PhotoSample:
    """``mraa.recovery.application.Application`` for the photo sample."""

    noun = "photo"
    load = "comments on a photo that does not exist"

    def tables(self, info: RegionInfo) -> Sequence[Table]:
        """The key-value store."""
        return (Table(info.key_value_store_table, (KeyAttribute("pk"), KeyAttribute("sk"))),)

    def buckets(self, info: RegionInfo) -> Sequence[str]:
        """The object store."""
        return (info.object_store_bucket,)

    def origin(self, table: Table, item: Mapping[str, Any]) -> ItemOrigin:
        """Photos and comments say where and when they were written; a photo has an object."""
        object_key = OBJECT_PREFIX + text(item, "sk") if text(item, "pk") == PHOTO else ""
        return ItemOrigin(text(item, "writtenIn"), text(item, "createdAt"), object_key)

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
            ProjectionExpression="pk, sk, writtenIn, createdAt",
            ScanIndexForward=False,
            Limit=limit,
        ):
            found += [self.origin(table, item) for item in page["Items"]]
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

    def write(
        self, aws: Aws, info: RegionInfo, run_id: str, write_id: str, text: str, timeout_s: int
    ) -> tuple[Fate, str]:
        """One comment on the photo ``run_id``."""
        return fate_of(post_comment(aws, info, run_id, write_id, "drill", text, timeout_s=timeout_s))

    def written_ids(self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str) -> frozenset[str]:
        """The ids of the photo's comments."""
        return frozenset(self._comment_ids(aws, clock, info, run_id))

    def remove(self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str) -> None:
        """Delete the photo's comments."""
        client, table = aws.client("dynamodb", info.region), info.key_value_store_table
        ids = list(self._comment_ids(aws, clock, info, run_id))
        for start in range(0, len(ids), _BATCH):
            keys = [{"pk": {"S": COMMENT + run_id}, "sk": {"S": found}} for found in ids[start : start + _BATCH]]
            wanted: Any = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
            for _ in range(_ROUNDS):
                answer = call(client.batch_write_item, "Removing comments", info.region, RequestItems=wanted)
                wanted = answer.get("UnprocessedItems")
                if not wanted:
                    break
                clock.sleep(_PAUSE_S)

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
