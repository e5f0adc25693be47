"""CloudWatch's numbers of replication.

Pending is published in the destination's Region, failed in the source's, both best effort: no datapoint means "not
known", never "zero" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from mraa.aws import Aws, call
from mraa.recovery.models import ObjectRule


def rule_dimensions(rule: ObjectRule) -> dict[str, str]:
    """The dimensions of S3's metrics of a replication rule."""
    return {"SourceBucket": rule.source_bucket, "DestinationBucket": rule.destination_bucket, "RuleId": rule.rule_id}


def read_metric(
    aws: Aws,
    region: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    since: datetime,
    *,
    period_s: int,
    statistic: str = "Maximum",
) -> list[tuple[datetime, float]]:
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
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": period_s, "Stat": statistic}}],
        StartTime=since,
        EndTime=since + timedelta(days=1),
        ScanBy="TimestampDescending",
    )
    return [
        point
        for result in answer["MetricDataResults"]
        for point in zip(result["Timestamps"], result["Values"], strict=True)
    ]
