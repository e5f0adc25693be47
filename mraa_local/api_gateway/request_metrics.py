"""The CloudWatch metrics of REST APIs: requests, errors, latency, by API and by stage.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html AWS publishes them
each minute; here they are published before metrics or alarms are read.
"""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from mraa_local.api_gateway.call import Call
from mraa_local.engine import metrics, stages
from mraa_local.engine.scope import account_id, region

AFTER = ("services.alarms",)  # alarms are evaluated after the publication


class _Stage(NamedTuple):
    account_id: str
    region: str
    api_name: str
    stage_name: str


@dataclass
class _Minute:
    """What is not published yet."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies_ms: Counter[int] = field(default_factory=Counter)


_minutes: dict[_Stage, dict[int, _Minute]] = defaultdict(lambda: defaultdict(_Minute))


def install() -> None:
    """Publish before metrics and alarms are read."""
    metrics.before_reading(publish)
    metrics.before_reading_alarms(publish)


def count(call: Call, status: int) -> None:
    """Count a finished request."""
    stage = _Stage(call.account_id, call.region, stages.api_name(call.api_id), call.stage_name)
    minute = _minutes[stage][int(call.started // 60 * 60)]
    minute.statuses[status // 100] += 1
    minute.latencies_ms[round((time.time() - call.started) * 1000)] += 1


def publish() -> None:
    """Publish what this Region's stages have had since the last time."""
    here = [stage for stage in _minutes if stage[:2] == (account_id(), region())]
    for stage in here:
        for at, minute in _minutes.pop(stage).items():
            by_api = {"ApiName": stage.api_name}
            for dimensions in (by_api, by_api | {"Stage": stage.stage_name}):
                _put(dimensions, at, minute)


def _put(dimensions: dict[str, str], at: int, minute: _Minute) -> None:
    requests = minute.statuses.total()
    for name, failed in (("4XXError", minute.statuses[4]), ("5XXError", minute.statuses[5])):
        values = {1: failed, 0: requests - failed}
        metrics.put_distribution("AWS/ApiGateway", name, dimensions, at, "Count", values)
    metrics.put_distribution("AWS/ApiGateway", "Count", dimensions, at, "Count", {1: requests})
    metrics.put_distribution("AWS/ApiGateway", "Latency", dimensions, at, "Milliseconds", minute.latencies_ms)
