"""Canaries: items and objects written to one Region, to be seen in the peer Region.

They are in the applications' own tables and buckets, under keys of their own: an item's partition key begins with
``CANARY#``, an object's key with ``canary/``. A drain that was killed leaves its canary behind; the next one removes
it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from mraa.aws import OBJECT_NOT_THERE, Aws, Clock, call
from mraa.errors import AwsError
from mraa.recovery.application import Application
from mraa.recovery.models import RegionInfo, Table
from mraa.recovery.regions.items import text
from mraa.recovery.retries import ATTEMPTS

_ITEM_KEY = "CANARY#"
_OBJECT_PREFIX = "canary/"
_NAME = "mraaCanary"  # an attribute that no table has as a key
_FIXED: Mapping[str, Any] = {"N": "0", "B": b"0"}  # a sort key that cannot hold the name
_STALE = timedelta(hours=1)


@dataclass(frozen=True)
class Canary:
    """What was written. ``stamp`` is S3's time of the objects, ``written_at`` the items' by ``clock.monotonic``.

    Without a bucket ``stamp`` is the operator's time.
    """

    name: str
    stamp: datetime
    written_at: float


def name_canary(clock: Clock, region: str) -> str:
    """A unique name that says where and when: ``us-east-1-20261123T081500Z-1f2e3d4c``."""
    return f"{region}-{_compact(clock.now())}-{secrets.token_hex(4)}"


def is_canary_item(table: Table, item: Mapping[str, Any]) -> bool:
    """True for an item that is a canary's."""
    return text(item, table.key[0].name).startswith(_ITEM_KEY)


def is_canary_object(key: str) -> bool:
    """True for the key of a canary's object."""
    return key.startswith(_OBJECT_PREFIX)


def canary_tables(application: Application, info: RegionInfo) -> list[Table]:
    """The application's tables that take a canary: those whose partition key is text."""
    return [table for table in application.tables(info) if table.key[0].type == "S"]


def write_canary(aws: Aws, clock: Clock, application: Application, source: RegionInfo, name: str) -> Canary:
    """Put the items, then the objects; retried if nothing answers."""
    dynamodb = aws.client("dynamodb", source.region, fast=True)
    for table in canary_tables(application, source):
        item = {**_item_key(table, source.region, name), _NAME: {"S": name}}
        _call(clock, source, dynamodb.put_item, "Writing the canary item", TableName=table.name, Item=item)
    written_at = clock.monotonic()
    s3, key = aws.client("s3", source.region, fast=True), _OBJECT_PREFIX + name
    for bucket in application.buckets(source):
        _call(clock, source, s3.put_object, "Writing the canary object", Bucket=bucket, Key=key, Body=b"canary")
    heads = [
        _call(clock, source, s3.head_object, "Reading the canary object", Bucket=bucket, Key=key)
        for bucket in application.buckets(source)
    ]
    stamps = [head["LastModified"] for head in heads] or [datetime.fromtimestamp(clock.now(), UTC)]
    return Canary(name, max(stamps), written_at)


def has_item(aws: Aws, target: RegionInfo, table: Table, source_region: str, name: str) -> bool:
    """True if the target's replica has the canary item."""
    answer = call(
        aws.client("dynamodb", target.region, fast=True).get_item,
        "Reading the canary item",
        target.region,
        TableName=table.name,
        Key=_item_key(table, source_region, name),
        ConsistentRead=True,
    )
    return text(answer.get("Item", {}), _NAME) == name


def has_object(aws: Aws, target: RegionInfo, bucket: str, name: str) -> bool:
    """True if the target's bucket has the canary object."""
    head, key = aws.client("s3", target.region, fast=True).head_object, _OBJECT_PREFIX + name
    try:
        call(head, "Reading the canary object", target.region, Bucket=bucket, Key=key)
    except AwsError as error:
        if error.code in OBJECT_NOT_THERE:
            return False
        raise
    return True


def remove_canaries(
    aws: Aws, clock: Clock, application: Application, info: RegionInfo, source_region: str, name: str
) -> None:
    """Remove canary ``name``, and those an hour old or older that were written in ``source_region``, from one Region.

    Younger ones of other names may belong to a running drain.
    """
    prefix = f"{source_region}-"
    stale_before = _compact(clock.now() - _STALE.total_seconds())

    def is_due(found: str) -> bool:
        return found == name or (found.startswith(prefix) and found.removeprefix(prefix) < stale_before)

    ask = partial(_call, clock, info)
    dynamodb, s3 = aws.client("dynamodb", info.region, fast=True), aws.client("s3", info.region, fast=True)
    for table in canary_tables(application, info):
        # this one's own item by key: it may arrive only after the query
        names = {name, *(_listed(ask, dynamodb, table, source_region))}
        for found in sorted(filter(is_due, names)):
            key = _item_key(table, source_region, found)
            ask(dynamodb.delete_item, "Removing the canary item", TableName=table.name, Key=key)
    for bucket in application.buckets(info):
        # by version: a plain delete would leave the object and a marker behind in a versioned bucket
        answer = ask(
            s3.list_object_versions, "Listing the canary objects", Bucket=bucket, Prefix=_OBJECT_PREFIX + prefix
        )
        for version in [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]:
            if is_due(version["Key"].removeprefix(_OBJECT_PREFIX)):
                one = {"Key": version["Key"], "VersionId": version["VersionId"]}
                ask(s3.delete_object, "Removing the canary object", Bucket=bucket, **one)


def _listed(ask: Any, dynamodb: Any, table: Table, source_region: str) -> list[str]:
    """The names of the canaries of a Region, as far as the table can be queried for them."""
    if not _has_text_sort_key(table):
        return []
    partition, sort = (attribute.name for attribute in table.key)
    answer = ask(
        dynamodb.query,
        "Listing the canary items",
        TableName=table.name,
        KeyConditionExpression="#partition = :partition",
        ExpressionAttributeNames={"#partition": partition},
        ExpressionAttributeValues={":partition": {"S": _ITEM_KEY + source_region}},
    )
    return [text(item, sort) for item in answer["Items"]]


def _item_key(table: Table, source_region: str, name: str) -> dict[str, Any]:
    """Without a sort key of text there is one item for a Region, written again by each drain: nothing piles up."""
    partition = {table.key[0].name: {"S": _ITEM_KEY + source_region}}
    return partition | {of.name: {of.type: _FIXED.get(of.type, name)} for of in table.key[1:]}


def _has_text_sort_key(table: Table) -> bool:
    return len(table.key) > 1 and table.key[1].type == "S"


def _call(clock: Clock, info: RegionInfo, operation: Any, doing: str, **arguments: Any) -> Any:
    return call(operation, doing, info.region, attempts=ATTEMPTS, clock=clock, **arguments)


def _compact(now: float) -> str:
    """A time that sorts as text: 20261123T081500Z."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
