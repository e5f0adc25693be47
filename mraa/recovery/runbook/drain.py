"""The drain: confirmation, as far as there is any, that all that a fenced Region wrote has reached its peer.

Nothing says with certainty that replication is done, so four things are waited for together:

- the fence itself: the record and all fences as the peer Region sees them;
- a canary item in each of the application's tables and a canary object in each bucket, written after the fence, seen
  in the peer Region;
- S3's count of operations pending, zero at a datapoint later than the canary. S3 publishes it each minute in the
  destination's Region, also while nothing is replicated, best effort and some minutes late: no datapoint means
  "not known", never "zero" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html);
- ten times the recent maximum of DynamoDB's ReplicationLatency (``latency``). That of every replicated table of the
  deployment counts, also of one that the application does not name.

"Later" is measured by S3's own clock (the canary's time stamp), not by the operator's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from mraa.aws import Aws, Clock, is_transient
from mraa.errors import AwsError, MraaError, NotReadyError, StateConflictError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.models import AppStateName, ObjectRule, RegionInfo, Table
from mraa.recovery.regions.buckets import bucket_pairs
from mraa.recovery.regions.canary import (
    Canary,
    canary_tables,
    has_item,
    has_object,
    name_canary,
    remove_canaries,
    write_canary,
)
from mraa.recovery.regions.latency import FACTOR, read_latencies, recent_maximum
from mraa.recovery.regions.metrics import read_pending
from mraa.recovery.regions.state import fence_problem, read_state
from mraa.recovery.regions.system import read_object_rules
from mraa.recovery.regions.tables import list_unnamed_tables
from mraa.recovery.retries import ATTEMPTS

_POLL_S = (0.2, 0.2, 0.5, 1.0)  # quick at first: most drains are over in a second or ten
_LONGEST_POLL_S = 15.0  # of a wait whose end is known: meanwhile it is said how much is left

Check = Callable[[], str]


class Drain:
    """One wait from ``source`` to ``target``; ``epoch`` is the fence's.

    ``fenced_at`` is when the fence was set, if an earlier run did it: time that has passed since counts.
    ``compared_at`` is when a comparison began that found the same data in both Regions.
    """

    def __init__(
        self,
        aws: Aws,
        clock: Clock,
        application: Application,
        source: RegionInfo,
        target: RegionInfo,
        epoch: int,
        on_event: OnEvent,
        *,
        fenced_at: datetime | None = None,
        compared_at: datetime | None = None,
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._application = application
        self._source = source
        self._target = target
        self._epoch = epoch
        self._fenced_at = fenced_at
        self._compared_at = compared_at
        self._on_event = on_event
        self._name = name_canary(clock, source.region)
        self._item_latency_s: dict[str, float] = {}
        self._until = 0.0
        self._left_s = 0.0

    def run(self, timeout_s: float, *, is_forced: bool = False) -> tuple[str, ...]:
        """Wait until all is confirmed; ``clean_up`` afterwards, however it ends.

        Returns what is unconfirmed, which is something only if it was forced: NotReadyError otherwise, after the
        time-out. StateConflictError if somebody else changed the state meanwhile.
        """
        self._until = self._clock.monotonic() + timeout_s
        canary = write_canary(self._aws, self._clock, self._application, self._source, self._name)
        rules = read_object_rules(self._aws, self._clock, self._application, self._source, attempts=ATTEMPTS)
        regions = (self._source, self._target)
        unnamed = list_unnamed_tables(self._aws, self._clock, self._application, regions, self._on_event, "drain")
        tables = [*self._application.tables(self._source), *unnamed]
        awaited = self._wait(
            {
                "fence": self._fence_awaited,
                "item": partial(self._items_awaited, canary),
                "object": self._objects_awaited,
                "pending": partial(self._pending_awaited, canary, rules),
                "latency": partial(self._latency_awaited, canary, tables),
            },
            is_forced=is_forced,
        )
        if awaited and not is_forced:
            raise self._unconfirmed(awaited, timeout_s)
        return awaited

    def _unconfirmed(self, awaited: Sequence[str], timeout_s: float) -> NotReadyError:
        what = f"The drain from {self._source.region} to {self._target.region}"
        others = (
            "`mraa unfence` to go back, or give --force: what has not been replicated is then missing until "
            "replication catches up."
        )
        if self._is_too_long():
            return NotReadyError(
                f"{what} takes {self._left_s:.0f} s more, longer than --drain-timeout ({timeout_s:.0f} s) allows: "
                f"still waiting for {'; '.join(awaited)}.",
                f"Run it again with --drain-timeout {self._left_s + 30:.0f} to wait, {others}",
            )
        return NotReadyError(
            f"{what} timed out after {timeout_s:.0f} s; replication unconfirmed: still waiting for "
            f"{'; '.join(awaited)}.",
            f"Run it again to continue waiting, {others}",
        )

    def _is_too_long(self) -> bool:
        """True if the wait for replication's latency is known to end after the time-out: no need to wait that long."""
        return self._left_s > max(0.0, self._until - self._clock.monotonic())

    def clean_up(self) -> None:
        """Remove this canary, and those that killed drains left, on both sides; problems are reported, not raised."""
        for info in (self._source, self._target):
            try:
                remove_canaries(self._aws, self._clock, self._application, info, self._source.region, self._name)
            except MraaError as error:
                self._on_event(
                    Event(Progress.NOTE, "drain", "canary left behind", region=info.region, reason=error.message)
                )

    def _wait(self, checks: Mapping[str, Check], *, is_forced: bool) -> tuple[str, ...]:
        """Check what is still awaited, again and again; what is left at the end."""
        awaited = dict.fromkeys(checks, "")
        polls, shown = 0, ""
        while True:
            awaited = {name: text for name in awaited if (text := self._checked(checks[name], is_forced=is_forced))}
            if not awaited or self._clock.monotonic() >= self._until:
                return tuple(awaited.values())
            if self._is_too_long() and (not is_forced or set(awaited) == {"latency"}):
                return tuple(awaited.values())
            if (now := "waiting for " + "; ".join(awaited.values())) != shown:
                self._on_event(Event(Progress.RUNNING, "drain", now, region=self._target.region))
                shown = now
            # a wait whose end is known is slept out exactly
            is_known = set(awaited) == {"latency"} and self._left_s > 0
            pause = min(self._left_s, _LONGEST_POLL_S) if is_known else _POLL_S[min(polls, len(_POLL_S) - 1)]
            self._clock.sleep(min(pause, max(0.0, self._until - self._clock.monotonic())))
            polls += 1

    @staticmethod
    def _checked(check: Check, *, is_forced: bool) -> str:
        try:
            return check()
        except AwsError as error:
            if is_forced or is_transient(error):
                return error.message.rstrip(".")
            raise

    # What is awaited: each answers with what is missing, and with nothing once it has arrived.

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
        return "the rest of the fence" if fence_problem(record, fences) else ""

    def _items_awaited(self, canary: Canary) -> str:
        for table in canary_tables(self._application, self._source):
            if table.name in self._item_latency_s:
                continue
            if not has_item(self._aws, self._target, table, self._source.region, canary.name):
                return "the canary item"
            self._item_latency_s[table.name] = self._clock.monotonic() - canary.written_at
        return ""

    def _objects_awaited(self) -> str:
        buckets = self._application.buckets(self._target)
        arrived = all(has_object(self._aws, self._target, bucket, self._name) for bucket in buckets)
        return "" if arrived else "the canary object"

    def _pending_awaited(self, canary: Canary, rules: Sequence[ObjectRule]) -> str:
        for pair in bucket_pairs(self._application, self._source, self._target):
            to_target = [rule for rule in rules if (rule.source_bucket, rule.destination_bucket) == pair]
            if not to_target:
                return f"a replication rule on {pair[0]} (`mraa deploy` restores it)"
            for rule in to_target:
                if problem := self._pending_of(rule, canary):
                    return problem
        return ""

    def _pending_of(self, rule: ObjectRule, canary: Canary) -> str:
        series = read_pending(self._aws, self._clock, self._target.region, rule, canary.stamp)
        # time stamps are cut to whole seconds: a point of the canary's own second may be older than the canary
        later = [point for point in series.points if point[0] > canary.stamp]
        if not later:
            return "S3's count of pending operations (none published since the fence)"
        pending = max(later)[1]
        return f"{pending:.0f} pending S3 operations" if pending > 0 else ""

    def _latency_awaited(self, canary: Canary, tables: Sequence[Table]) -> str:
        if any(table.name not in self._item_latency_s for table in canary_tables(self._application, self._source)):
            return "the replication latency"
        # without traffic DynamoDB publishes nothing: the canary's own latency is used instead
        slowest_s = max(self._item_latency_s.values(), default=0.0)
        latencies = {table.name: self._latency_s(table, canary, slowest_s) for table in tables}
        name = max(latencies, key=lambda name: latencies[name])
        latency_s = latencies[name]
        before_s = (canary.stamp - self._fenced_at).total_seconds() if self._fenced_at else 0.0
        passed_s = self._clock.monotonic() - canary.written_at + max(0.0, before_s)
        self._left_s = max(0.0, FACTOR * latency_s - passed_s)
        if not self._left_s:
            return ""
        where = "" if len(tables) == 1 else f" (table {name})"
        return f"{FACTOR} x the replication latency of {latency_s:.1f} s{where}, {self._left_s:.0f} s left"

    def _latency_s(self, table: Table, canary: Canary, otherwise_s: float) -> float:
        now = canary.stamp + timedelta(seconds=self._clock.monotonic() - canary.written_at)
        canary_s = self._item_latency_s.get(table.name, otherwise_s)
        points = read_latencies(self._aws, self._clock, self._source, self._target, table, now)
        found = recent_maximum(points, now, compared_at=self._compared_at, canary_s=canary_s)
        return canary_s if found is None else found
