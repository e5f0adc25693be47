"""CloudWatch metrics: put a datapoint, and be asked before they are read."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudwatch


def put(
    namespace: str, name: str, dimensions: Mapping[str, str], at: float, unit: str, value: float | dict[str, float]
) -> None:
    """Put a value, or a statistic set (SampleCount, Sum, Minimum, Maximum), in the Region of the request."""
    single, statistics = (None, value) if isinstance(value, dict) else (value, None)
    cloudwatch._store_datum(namespace, name, dict(dimensions), at, unit, single, None, None, statistics)


def evaluate_alarms() -> None:
    """Let the alarms of this Region see what was put."""
    cloudwatch._evaluate_all_alarms()


def before_reading(publish: Callable[[], None]) -> None:
    """Call before metrics are read."""

    def after_publishing(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*arguments: Any, **options: Any) -> Any:
            publish()
            return read(*arguments, **options)

        return reading

    cloudwatch._get_metric_data = after_publishing(cloudwatch._get_metric_data)
    cloudwatch._get_metric_statistics = after_publishing(cloudwatch._get_metric_statistics)
