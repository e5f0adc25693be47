"""What Lambda tells the destination about records that it gives up: where they are in the stream, not the records.

https://docs.aws.amazon.com/lambda/latest/dg/ services-dynamodb-errors.html and kinesis-on-failure-destination.html
"""

from datetime import UTC, datetime
from typing import Any

from mraa_local.event_sources.batches import Batch, Record, sequence_number

SHARD = "shardId-00000000000000000000-00000000"


def message(
    batch: Batch, *, shard: str, function_arn: str, stream_arn: str, now: float, request_id: str
) -> dict[str, Any]:
    """The body of the message about a batch whose retries are used up; ``shard`` is empty for a table's stream."""
    first, last = batch.records[0], batch.records[-1]
    return {
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": batch.failures,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": _iso(now, "milliseconds"),
        "KinesisBatchInfo" if shard else "DDBStreamBatchInfo": {
            "shardId": shard or SHARD,
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": _arrival(first),
            "approximateArrivalOfLastRecord": _arrival(last),
            "batchSize": len(batch.records),
            "streamArn": stream_arn,
        },
    }


def _arrival(record: Record) -> str:
    of_table, of_kinesis = record.content.get("dynamodb"), record.content.get("kinesis")
    if of_table:
        return _iso(of_table["ApproximateCreationDateTime"], "seconds")
    return _iso((of_kinesis or {})["approximateArrivalTimestamp"], "milliseconds")


def _iso(at: float, precision: str) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=precision).replace("+00:00", "Z")
