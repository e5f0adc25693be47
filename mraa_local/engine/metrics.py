"""CloudWatch metrics and alarms: put a datapoint, be asked before they are read, decide the state of an alarm.

An alarm's record is the engine's own dictionary, in the words of DescribeAlarms.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudwatch

Alarm = dict[str, Any]


def put(
    namespace: str, name: str, dimensions: Mapping[str, str], at: float, unit: str, value: float | dict[str, float]
) -> None:
    """Put a value, or a statistic set (SampleCount, Sum, Minimum, Maximum), in the Region of the request."""
    single, statistics = (None, value) if isinstance(value, dict) else (value, None)
    cloudwatch._store_datum(namespace, name, dict(dimensions), at, unit, single, None, None, statistics)


def put_distribution(
    namespace: str, name: str, dimensions: Mapping[str, str], at: float, unit: str, counts: Mapping[int, int]
) -> None:
    """Put how often each value occurred, in the Region of the request."""
    occurred = {value: count for value, count in counts.items() if count}
    values, numbers = list(occurred), list(occurred.values())
    cloudwatch._store_datum(namespace, name, dict(dimensions), at, unit, None, values, numbers, None)


def put_minute(namespace: str, name: str, dimensions: Mapping[str, str], unit: str, value: float) -> None:
    """Put this minute's only value, as services that publish once a minute do; an earlier one of it is replaced."""
    minute = time.time() // 60 * 60
    points = cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dict(dimensions)))) or []
    points[:] = [point for point in points if point["Timestamp"] < minute]
    put(namespace, name, dimensions, minute, unit, value)


def evaluate_alarms() -> None:
    """Let the alarms of this Region see what was put."""
    cloudwatch._evaluate_all_alarms()


def judge_alarms_by(judge: Callable[[Alarm], None]) -> None:
    """Let ``judge`` evaluate each alarm in the engine's place."""
    cloudwatch._evaluate_alarm = judge


def statistic(alarm: Alarm, since: float, until: float) -> float | None:
    """The alarm's statistic of its metric after ``since`` until ``until``; None without datapoints."""
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    points = cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))) or []
    within = [point for point in points if since < point["Timestamp"] <= until]
    if not within:
        return None
    name = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    value = cloudwatch._stat_value(cloudwatch._calc_stats(within), name, within)
    return None if value is None else float(value)


def set_alarm_state(alarm: Alarm, state: str, reason: str) -> None:
    """Let the alarm be in this state, with its history and its parents."""
    before = alarm["StateValue"]
    alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def before_reading_alarms(evaluate: Callable[[], None]) -> None:
    """Call before alarms are described."""
    original = cloudwatch._describe_alarms

    def describe_alarms(*arguments: Any, **options: Any) -> Any:
        evaluate()
        return original(*arguments, **options)

    cloudwatch._describe_alarms = describe_alarms


def before_reading(publish: Callable[[], None]) -> None:
    """Call before metrics are read."""

    def after_publishing(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*arguments: Any, **options: Any) -> Any:
            publish()
            return read(*arguments, **options)

        return reading

    cloudwatch._get_metric_data = after_publishing(cloudwatch._get_metric_data)
    cloudwatch._get_metric_statistics = after_publishing(cloudwatch._get_metric_statistics)


def keep_newest(datapoints: int) -> None:
    """Forget all but the newest datapoints of each metric."""
    for points in cloudwatch._metrics.all_values():
        del points[: max(0, len(points) - datapoints)]
