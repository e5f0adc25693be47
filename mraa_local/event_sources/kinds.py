"""What queues, DynamoDB streams and Kinesis streams have of their own as event sources.

Defaults and limits: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html. Actions:
https://docs.aws.amazon.com/lambda/latest/dg/ services-sqs-configure.html, services-dynamodb-eventsourcemapping.html and
with-kinesis.html.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mraa_local.engine import data_streams, queues, streams

_COMMON = (
    "FunctionName", "EventSourceArn", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes",
    "FilterCriteria", "Tags",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of event source. ``fixed``: settings that keep their default, because they would be ignored."""

    service: str
    noun: str
    exists: Callable[[str], bool]
    reading: tuple[str, ...]
    """The actions that a function's role needs, without the service."""
    defaults: Mapping[str, Any]
    settings: tuple[str, ...]
    limits: Mapping[str, tuple[int, int]]
    fixed: tuple[str, ...] = ()


_STREAM_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 100,
    "MaximumRetryAttempts": -1,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumBatchingWindowInSeconds": 0,
    "BisectBatchOnFunctionError": False,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}
_STREAM_SETTINGS = (*_COMMON, *_STREAM_DEFAULTS, "StartingPosition", "DestinationConfig")
_STREAM_LIMITS = {
    "BatchSize": (1, 10_000),
    "MaximumRetryAttempts": (-1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
}
_STREAM_FIXED = ("MaximumRecordAgeInSeconds", "ParallelizationFactor", "TumblingWindowInSeconds")

DYNAMODB = Kind(
    "dynamodb",
    "stream",
    streams.exists,
    ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"),
    _STREAM_DEFAULTS,
    _STREAM_SETTINGS,
    _STREAM_LIMITS,
    _STREAM_FIXED,
)
KINESIS = Kind(
    "kinesis",
    "stream",
    data_streams.exists,
    ("GetRecords", "GetShardIterator", "DescribeStream", "DescribeStreamSummary", "ListShards"),
    _STREAM_DEFAULTS,
    _STREAM_SETTINGS,
    _STREAM_LIMITS,
    _STREAM_FIXED,
)
SQS = Kind(
    "sqs",
    "queue",
    queues.exists,
    ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0},
    (*_COMMON, "ScalingConfig"),
    {"BatchSize": (1, 10_000), "MaximumBatchingWindowInSeconds": (0, 300)},
)
_ALL = (DYNAMODB, KINESIS, SQS)


def of(source_arn: str) -> Kind:
    """The kind of an event source; raises LookupError for one that is not supported."""
    service = source_arn.split(":")[2] if source_arn.count(":") >= 5 else ""
    for kind in _ALL:
        if kind.service == service:
            return kind
    raise LookupError(source_arn)
