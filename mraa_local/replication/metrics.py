"""Replication's CloudWatch metrics with real values.

Published when something has changed, at most twice a second, and the backlogs of all rules also when CloudWatch is
read: AWS goes on publishing them while nothing is replicated, and a drain needs a datapoint of zero, but an idle cloud
does nothing.

Where each one goes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html (pending in the
destination's Region, failed in the source's), and DynamoDB's latency in the Region that was written in.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from mraa_local.engine import metrics as cloudwatch
from mraa_local.engine.scope import account_id, scope

_INTERVAL_S = 0.5


class Rule(NamedTuple):
    """A replication rule whose metrics are enabled."""

    account_id: str
    source_region: str
    source_bucket: str
    destination_region: str
    destination_bucket: str
    rule_id: str

    @property
    def dimensions(self) -> dict[str, str]:
        """The dimensions of its metrics."""
        return {
            "SourceBucket": self.source_bucket,
            "DestinationBucket": self.destination_bucket,
            "RuleId": self.rule_id,
        }


@dataclass
class Backlog:
    """What a rule has still to do."""

    operations: int = 0
    size_bytes: int = 0
    failed: int = 0
    """Since the last publication."""


_latencies_ms: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
_backlogs: dict[Rule, Backlog] = {}
_changed: set[Rule] = set()
_timer: asyncio.TimerHandle | None = None
_read_at = 0.0


def install(rules: Callable[[], Iterable[Rule]]) -> None:
    """Publish the backlogs when metrics are read; ``rules`` are those of the request's account."""
    cloudwatch.before_reading(lambda: _publish_backlogs(rules))


def item_replicated(account_id: str, source: str, table: str, destination: str, latency_ms: float) -> None:
    """An item has arrived in another Region."""
    _latencies_ms[account_id, source, table, destination].append(latency_ms)
    _publish_soon()


def operation_queued(rule: Rule, size_bytes: int) -> None:
    """An object's operation waits for replication."""
    backlog = _backlogs.setdefault(rule, Backlog())
    backlog.operations += 1
    backlog.size_bytes += size_bytes
    _changed.add(rule)
    _publish_soon()


def operation_done(rule: Rule, size_bytes: int, *, is_failed: bool) -> None:
    """It no longer waits."""
    backlog = _backlogs.setdefault(rule, Backlog())
    backlog.operations = max(0, backlog.operations - 1)
    backlog.size_bytes = max(0, backlog.size_bytes - size_bytes)
    backlog.failed += is_failed
    _changed.add(rule)
    _publish_soon()


def publish() -> None:
    """Write what has changed into CloudWatch."""
    global _timer
    if _timer is not None:
        _timer.cancel()
    _timer, now = None, time.time()
    for (account, source, table, destination), values in _latencies_ms.items():
        statistics = {
            "SampleCount": float(len(values)),
            "Sum": sum(values),
            "Minimum": min(values),
            "Maximum": max(values),
        }
        with scope(account, source):
            dimensions = {"TableName": table, "ReceivingRegion": destination}
            cloudwatch.put("AWS/DynamoDB", "ReplicationLatency", dimensions, now, "Milliseconds", statistics)
            cloudwatch.evaluate_alarms()
    _latencies_ms.clear()
    for rule in _changed & _backlogs.keys():
        backlog = _backlogs[rule]
        with scope(rule.account_id, rule.destination_region):
            _gauge(rule, "OperationsPendingReplication", now, "Count", backlog.operations)
            _gauge(rule, "BytesPendingReplication", now, "Bytes", backlog.size_bytes)
            cloudwatch.evaluate_alarms()
        with scope(rule.account_id, rule.source_region):
            _gauge(rule, "OperationsFailedReplication", now, "Count", backlog.failed)
            cloudwatch.evaluate_alarms()
        backlog.failed = 0
    _changed.clear()


def _publish_backlogs(rules: Callable[[], Iterable[Rule]]) -> None:
    """Publish every backlog, at most once a second; none of a rule that no longer exists."""
    global _read_at
    existing = set(rules())
    if time.time() - _read_at < 1 and existing <= _backlogs.keys():
        return
    _read_at = time.time()
    for rule in [rule for rule in _backlogs if rule.account_id == account_id() and rule not in existing]:
        del _backlogs[rule]
    for rule in existing:
        _backlogs.setdefault(rule, Backlog())
    _changed.update(_backlogs)
    publish()


def _gauge(rule: Rule, name: str, now: float, unit: str, value: int) -> None:
    cloudwatch.put("AWS/S3", name, rule.dimensions, now, unit, value)


def _publish_soon() -> None:
    """Arm the timer. Changes come on the event loop only."""
    global _timer
    if _timer is None:
        _timer = asyncio.get_running_loop().call_later(_INTERVAL_S, publish)
