"""The drain: proof, as far as there is one, that all that a fenced Region wrote has reached the other one.

Nothing tells with certainty that replication is done, so four things are waited for together:

- the fence itself: the record and all 64 fences as the other Region sees them;
- a canary item and a canary object, written after the fence, seen in the other Region;
- S3's count of operations pending, zero at a datapoint later than the canary. S3 publishes it each minute in the
  destination's Region, also while nothing is replicated, best effort and some minutes late: no datapoint means
  "not known", never "zero" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html);
- ten times the recent maximum of DynamoDB's ReplicationLatency, as AWS advises for global tables, whose items
  replicate one by one and in no order.

"Later" is measured by S3's own clock (the canary's time stamp), not by the operator's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from mraa.aws import Aws, Clock
from mraa.errors import AwsError, MraaError, NotReadyError, StateConflictError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import AppStateName, ObjectRule, RegionalFacts
from mraa.recovery.patience import is_passing, patiently
from mraa.recovery.regions.canary import (
    Canary,
    is_item_there,
    is_object_there,
    name_canary,
    put_object,
    remove_canaries,
    write_canary,
)
from mraa.recovery.regions.metrics import read_metric, rule_dimensions
from mraa.recovery.regions.state import fence_problem, read_object_rules, read_state

_ATTEMPTS = 3
_POLL_S = (0.2, 0.2, 0.5, 1.0)  # quick at first: most drains are over in a second or ten
_LATENCY_FACTOR = 10
_RECENT = timedelta(minutes=15)

Check = Callable[[], str]


class Drain:
    """One wait from ``source`` to ``target``, both the facts of their Region; ``epoch`` is the fence's.

    ``fenced_at`` is when the fence was set, where an earlier run did it: time that has passed since counts.
    """

    def __init__(
        self,
        aws: Aws,
        clock: Clock,
        source: RegionalFacts,
        target: RegionalFacts,
        epoch: int,
        on_event: OnEvent,
        *,
        fenced_at: datetime | None = None,
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._source = source
        self._target = target
        self._epoch = epoch
        self._fenced_at = fenced_at
        self._on_event = on_event
        self._name = name_canary(clock, source.region)
        self._item_latency_s: float | None = None
        self._is_repeated = False
        self._until = 0.0
        self._left_s = 0.0

    def run(self, timeout_s: float, *, is_forced: bool = False) -> tuple[str, ...]:
        """Wait until all is proved; ``clean_up`` afterwards, whatever comes of it.

        Returns what was not proved, which is something only where it was forced: NotReadyError otherwise, after the
        time-out. StateConflictError where somebody else changed the state meanwhile.
        """
        self._until = self._clock.monotonic() + timeout_s
        canary = write_canary(self._aws, self._clock, self._source, self._name)
        rules = patiently(self._clock, partial(read_object_rules, self._aws, self._source), attempts=_ATTEMPTS)
        to_target = [rule for rule in rules if rule.destination_bucket == self._target.object_store_bucket]
        awaited = self._wait(
            {
                "fence": self._fence_awaited,
                "item": partial(self._item_awaited, canary),
                "object": self._object_awaited,
                "pending": partial(self._pending_awaited, canary, to_target),
                "latency": partial(self._latency_awaited, canary),
            },
            is_forced=is_forced,
        )
        if awaited and not is_forced:
            raise self._not_proved(awaited, timeout_s)
        return awaited

    def _not_proved(self, awaited: Sequence[str], timeout_s: float) -> NotReadyError:
        what = f"The drain from {self._source.region} to {self._target.region}"
        others = (
            "`mraa unfence` to go back, or give --force: what has not been replicated is then missing until "
            "replication catches up."
        )
        if self._is_too_long():
            return NotReadyError(
                f"{what} takes {self._left_s:.0f} s more, longer than --drain-timeout ({timeout_s:.0f} s) leaves: "
                f"still waiting for {'; '.join(awaited)}.",
                f"Writes stay fenced. Run it again with --drain-timeout {self._left_s + 30:.0f} to wait, {others}",
            )
        return NotReadyError(
            f"{what} is not proved after {timeout_s:.0f} s, still waiting for {'; '.join(awaited)}.",
            f"Writes stay fenced. Run it again to go on waiting, {others}",
        )

    def _is_too_long(self) -> bool:
        """True where the wait for replication's latency is known to end after the time-out: no need to sit it out."""
        return self._left_s > max(0.0, self._until - self._clock.monotonic())

    def clean_up(self) -> None:
        """Remove this canary, and those that killed drains left, on both sides; trouble is told, not raised."""
        for facts in (self._source, self._target):
            try:
                remove_canaries(self._aws, self._clock, facts, self._source.region, self._name)
            except MraaError as error:
                self._on_event(
                    Event(Progress.NOTE, "drain", "canary left behind", region=facts.region, reason=error.message)
                )

    def _wait(self, checks: Mapping[str, Check], *, is_forced: bool) -> tuple[str, ...]:
        """Ask what is still awaited, again and again; what is left at the end."""
        awaited = dict.fromkeys(checks, "")
        polls, told = 0, ""
        while True:
            awaited = {name: text for name in awaited if (text := self._asked(checks[name], is_forced=is_forced))}
            if not awaited or self._clock.monotonic() >= self._until:
                return tuple(awaited.values())
            if self._is_too_long() and (not is_forced or set(awaited) == {"latency"}):
                return tuple(awaited.values())
            if (now := "waiting for " + "; ".join(awaited.values())) != told:
                self._on_event(Event(Progress.RUNNING, "drain", now, region=self._target.region))
                told = now
            pause = _POLL_S[min(polls, len(_POLL_S) - 1)]
            self._clock.sleep(min(pause, max(0.0, self._until - self._clock.monotonic())))
            polls += 1

    @staticmethod
    def _asked(check: Check, *, is_forced: bool) -> str:
        try:
            return check()
        except AwsError as error:
            if is_forced or is_passing(error):
                return error.message.rstrip(".")
            raise

    # What is awaited: each answers with what is missing, and with nothing once it has come.

    def _fence_awaited(self) -> str:
        record, fences = read_state(self._aws, self._target)
        if record.epoch > self._epoch:
            raise StateConflictError(
                f"{record.updated_by or 'Somebody'} set the state to {record.state} at epoch {record.epoch} during the "
                "drain.",
                "See `mraa status` and decide again.",
            )
        if (record.state, record.epoch) != (AppStateName.FENCED, self._epoch):
            return f"the fence of epoch {self._epoch} (it sees {record.state} at {record.epoch})"
        return fence_problem(record, fences)

    def _item_awaited(self, canary: Canary) -> str:
        if not is_item_there(self._aws, self._target, self._source.region, canary.name):
            return "the canary item"
        self._item_latency_s = self._clock.monotonic() - canary.written_at
        return ""

    def _object_awaited(self) -> str:
        return "" if is_object_there(self._aws, self._target, self._name) else "the canary object"

    def _pending_awaited(self, canary: Canary, rules: Sequence[ObjectRule]) -> str:
        if not rules:
            return f"a replication rule on {self._source.object_store_bucket} (`mraa deploy` puts it back)"
        for rule in rules:
            dimensions = rule_dimensions(self._source, self._target, rule)
            name, region = "OperationsPendingReplication", self._target.region
            points = read_metric(self._aws, region, "AWS/S3", name, dimensions, canary.stamp, period_s=60)
            try:
                # AWS publishes by the minute; where it comes by the second there is no need to wait for a whole one
                points += read_metric(self._aws, region, "AWS/S3", name, dimensions, canary.stamp, period_s=1)
            except AwsError as error:
                if is_passing(error):
                    raise
            # time stamps are cut to whole seconds: a point of the canary's own second may be older than the canary
            later = [point for point in points if point[0] > canary.stamp]
            if not later:
                self._repeat(canary)
                return "S3's count of pending operations (none published since the fence)"
            if (pending := max(later)[1]) > 0:
                return f"{pending:.0f} pending S3 operations"
        return ""

    def _repeat(self, canary: Canary) -> None:
        """Put the object once more, a second later.

        Where the count is published when it changes, the canary's own datapoint may fall into the canary's second,
        and no other would follow.
        """
        if not self._is_repeated and self._clock.monotonic() - canary.written_at > 1:
            put_object(self._aws, self._source, canary.name)
            self._is_repeated = True

    def _latency_awaited(self, canary: Canary) -> str:
        if self._item_latency_s is None:
            return "the replication latency"
        points = read_metric(
            self._aws,
            self._source.region,
            "AWS/DynamoDB",
            "ReplicationLatency",
            {"TableName": self._source.key_value_store_table, "ReceivingRegion": self._target.region},
            canary.stamp - _RECENT,
            period_s=60,
        )
        # without traffic DynamoDB publishes nothing: the canary's own journey is then the measure
        latency_s = max((value / 1000 for _, value in points), default=self._item_latency_s)
        before_s = (canary.stamp - self._fenced_at).total_seconds() if self._fenced_at else 0.0
        passed_s = self._clock.monotonic() - canary.written_at + max(0.0, before_s)
        self._left_s = max(0.0, _LATENCY_FACTOR * latency_s - passed_s)
        return "" if not self._left_s else f"{_LATENCY_FACTOR} x the replication latency of {latency_s:.1f} s"
