"""Which replication latency a drain has to reckon with.

AWS's advice for global tables, whose items replicate one by one and in no order: stop writing and wait for a multiple
of the recent maximum of ``ReplicationLatency``; we take ten times that of 15 minutes. An outage that is over leaves its
own duration there as a latency, and ten times that would be waited for in vain. So an earlier maximum does not count

- from before a comparison that found the same data in both Regions: whatever was late then has arrived; or
- once a whole later minute, and the canary, were all ten times quicker: what was late has been worked off, and what has
  been written since travels as quickly as that.

The second is evidence, not proof: a partition of the table that still hung would show in neither. It would not show 15
minutes later either, and that is when AWS's rule forgets the outage.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from mraa.aws import Aws, Clock
from mraa.recovery.models import RegionInfo, Table
from mraa.recovery.regions.metrics import read_metric

FACTOR = 10
RECENT = timedelta(minutes=15)
_PERIOD = timedelta(minutes=1)


def read_latencies(
    aws: Aws, clock: Clock, source: RegionInfo, target: RegionInfo, table: Table, now: datetime
) -> list[tuple[datetime, float]]:
    """The slowest arrival of each of the last 15 minutes: start of the minute, seconds; none without traffic."""
    series = read_metric(
        aws,
        clock,
        source.region,
        "AWS/DynamoDB",
        "ReplicationLatency",
        {"TableName": table.name, "ReceivingRegion": target.region},
        now - RECENT,
        period_s=60,
    )
    return [(at, milliseconds / 1000) for at, milliseconds in series.points]


def recent_maximum(
    points: Iterable[tuple[datetime, float]],
    now: datetime,
    *,
    compared_at: datetime | None = None,
    canary_s: float = 0.0,
) -> float | None:
    """The slowest arrival that counts, in seconds; None if there is none. ``canary_s`` 0: not measured."""
    slowest: float | None = None
    has_whole_minute = False
    for at, seconds in sorted(points, reverse=True):
        if compared_at and at < compared_at:
            break
        if slowest is not None and has_whole_minute and seconds > FACTOR * max(slowest, canary_s):
            break
        slowest = max(seconds, slowest or 0.0)
        has_whole_minute = has_whole_minute or at + _PERIOD <= now
    return slowest
