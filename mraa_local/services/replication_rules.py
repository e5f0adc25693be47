"""Replication rules must name buckets that exist; the engine accepts any name."""

import re
from collections.abc import Iterator

from mraa_local.engine import buckets
from mraa_local.engine.scope import Answer


def install() -> None:
    """Check before PutBucketReplication, whoever calls it."""
    buckets.before_replication_rules(_refusal)


def _refusal(bucket: str, document: bytes) -> Answer | None:
    if buckets.find(bucket) is not None and not all(map(buckets.exists, destination_buckets(document))):
        return buckets.refusal("InvalidRequest", "Destination bucket must exist.")
    return None


def destination_buckets(document: bytes) -> Iterator[str]:
    """The names of the buckets that replication rules write to."""
    for found in re.findall(rb"<Bucket>\s*([^<\s]+)\s*</Bucket>", document):
        yield found.decode().rpartition(":")[2]
