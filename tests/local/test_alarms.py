"""The state of an alarm from the values of its statistic, without a cloud."""

from typing import Any

import pytest

from mraa_local.services.alarms import state


def alarm(**properties: Any) -> dict[str, Any]:
    always = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0, "EvaluationPeriods": 1, "StateValue": "OK"}
    return {**always, **properties}


@pytest.mark.parametrize(
    ("properties", "values", "expected"),
    [
        ({}, [1], "ALARM"),
        ({}, [0], "OK"),
        ({"ComparisonOperator": "GreaterThanOrEqualToThreshold"}, [0], "ALARM"),
        ({"ComparisonOperator": "LessThanThreshold"}, [0], "OK"),
        ({"ComparisonOperator": "LessThanOrEqualToThreshold"}, [0], "ALARM"),
        ({}, [None], "INSUFFICIENT_DATA"),
        ({"TreatMissingData": "breaching"}, [None], "ALARM"),
        ({"TreatMissingData": "notBreaching"}, [None], "OK"),
        ({"TreatMissingData": "ignore", "StateValue": "ALARM"}, [None], "ALARM"),
        ({"EvaluationPeriods": 2}, [1, 0], "OK"),
        ({"EvaluationPeriods": 2}, [1, 1], "ALARM"),
        ({"EvaluationPeriods": 2, "DatapointsToAlarm": 1}, [0, 1], "ALARM"),
        ({"EvaluationPeriods": 2, "DatapointsToAlarm": 1}, [None, 1], "ALARM"),
    ],
)
def test_an_alarm_follows_its_datapoints(properties: dict[str, Any], values: list[float | None], expected: str) -> None:
    assert state(alarm(**properties), values) == expected
