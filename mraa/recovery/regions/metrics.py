"""CloudWatch's numbers of replication.

Pending is published in the destination's Region, failed in the source's, both best effort: no datapoint means "not
known", never "zero" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from mraa.aws import Aws, Clock, call, is_transient
from mraa.errors import AwsError
from mraa.recovery.models import ObjectRule
from mraa.recovery.retries import QUICK_ATTEMPTS


@dataclass(frozen=True)
class Series:
    """Datapoints: time stamp of the period's start, value. ``read_at`` is CloudWatch's time of the answer."""

    points: Sequence[tuple[datetime, float]]
    read_at: datetime


def rule_dimensions(rule: ObjectRule) -> dict[str, str]:
    """The dimensions of S3's metrics of a replication rule."""
    return {"SourceBucket": rule.source_bucket, "DestinationBucket": rule.destination_bucket, "RuleId": rule.rule_id}


def read_metric(
    aws: Aws,
    clock: Clock,
    region: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    since: datetime,
    *,
    period_s: int,
    statistic: str = "Maximum",
) -> Series:
    """A statistic by period since then: time stamp of the period's start, value; newest first."""
    metric = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    answer = call(
        aws.client("cloudwatch", region, fast=True).get_metric_data,
        f"Reading the metric {name}",
        region,
        attempts=QUICK_ATTEMPTS,
        clock=clock,
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": period_s, "Stat": statistic}}],
        StartTime=since,
        EndTime=since + timedelta(days=2),  # later than now in any case
        ScanBy="TimestampDescending",
    )
    results = [(result["Timestamps"], result["Values"]) for result in answer["MetricDataResults"]]
    if any(len(times) != len(values) for times, values in results):
        raise AwsError(
            f"Reading the metric {name} in {region} failed: AWS's answer has not as many values as times.",
            "Run it again.",
        )
    points = [point for times, values in results for point in zip(times, values, strict=True)]
    return Series(points, _time_of(answer) or datetime.fromtimestamp(clock.now(), UTC))


def read_pending(aws: Aws, clock: Clock, region: str, rule: ObjectRule, since: datetime) -> Series:
    """S3's counts of operations pending, of the destination's ``region``: by the minute, and those by the second.

    AWS publishes by the minute; where it is published by the second nobody need wait for a whole minute.
    """
    metric = ("AWS/S3", "OperationsPendingReplication", rule_dimensions(rule))
    by_minute = read_metric(aws, clock, region, *metric, since, period_s=60)
    try:
        by_second = read_metric(aws, clock, region, *metric, since, period_s=1)
    except AwsError as error:
        if is_transient(error):
            raise
        return by_minute
    return Series([*by_minute.points, *by_second.points], by_second.read_at)


def _time_of(answer: Mapping[str, Any]) -> datetime | None:
    """When AWS answered, by its own clock."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return parsedate_to_datetime(date)
    except ValueError:
        return None
