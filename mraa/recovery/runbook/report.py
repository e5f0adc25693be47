"""What an unplanned failover may have left behind, as far as the surviving Region can tell by itself.

A write that the lost Region acknowledged and did not replicate is not gone: it lies there, and arrives when the
Region is back. The surviving Region cannot count such writes; it can say since when it has no proof of replication.
"""

from datetime import UTC, datetime
from typing import Any

from mraa.aws import Aws, translated
from mraa.errors import MraaError
from mraa.recovery.models import RegionalFacts
from mraa.recovery.regions.parameter import other_region

_LOOK_BACK = 100  # newest photo records looked at


def report_missing(aws: Aws, survivor: RegionalFacts, declared_at: float) -> dict[str, Any]:
    """Bounds of the loss: ``lastReplicatedAt`` (None: not known) and ``declaredAt``, ISO 8601, with a sentence.

    Best effort: it never fails, for the failover is done by now.
    """
    lost = other_region(survivor)
    declared = datetime.fromtimestamp(declared_at, UTC).isoformat(timespec="seconds")
    try:
        last = _last_replicated(aws, survivor, lost)
    except MraaError:
        last = ""
    since = f"since {last}, when the newest photo record seen here was written" if last else "not known since when"
    return {
        "lostRegion": lost,
        "lastReplicatedAt": last or None,
        "declaredAt": declared,
        "text": (
            f"writes that {lost} acknowledged before {declared} and did not replicate may be missing ({since}); they "
            f"lie in {lost} and are reconciled when it is back"
        ),
    }


def _last_replicated(aws: Aws, survivor: RegionalFacts, lost: str) -> str:
    """When the newest photo record that came from the lost Region was written; empty where none is seen."""
    client = aws.client("dynamodb", survivor.region, fast=True)
    with translated("Looking for the last replicated record", survivor.region):
        answer = client.query(
            TableName=survivor.key_value_store_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "PHOTO"}},
            ScanIndexForward=False,  # ids rise with time
            Limit=_LOOK_BACK,
        )
    times = [
        item.get("createdAt", {}).get("S", "") for item in answer["Items"] if item.get("writtenIn", {}).get("S") == lost
    ]
    return max(times, default="")
