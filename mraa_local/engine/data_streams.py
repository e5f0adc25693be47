"""Kinesis data streams: their shards and records, and where event source mappings are in them.

A position is the sequence number of the last record that is done with: the engine counts records from the oldest that
is kept, which moves when records expire.
"""

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

from ministack.services import kinesis, lambda_svc

from mraa_local.engine.scope import account_id, region

Mapping = dict[str, Any]


class Place(NamedTuple):
    """A record as Lambda passes it to a function, and its sequence number as a number."""

    position: int
    record: dict[str, Any]


def exists(stream_arn: str) -> bool:
    """Whether this is a stream here that can be read."""
    stream = _find(stream_arn)
    return stream is not None and stream["StreamStatus"] == "ACTIVE"


def shards(stream_arn: str) -> list[str]:
    """The ids of the stream's shards; none if it does not exist."""
    stream = _find(stream_arn)
    return sorted(stream["shards"]) if stream else []


def stream_of_iterator(shard_iterator: str) -> str:
    """The name of the stream here that an iterator reads; empty if there is no such iterator."""
    state = kinesis._shard_iterators.get(shard_iterator)
    return str(state["stream"]) if state else ""


def start(mapping: Mapping) -> None:
    """Set where a new mapping begins: at what is written from now on, or at the oldest record that is kept."""
    stream = _find(mapping["EventSourceArn"])
    is_from_oldest = mapping["StartingPosition"] == "TRIM_HORIZON"
    now = 0 if is_from_oldest else int(kinesis._next_sequence_number())
    lambda_svc._kinesis_positions[mapping["UUID"]] = dict.fromkeys(stream["shards"] if stream else (), now)


def read(mapping: Mapping, shard: str, most: int) -> list[Place]:
    """The shard's next records, ``most`` of them."""
    arn = str(mapping["EventSourceArn"])
    stream = _find(arn)
    if stream is None or shard not in stream["shards"]:
        return []
    kinesis._expire_records(stream)
    done = lambda_svc._kinesis_positions.get(mapping["UUID"], {}).get(shard, 0)
    found: list[Place] = []
    for record in stream["shards"][shard]["records"]:
        if len(found) == most:
            break
        position = int(record["SequenceNumber"])
        if position > done:
            found.append(Place(position, _as_event(arn, shard, record)))
    return found


def advance(mapping: Mapping, shard: str, position: int) -> None:
    """Set the mapping's position in a shard, unless it has been deleted."""
    if mapping["UUID"] in lambda_svc._esms:
        lambda_svc._kinesis_positions.setdefault(mapping["UUID"], {})[shard] = position


def keep_newest(records: int) -> None:
    """Forget all but the newest records of each shard."""
    for shard in _all_shards():
        del shard["records"][: max(0, len(shard["records"]) - records)]


def _all_shards() -> Iterator[dict[str, Any]]:
    for stream in kinesis._streams.all_values():
        yield from stream["shards"].values()


def _find(stream_arn: str) -> dict[str, Any] | None:
    stream: dict[str, Any] | None = kinesis._streams.get(stream_arn.rpartition("/")[2])
    return stream if stream and stream["StreamARN"] == stream_arn else None


def _as_event(stream_arn: str, shard: str, record: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html"""
    data = record["Data"]
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{account_id()}:role/lambda",
        "awsRegion": region(),
        "eventSourceARN": stream_arn,
    }
