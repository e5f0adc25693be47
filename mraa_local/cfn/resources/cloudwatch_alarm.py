"""``AWS::CloudWatch::Alarm`` on a statistic of one metric."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.reasons import handler_message
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, has_own_tags
from mraa_local.engine.resources import Change
from mraa_local.services.alarms import COMPARISONS

_NEEDED = ("Namespace", "MetricName", "ComparisonOperator", "Threshold", "EvaluationPeriods", "Period")


def permissions(change: Change) -> Iterator[Permission]:
    name = change.physical_id or change.new.get("AlarmName", "")
    alarm = arn("cloudwatch", f"alarm:{name}")
    yield Permission("cloudwatch:DeleteAlarms" if change.is_delete else "cloudwatch:PutMetricAlarm", alarm)
    if not change.is_delete and has_own_tags(change):
        yield Permission("cloudwatch:TagResource", alarm)


def is_evaluable(props: dict[str, Any]) -> None:
    """Only thresholds of one metric are evaluated; the engine would take anything."""
    missing = [name for name in _NEEDED if name not in props]
    if missing:
        raise ValueError(handler_message(f"The alarm requires {', '.join(missing)}"))
    if props["ComparisonOperator"] not in COMPARISONS:
        raise ValueError(f"The local cloud does not support {props['ComparisonOperator']} of an alarm.")


RESOURCE = ResourceType(
    "AWS::CloudWatch::Alarm",
    supported=anything_in(
        "AlarmName AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions EvaluationPeriods "
        "ExtendedStatistic MetricName Namespace Period Statistic Tags Threshold TreatMissingData Unit"
    ),
    no_effect={
        "ActionsEnabled": "shown; there is nothing that an action could notify",
        "AlarmActions": "shown; there is nothing that an action could notify",
        "InsufficientDataActions": "shown; there is nothing that an action could notify",
        "OKActions": "shown; there is nothing that an action could notify",
    },
    permissions=permissions,
    checks=(is_evaluable,),
)
