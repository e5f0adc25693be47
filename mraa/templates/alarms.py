"""CloudWatch alarms of a Region, with the topic that they notify if one is given.

What they watch, and what to do about each: docs/limits.md. Missing data is no alarm: an idle deployment has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import And, Condition, Equals, If, Not, NoValue, Or, Ref, Template, cloudwatch

from mraa import names
from mraa.templates.parts import IS_PRIMARY, Substitution

TOPIC_PATTERN = r"^$|^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}$"

_NOTIFIES = "NotifiesTopic"


@dataclass(frozen=True)
class Alarm:
    """Raised while the statistic is above ``threshold`` in ``periods[0]`` of the last ``periods[1]`` minutes."""

    title: str
    name: str
    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, Any]
    statistic: str
    threshold: Any
    periods: tuple[int, int] = (1, 1)


def add_topics(template: Template) -> None:
    """Add the condition by which alarms know whether this Region has a topic; the parameters are the caller's."""
    primary, secondary = (Not(Equals(Ref(parameter), "")) for parameter in names.ALARM_TOPICS)
    is_primary = Condition(IS_PRIMARY)
    template.add_condition(_NOTIFIES, Or(And(is_primary, primary), And(Not(is_primary), secondary)))


def add_alarm(template: Template, sub: Substitution, alarm: Alarm) -> None:
    """Add an alarm; ``add_topics`` must have been called."""
    percentile = alarm.statistic.startswith("p")
    topic = If(_NOTIFIES, [If(IS_PRIMARY, *map(Ref, names.ALARM_TOPICS))], NoValue)
    template.add_resource(
        cloudwatch.Alarm(
            f"{alarm.title}Alarm",
            AlarmName=sub(names.alarm(names.TOKEN, alarm.name)),
            AlarmDescription=alarm.description,
            Namespace=alarm.namespace,
            MetricName=alarm.metric,
            Dimensions=[cloudwatch.MetricDimension(Name=name, Value=value) for name, value in alarm.dimensions.items()],
            **{"ExtendedStatistic" if percentile else "Statistic": alarm.statistic},
            Period=60,
            EvaluationPeriods=alarm.periods[1],
            DatapointsToAlarm=alarm.periods[0],
            Threshold=alarm.threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=topic,
            OKActions=topic,
        )
    )


def add_api_alarms(template: Template, sub: Substitution, title: str, name: str, *, latency_ms: int) -> None:
    """Errors and latency of an API; ``name`` is the API's, a dimension of its metrics."""
    dimensions = {"ApiName": sub(name), "Stage": names.STAGE}
    kind = name.removeprefix(f"{names.prefix(names.TOKEN)}-")
    add_alarm(
        template,
        sub,
        Alarm(
            f"{title}Errors",
            f"{kind}-errors",
            "The API answers with errors of the server (5xx).",
            "AWS/ApiGateway",
            "5XXError",
            dimensions,
            "Sum",
            5,
            (3, 5),
        ),
    )
    add_alarm(
        template,
        sub,
        Alarm(
            f"{title}Latency",
            f"{kind}-latency",
            f"One in a hundred answers of the API takes longer than {latency_ms} ms.",
            "AWS/ApiGateway",
            "Latency",
            dimensions,
            "p99",
            latency_ms,
            (3, 5),
        ),
    )


def add_function_alarm(template: Template, sub: Substitution, title: str, folder: str) -> None:
    """Errors of a function."""
    add_alarm(
        template,
        sub,
        Alarm(
            f"{title}FunctionErrors",
            f"{folder.replace('_', '-')}-function-errors",
            "The function failed: its log group says why.",
            "AWS/Lambda",
            "Errors",
            {"FunctionName": Ref(f"{title}Function")},
            "Sum",
            0,
        ),
    )
