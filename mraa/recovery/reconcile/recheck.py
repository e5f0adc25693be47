"""Looking again at keys that differed: both Regions' records and objects as they are now, a batch at a time."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from mraa.aws import OBJECT_NOT_THERE, Aws, Clock, translated
from mraa.errors import AwsError, UnreachableError
from mraa.recovery.models import RegionalFacts
from mraa.recovery.patience import patiently
from mraa.recovery.reconcile.merge import Entry, Key
from mraa.recovery.reconcile.scan import object_entry, record_entry

_ATTEMPTS = 3
_ROUNDS = 10  # of asking for what DynamoDB left out
_WORKERS = 8


def read_items_of(aws: Aws, clock: Clock, facts: RegionalFacts, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
    """Those of up to 100 records that there are, by key, whole and read consistently from this Region's replica."""
    client, table = aws.client("dynamodb", facts.region), facts.key_value_store_table
    wanted: Mapping[str, Any] = {
        table: {"ConsistentRead": True, "Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]}
    }

    def ask(wanted: Mapping[str, Any]) -> Any:
        with translated(f"Reading records of {table}", facts.region):
            return client.batch_get_item(RequestItems=wanted)

    items: dict[Key, dict[str, Any]] = {}
    for _ in range(_ROUNDS):
        answer = patiently(clock, partial(ask, wanted), attempts=_ATTEMPTS)
        items |= {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Responses"].get(table, [])}
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return items
        clock.sleep(0.2)
    raise UnreachableError(f"DynamoDB in {facts.region} did not give all records asked for.", "Run it again.")


def look_at_records(aws: Aws, clock: Clock, facts: RegionalFacts, keys: Sequence[Key]) -> dict[Key, Entry]:
    """Those of the records that there are now."""
    return {key: record_entry(item) for key, item in read_items_of(aws, clock, facts, keys).items()}


def look_at_objects(aws: Aws, clock: Clock, facts: RegionalFacts, keys: Sequence[Key]) -> dict[Key, Entry]:
    """Those of the objects that there are now."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = pool.map(lambda key: patiently(clock, partial(_head, aws, facts, key), attempts=_ATTEMPTS), keys)
        return {entry.key: entry for entry in found if entry}


def is_deleted(aws: Aws, clock: Clock, facts: RegionalFacts, key: Key) -> bool:
    """True where somebody deleted the object here: its newest version is a delete marker, which is on its way too."""

    def ask() -> Any:
        with translated(f"Looking for a delete marker of {key[0]}", facts.region):
            return aws.client("s3", facts.region).list_object_versions(
                Bucket=facts.object_store_bucket, Prefix=key[0], MaxKeys=10
            )

    markers = patiently(clock, ask, attempts=_ATTEMPTS).get("DeleteMarkers", [])
    return any(marker["Key"] == key[0] and marker["IsLatest"] for marker in markers)


def _head(aws: Aws, facts: RegionalFacts, key: Key) -> Entry | None:
    try:
        with translated(f"Looking at the object {key[0]}", facts.region):
            found = aws.client("s3", facts.region).head_object(Bucket=facts.object_store_bucket, Key=key[0])
    except AwsError as error:
        if error.code in OBJECT_NOT_THERE:
            return None
        raise
    return object_entry(key[0], found["ContentLength"], found["ETag"], found["LastModified"].isoformat())
