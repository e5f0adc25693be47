"""CloudWatch alarms that look at their own metric, and are evaluated whenever they are read.

The engine takes every metric of an alarm's name for the alarm's, whatever its dimensions, so that the messages of one
queue would raise the alarm of another. How AWS evaluates:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import operator
import time
from collections.abc import Callable, Sequence

from mraa_local.engine import metrics
from mraa_local.engine.metrics import Alarm

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def install() -> None:
    """Evaluate alarms in the engine's place."""
    metrics.judge_alarms_by(_judge)
    metrics.before_reading_alarms(metrics.evaluate_alarms)


def state(alarm: Alarm, values: Sequence[float | None]) -> str:
    """The state of an alarm whose statistic had these values in its evaluation periods; None is missing data."""
    compare = COMPARISONS[alarm["ComparisonOperator"]]
    missing = alarm.get("TreatMissingData") or "missing"
    of_missing = {"breaching": True, "notBreaching": False}.get(missing)
    breaching = [of_missing if value is None else compare(value, float(alarm["Threshold"])) for value in values]
    if all(breach is None for breach in breaching):
        return str(alarm["StateValue"]) if missing == "ignore" else "INSUFFICIENT_DATA"
    needed = int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"])
    return "ALARM" if breaching.count(True) >= needed else "OK"


def _judge(alarm: Alarm) -> None:
    if "MetricName" not in alarm or alarm.get("ComparisonOperator") not in COMPARISONS:
        return
    now, period_s = time.time(), float(alarm["Period"])
    ends = [now - period_s * number for number in range(int(alarm["EvaluationPeriods"]))]
    values = [metrics.statistic(alarm, end - period_s, end) for end in ends]
    judged = state(alarm, values)
    if judged != alarm["StateValue"]:
        known = ", ".join(str(value) for value in values if value is not None) or "no datapoints"
        reason = f"Threshold Crossed: {known} {alarm['ComparisonOperator']} {alarm['Threshold']}"
        metrics.set_alarm_state(alarm, judged, reason)
