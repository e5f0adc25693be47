"""The shards of a mapping's stream: what is to be read of each, and where the mapping is. A table's stream has one."""

from typing import Any

from mraa_local.engine import data_streams, event_sources
from mraa_local.event_sources import kinds
from mraa_local.event_sources.batches import Record

Mapping = dict[str, Any]
ONE = ""


def shards(mapping: Mapping) -> list[str]:
    """The ids of the shards."""
    return data_streams.shards(mapping["EventSourceArn"]) if _is_kinesis(mapping) else [ONE]


def read(mapping: Mapping, shard: str) -> list[Record]:
    """The next records of a shard, a batch at most."""
    if _is_kinesis(mapping):
        return [Record(*place) for place in data_streams.read(mapping, shard, int(mapping["BatchSize"]))]
    position, records = event_sources.read(mapping)
    return [Record(position + number, record) for number, record in enumerate(records, 1)]


def advance(mapping: Mapping, shard: str, position: int) -> None:
    """Set where the mapping is in a shard."""
    if _is_kinesis(mapping):
        data_streams.advance(mapping, shard, position)
    else:
        event_sources.advance(mapping, position)


def _is_kinesis(mapping: Mapping) -> bool:
    return kinds.of(mapping["EventSourceArn"]) is kinds.KINESIS
