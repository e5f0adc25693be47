"""What one Region has, as entries to be compared: records by a paged scan, objects by a paged listing.

Never more than a page in memory. Canaries and notes are the tool's own and are left out.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from mraa.aws import Aws, Clock, pages
from mraa.errors import AwsError
from mraa.recovery.application import Application
from mraa.recovery.models import ItemOrigin, Key, RegionInfo, Table
from mraa.recovery.reconcile.merge import Entry
from mraa.recovery.regions.canary import is_canary_item, is_canary_object
from mraa.recovery.regions.notes import is_note
from mraa.recovery.retries import ATTEMPTS

_SETS = ('"SS"', '"NS"', '"BS"')  # as typed values have them


def read_records(aws: Aws, clock: Clock, application: Application, info: RegionInfo, table: Table) -> Iterator[Entry]:
    """Every record of this Region's replica, read consistently, in DynamoDB's own order (a hash's: sort them)."""
    for page in pages(
        aws.client("dynamodb", info.region),
        "scan",
        f"Reading the records of {table.name}",
        info.region,
        attempts=ATTEMPTS,
        clock=clock,
        TableName=table.name,
        ConsistentRead=True,
    ):
        yield from (
            record_entry(application, table, item)
            for item in page["Items"]
            if not is_canary_item(table, item) and not is_note(table, item)
        )


def read_objects(aws: Aws, clock: Clock, info: RegionInfo, bucket: str, *, start_after: str = "") -> Iterator[Entry]:
    """Every object of one of this Region's buckets in the order of keys, which is S3's own."""
    for page in pages(
        aws.client("s3", info.region),
        "list_objects_v2",
        f"Listing the objects of {bucket}",
        info.region,
        attempts=ATTEMPTS,
        clock=clock,
        Bucket=bucket,
        **({"StartAfter": start_after} if start_after else {}),
    ):
        for found in page.get("Contents", []):
            if not is_canary_object(found["Key"]):
                yield object_entry(found["Key"], found["Size"], found["ETag"], found["LastModified"].isoformat())


def record_entry(application: Application, table: Table, item: dict[str, Any]) -> Entry:
    """One item, in DynamoDB's typed form; of a table that the application does not name nothing but its content."""
    origin = application.origin(table, item) if table.is_named else ItemOrigin()
    content = json.dumps(item, sort_keys=True, default=repr)
    if any(kind in content for kind in _SETS):
        content = json.dumps(_ordered(item), sort_keys=True, default=repr)
    digest = hashlib.sha256(content.encode()).hexdigest()[:32]
    return Entry(
        key_of(table, item), digest, origin.written_in, origin.created_at, origin.object_key, origin.is_tombstone
    )


def _ordered(value: Any) -> Any:
    """The same with the members of every set in one order: DynamoDB promises none."""
    if isinstance(value, dict):
        return {
            name: sorted(inner, key=repr) if f'"{name}"' in _SETS and isinstance(inner, list) else _ordered(inner)
            for name, inner in value.items()
        }
    return [_ordered(inner) for inner in value] if isinstance(value, list) else value


def object_entry(key: str, size: int, etag: str, modified_at: str) -> Entry:
    """One object. A replica has the ETag of what it is a copy of."""
    return Entry((key,), f"{size}:{etag}", created_at=modified_at)


def key_of(table: Table, item: dict[str, Any]) -> Key:
    """The key of an item as text: numbers as DynamoDB writes them, binary in base64."""
    try:
        values = [(attribute.type, item[attribute.name][attribute.type]) for attribute in table.key]
        return tuple(base64.b64encode(value).decode() if kind == "B" else str(value) for kind, value in values)
    except (LookupError, TypeError) as error:
        raise AwsError(
            f"Reading the records of {table.name} failed: an item is without its key ({error}).", "Run it again."
        ) from error


def typed_key(table: Table, key: Key) -> dict[str, Any]:
    """The key in DynamoDB's typed form, back from text."""
    return {
        attribute.name: {attribute.type: base64.b64decode(value) if attribute.type == "B" else value}
        for attribute, value in zip(table.key, key, strict=True)
    }
