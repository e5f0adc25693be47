"""Rechecking keys that differed: both Regions' records and objects as they are now, a batch at a time."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mraa.aws import OBJECT_NOT_THERE, Aws, Clock, call
from mraa.errors import AwsError
from mraa.recovery.application import Application
from mraa.recovery.models import Key, RegionInfo, Table
from mraa.recovery.reconcile.merge import Entry
from mraa.recovery.reconcile.scan import key_of, object_entry, record_entry, typed_key
from mraa.recovery.regions.items import read_items
from mraa.recovery.retries import ATTEMPTS

_WORKERS = 8


def read_items_of(
    aws: Aws, clock: Clock, info: RegionInfo, table: Table, keys: Sequence[Key]
) -> dict[Key, dict[str, Any]]:
    """Those of up to 100 records that exist, by key, whole and read consistently from this Region's replica."""
    client, doing = aws.client("dynamodb", info.region), f"Reading records of {table.name}"
    wanted = [typed_key(table, key) for key in keys]
    items = read_items(client, clock, info.region, table.name, wanted, doing, attempts=ATTEMPTS)
    return {key_of(table, item): item for item in items}


def recheck_records(
    aws: Aws, clock: Clock, application: Application, info: RegionInfo, table: Table, keys: Sequence[Key]
) -> dict[Key, Entry]:
    """Those of the records that exist now."""
    found = read_items_of(aws, clock, info, table, keys)
    return {key: record_entry(application, table, item) for key, item in found.items()}


def recheck_objects(aws: Aws, clock: Clock, info: RegionInfo, bucket: str, keys: Sequence[Key]) -> dict[Key, Entry]:
    """Those of the objects that exist now."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = pool.map(lambda key: _head(aws, clock, info, bucket, key), keys)
        return {entry.key: entry for entry in found if entry}


def is_deleted(aws: Aws, clock: Clock, info: RegionInfo, bucket: str, key: Key) -> bool:
    """True if somebody deleted the object here: its newest version is a delete marker, which replicates too."""
    answer = call(
        aws.client("s3", info.region).list_object_versions,
        f"Listing the versions of {key[0]}",
        info.region,
        attempts=ATTEMPTS,
        clock=clock,
        Bucket=bucket,
        Prefix=key[0],
        MaxKeys=10,
    )
    return any(marker["Key"] == key[0] and marker["IsLatest"] for marker in answer.get("DeleteMarkers", []))


def is_record_deleted(
    aws: Aws,
    clock: Clock,
    application: Application,
    infos: Mapping[str, RegionInfo],
    region: RegionInfo,
    bucket: str,
    key: Key,
) -> bool:
    """True if the record of an object in ``bucket`` (of ``region``) was deleted in a Region of ``infos``."""
    return bucket == application.object_bucket(region) and any(
        application.is_deleted(aws, clock, info, key[0]) for info in infos.values()
    )


def _head(aws: Aws, clock: Clock, info: RegionInfo, bucket: str, key: Key) -> Entry | None:
    head, doing = aws.client("s3", info.region).head_object, f"Reading the object {key[0]}"
    try:
        found = call(head, doing, info.region, attempts=ATTEMPTS, clock=clock, Bucket=bucket, Key=key[0])
    except AwsError as error:
        if error.code in OBJECT_NOT_THERE:
            return None
        raise
    return object_entry(key[0], found["ContentLength"], found["ETag"], found["LastModified"].isoformat())
