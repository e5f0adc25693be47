"""Canaries: an item and an object written after the fence, to be seen in the other Region.

They lie beside the application's data, under keys of their own, so they never show among photos or comments. A drain
that was killed leaves its canary behind; the next one removes it.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from mraa.aws import OBJECT_NOT_THERE, Aws, Clock, translated
from mraa.errors import AwsError
from mraa.recovery.models import RegionalFacts
from mraa.recovery.patience import patiently

_ITEM_KEY = "CANARY#"
_OBJECT_PREFIX = "canary/"
_STALE = timedelta(hours=1)
_ATTEMPTS = 3


@dataclass(frozen=True)
class Canary:
    """What was written. ``stamp`` is S3's time of the object, ``written_at`` the item's by ``clock.monotonic``."""

    name: str
    stamp: datetime
    written_at: float


def name_canary(clock: Clock, region: str) -> str:
    """A name unlike any other, that tells where and when: ``us-east-1-20261123T081500Z-1f2e3d4c``."""
    return f"{region}-{_compact(clock.now())}-{secrets.token_hex(4)}"


def is_canary_item(item: Mapping[str, Any]) -> bool:
    """True for an item of the key-value store that is a canary's."""
    return str(item["pk"]["S"]).startswith(_ITEM_KEY)


def is_canary_object(key: str) -> bool:
    """True for the key of a canary's object."""
    return key.startswith(_OBJECT_PREFIX)


def write_canary(aws: Aws, clock: Clock, source: RegionalFacts, name: str) -> Canary:
    """Put the item, then the object; what does not answer is asked again."""
    patiently(clock, partial(_put_item, aws, source, name), attempts=_ATTEMPTS)
    written_at = clock.monotonic()
    patiently(clock, partial(put_object, aws, source, name), attempts=_ATTEMPTS)
    stamp = patiently(clock, partial(_stamp, aws, source, name), attempts=_ATTEMPTS)
    return Canary(name, stamp, written_at)


def put_object(aws: Aws, source: RegionalFacts, name: str) -> None:
    """Put the canary object."""
    with translated("Writing the canary object", source.region):
        aws.client("s3", source.region, fast=True).put_object(
            Bucket=source.object_store_bucket, Key=_OBJECT_PREFIX + name, Body=b"canary"
        )


def is_item_there(aws: Aws, target: RegionalFacts, source_region: str, name: str) -> bool:
    """True where the target's table holds the canary item."""
    with translated("Looking for the canary item", target.region):
        answer = aws.client("dynamodb", target.region, fast=True).get_item(
            TableName=target.key_value_store_table, Key=_item_key(source_region, name), ConsistentRead=True
        )
    return "Item" in answer


def is_object_there(aws: Aws, target: RegionalFacts, name: str) -> bool:
    """True where the target's bucket holds the canary object."""
    try:
        with translated("Looking for the canary object", target.region):
            aws.client("s3", target.region, fast=True).head_object(
                Bucket=target.object_store_bucket, Key=_OBJECT_PREFIX + name
            )
    except AwsError as error:
        if error.code in OBJECT_NOT_THERE:
            return False
        raise
    return True


def remove_canaries(aws: Aws, clock: Clock, facts: RegionalFacts, source_region: str, name: str) -> None:
    """Remove canary ``name``, and those an hour old or older that were written in ``source_region``, from one Region.

    Younger ones of other names may belong to a drain at work.
    """
    prefix = f"{source_region}-"
    stale_before = _compact(clock.now() - _STALE.total_seconds())

    def is_due(found: str) -> bool:
        return found == name or (found.startswith(prefix) and found.removeprefix(prefix) < stale_before)

    def ask(what: str, call: Callable[[], Any]) -> Any:
        def translated_call() -> Any:
            with translated(what, facts.region):
                return call()

        return patiently(clock, translated_call, attempts=_ATTEMPTS)

    dynamodb, s3 = aws.client("dynamodb", facts.region, fast=True), aws.client("s3", facts.region, fast=True)
    table, bucket = facts.key_value_store_table, facts.object_store_bucket
    answer = ask(
        "Looking for canary items",
        lambda: dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": _ITEM_KEY + source_region}},
        ),
    )
    # this one's own item by key: it may arrive only after the query
    names = {name, *(item["sk"]["S"] for item in answer["Items"])}
    for found in sorted(filter(is_due, names)):
        key = _item_key(source_region, found)
        ask("Removing the canary item", partial(dynamodb.delete_item, TableName=table, Key=key))
    # by version: a plain delete would leave the object and a marker behind in a versioned bucket
    answer = ask(
        "Looking for canary objects",
        lambda: s3.list_object_versions(Bucket=bucket, Prefix=_OBJECT_PREFIX + prefix),
    )
    for version in [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]:
        if is_due(version["Key"].removeprefix(_OBJECT_PREFIX)):
            one = {"Key": version["Key"], "VersionId": version["VersionId"]}
            ask("Removing the canary object", partial(s3.delete_object, Bucket=bucket, **one))


def _put_item(aws: Aws, source: RegionalFacts, name: str) -> None:
    with translated("Writing the canary item", source.region):
        aws.client("dynamodb", source.region, fast=True).put_item(
            TableName=source.key_value_store_table, Item=_item_key(source.region, name)
        )


def _stamp(aws: Aws, source: RegionalFacts, name: str) -> datetime:
    """S3's time of the object, cut to the second."""
    with translated("Looking at the canary object", source.region):
        answer = aws.client("s3", source.region, fast=True).head_object(
            Bucket=source.object_store_bucket, Key=_OBJECT_PREFIX + name
        )
    stamp: datetime = answer["LastModified"]
    return stamp


def _item_key(source_region: str, name: str) -> dict[str, Any]:
    return {"pk": {"S": _ITEM_KEY + source_region}, "sk": {"S": name}}


def _compact(now: float) -> str:
    """A time that sorts as text: 20261123T081500Z."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
