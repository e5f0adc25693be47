"""Before anything is fenced: for how long a planned move will refuse writes, and whether its drain can be confirmed.

Nobody should be fenced only to learn that S3 publishes no count, or that an old latency makes the drain longer than its
time-out allows. So what the drain will wait for is read first.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mraa.aws import Aws, Clock
from mraa.errors import AwsError, NotReadyError
from mraa.recovery.application import Application
from mraa.recovery.models import ObjectRule, RegionInfo, Step, Table
from mraa.recovery.regions.latency import FACTOR, RECENT, read_latencies, recent_maximum
from mraa.recovery.regions.metrics import read_pending
from mraa.recovery.regions.system import read_object_rules
from mraa.recovery.regions.tables import list_unnamed_tables
from mraa.recovery.retries import QUICK_ATTEMPTS

DRAIN_TIMEOUT_S = 300.0
"""How long a drain may take unless another time is given."""

_MINUTE_S = 60.0


@dataclass(frozen=True)
class DrainEstimate:
    """What the drain will wait for. ``seconds`` is about how long writes are refused, ``reason`` what takes longest.

    ``problem`` says why the drain could not be confirmed at all; empty if it could. ``is_known`` is False if it may
    take longer, by a table's latency that only the drain will measure.
    """

    seconds: float
    reason: str
    problem: str = ""
    is_known: bool = True

    @property
    def text(self) -> str:
        """For a person, before they decide."""
        if self.problem:
            return f"for how long writes will be refused is not known: {self.problem}"
        least = "about" if self.is_known else "at least"
        return f"writes will be refused for {least} {max(1.0, self.seconds):.0f} s ({self.reason})"

    def refusal(self, timeout_s: float) -> str:
        """Why the drain cannot be confirmed within ``timeout_s``; empty if nothing is known against it."""
        if self.problem or self.seconds <= timeout_s:
            return self.problem
        return (
            f"it takes about {self.seconds:.0f} s, longer than --drain-timeout ({timeout_s:.0f} s), by the metrics of "
            f"the last {RECENT.total_seconds() / _MINUTE_S:.0f} minutes: {self.reason}"
        )


def require_confirmable(estimate: DrainEstimate, timeout_s: float) -> None:
    """NotReadyError if the drain cannot be confirmed within ``timeout_s``."""
    if not (refusal := estimate.refusal(timeout_s)):
        return
    longer = "" if estimate.problem else f"--drain-timeout {estimate.seconds + 30:.0f} waits for it; "
    raise NotReadyError(
        f"The drain could not be confirmed: {refusal}. Nothing was fenced.",
        f"Wait and run it again; {longer}--force proceeds anyway: what has not been replicated is then missing until "
        "replication catches up.",
    )


def estimate_drain(
    aws: Aws,
    clock: Clock,
    application: Application,
    source: RegionInfo,
    target: RegionInfo,
    *,
    compared_at: datetime | None = None,
) -> DrainEstimate:
    """Of the drain from ``source`` to ``target``, as if it began now.

    ``compared_at``: a comparison begun then has found, or will find before the fence, the same data in both Regions.
    """
    now = datetime.fromtimestamp(clock.now(), UTC)
    try:
        rules = read_object_rules(aws, clock, application, source, attempts=QUICK_ATTEMPTS)
        unnamed = list_unnamed_tables(aws, clock, application, [source], lambda event: None, "drain")
        buckets = application.buckets(target)
        with ThreadPoolExecutor(8) as pool:
            counts = pool.map(
                lambda rule: _count(aws, clock, rule, target, now),
                [rule for rule in rules if rule.destination_bucket in buckets],
            )
            latencies = pool.map(
                lambda table: _latency(aws, clock, source, target, table, now, compared_at),
                [*application.tables(source), *unnamed],
            )
            waits = [*counts, *latencies]
    except AwsError as error:
        return DrainEstimate(0.0, "", error.message.rstrip("."))
    problem = next((wait.problem for wait in waits if wait.problem), "")
    longest = max(waits, key=lambda wait: wait.seconds, default=DrainEstimate(0.0, "nothing is replicated"))
    unknown = [wait.reason for wait in waits if not wait.is_known]
    reason = ", or ".join(dict.fromkeys([longest.reason, *unknown]))
    return DrainEstimate(longest.seconds, reason, problem, is_known=not unknown)


def estimate_of(
    aws: Aws,
    clock: Clock,
    application: Application,
    infos: Mapping[str, RegionInfo],
    steps: Sequence[Step],
    *,
    compared_at: datetime | None = None,
) -> DrainEstimate | None:
    """Of a plan that fences and drains; None for any other, and for one whose fence stands already.

    Without ``compared_at`` a comparison that the plan begins with counts: if it finds a difference nothing is fenced.
    """
    names = [step.name for step in steps]
    if "fence" not in names or "drain" not in names:
        return None
    drain = steps[names.index("drain")]
    if compared_at is None and "reconcile" in names:
        compared_at = datetime.fromtimestamp(clock.now(), UTC)
    return estimate_drain(
        aws, clock, application, infos[drain.arguments["source"]], infos[drain.region], compared_at=compared_at
    )


def _count(aws: Aws, clock: Clock, rule: ObjectRule, target: RegionInfo, now: datetime) -> DrainEstimate:
    """The wait for S3's next count of pending operations, from how old the newest one is."""
    series = read_pending(aws, clock, target.region, rule, now - RECENT)
    if not series.points:
        minutes = RECENT.total_seconds() / 60
        return DrainEstimate(
            0.0,
            "",
            f"S3 has published no count of pending operations from {rule.source_bucket} in the last {minutes:.0f} "
            "minutes (it begins about 15 minutes after replication metrics are enabled)",
        )
    newest, pending = max(series.points)
    age_s = (series.read_at - newest).total_seconds()
    # younger than its own minute: it is published by the second. Else the next that begins after the fence comes as
    # late as this one: its minute begins up to a minute from now
    wait_s = 1.0 if age_s < _MINUTE_S else (_next_minute(series.read_at) - newest).total_seconds()
    left = f", {pending:.0f} of them now" if pending else ""
    return DrainEstimate(wait_s, f"S3's next count of pending operations{left}")


def _latency(
    aws: Aws,
    clock: Clock,
    source: RegionInfo,
    target: RegionInfo,
    table: Table,
    now: datetime,
    compared_at: datetime | None,
) -> DrainEstimate:
    latency_s = recent_maximum(read_latencies(aws, clock, source, target, table, now), now, compared_at=compared_at)
    if latency_s is None:
        # without traffic the canary, written after the fence, is the measure
        return DrainEstimate(0.0, f"{FACTOR} x the replication latency, which the drain measures", is_known=False)
    return DrainEstimate(
        FACTOR * latency_s, f"{FACTOR} x the replication latency of {latency_s:.1f} s, table {table.name}"
    )


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
