"""What one Region holds, as entries to be compared: records by a paged scan, objects by a paged listing.

Never more than a page in memory. Canaries are the drain's own and are left out.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from mraa.aws import Aws, Clock, translated
from mraa.recovery.models import RegionalFacts
from mraa.recovery.patience import patiently
from mraa.recovery.reconcile.merge import Entry
from mraa.recovery.regions.canary import is_canary_item, is_canary_object
from mraa.recovery.regions.items import text

PHOTO = "PHOTO"
OBJECT_PREFIX = "public/"

_ATTEMPTS = 3


def read_records(aws: Aws, clock: Clock, facts: RegionalFacts) -> Iterator[Entry]:
    """Every record of this Region's replica, read consistently, in DynamoDB's own order (a hash's: sort them)."""
    client = aws.client("dynamodb", facts.region)

    def page(start: dict[str, Any]) -> Any:
        with translated(f"Reading the records of {facts.key_value_store_table}", facts.region):
            return client.scan(TableName=facts.key_value_store_table, ConsistentRead=True, **start)

    start: dict[str, Any] = {}
    while True:
        answer = patiently(clock, partial(page, start), attempts=_ATTEMPTS)
        yield from (record_entry(item) for item in answer["Items"] if not is_canary_item(item))
        if not answer.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def read_objects(
    aws: Aws, clock: Clock, facts: RegionalFacts, *, prefix: str = "", start_after: str = ""
) -> Iterator[Entry]:
    """Every object of this Region's bucket in the order of keys, which is S3's own."""
    client = aws.client("s3", facts.region)

    def page(more: dict[str, str]) -> Any:
        with translated(f"Listing the objects of {facts.object_store_bucket}", facts.region):
            return client.list_objects_v2(Bucket=facts.object_store_bucket, Prefix=prefix, **more)

    more = {"StartAfter": start_after} if start_after else {}
    while True:
        answer = patiently(clock, partial(page, more), attempts=_ATTEMPTS)
        for found in answer.get("Contents", []):
            if not is_canary_object(found["Key"]):
                yield object_entry(found["Key"], found["Size"], found["ETag"], found["LastModified"].isoformat())
        if not answer.get("IsTruncated"):
            return
        more = {"ContinuationToken": answer["NextContinuationToken"]}


def read_photo_ids(aws: Aws, clock: Clock, facts: RegionalFacts, *, limit: int) -> list[str]:
    """The ids of the newest ``limit`` photo records, oldest first: ids rise with time."""
    client = aws.client("dynamodb", facts.region, fast=True)

    def page(start: dict[str, Any]) -> Any:
        with translated("Reading the newest photo records", facts.region):
            return client.query(
                TableName=facts.key_value_store_table,
                KeyConditionExpression="pk = :pk",
                ProjectionExpression="sk",
                ExpressionAttributeValues={":pk": {"S": PHOTO}},
                ScanIndexForward=False,
                Limit=limit,
                **start,
            )

    ids: list[str] = []
    start: dict[str, Any] = {}
    while True:
        answer = patiently(clock, partial(page, start), attempts=_ATTEMPTS)
        ids += [item["sk"]["S"] for item in answer["Items"]]
        if len(ids) >= limit or not answer.get("LastEvaluatedKey"):
            return sorted(ids[:limit])
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def record_entry(item: dict[str, Any]) -> Entry:
    """One item of the key-value store, in DynamoDB's typed form."""
    content = json.dumps(item, sort_keys=True, default=repr)
    return Entry(
        (text(item, "pk"), text(item, "sk")),
        hashlib.sha256(content.encode()).hexdigest()[:32],
        text(item, "writtenIn"),
        text(item, "createdAt"),
    )


def object_entry(key: str, size: int, etag: str, modified_at: str) -> Entry:
    """One object. A replica keeps the ETag of what it is a copy of."""
    return Entry((key,), f"{size}:{etag}", created_at=modified_at)


def photo_key(photo_id: str) -> str:
    """Where the object of a photo lies."""
    return OBJECT_PREFIX + photo_id
