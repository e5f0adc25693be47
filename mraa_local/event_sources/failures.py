"""What Lambda tells the destination about records that it gives up: where they are in the stream, not the records.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from datetime import UTC, datetime
from typing import Any

from mraa_local.event_sources.batches import Batch

SHARD = "shardId-00000000000000000000-00000000"


def message(batch: Batch, *, function_arn: str, stream_arn: str, now: float, request_id: str) -> dict[str, Any]:
    """The body of the message about a batch whose retries are used up."""
    first, last = batch.records[0].content["dynamodb"], batch.records[-1].content["dynamodb"]
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
        "DDBStreamBatchInfo": {
            "shardId": SHARD,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _iso(first["ApproximateCreationDateTime"], "seconds"),
            "approximateArrivalOfLastRecord": _iso(last["ApproximateCreationDateTime"], "seconds"),
            "batchSize": len(batch.records),
            "streamArn": stream_arn,
        },
    }


def _iso(at: float, precision: str) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=precision).replace("+00:00", "Z")
