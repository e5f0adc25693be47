"""How far behind a Region is: records without their object, S3's counts, the tables nobody named, the alarms.

All best effort and within a budget of seconds: during an outage nobody waits for a count. What could not be read is
None.
"""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, TypeVar

from mraa.aws import Aws, Clock
from mraa.errors import MraaError
from mraa.recovery.application import Application
from mraa.recovery.models import ObjectRule, RegionInfo, RegionView, SystemView
from mraa.recovery.reconcile.merge import Entry, without_match
from mraa.recovery.reconcile.scan import read_objects
from mraa.recovery.regions.estimate import DrainEstimate, estimate_drain
from mraa.recovery.regions.latency import RECENT
from mraa.recovery.regions.metrics import read_metric, read_pending, rule_dimensions
from mraa.recovery.regions.tables import find_unnamed_tables, find_unprotected_tables
from mraa.recovery.status.alarms import Alarms, GuardStatus, read_alarms

NEWEST = 1000  # records checked: an older one's object arrived long ago, or `mraa reconcile` finds it
_FAILED_SINCE = timedelta(hours=24)

T = TypeVar("T")


@dataclass(frozen=True)
class ReplicationStatus:
    """Of one Region. ``pending`` and ``failed`` are S3's operations from here to the peer Region.

    ``item_lag_s`` and ``object_lag_s`` are how long a canary took from here to the peer Region: None if it was not
    sent or did not arrive in time; ``probe_problem`` then says so. ``unnamed_tables`` are replicated tables that the
    application does not name; ``unprotected_tables`` may be deleted here. ``alarms`` is None if they could not be read.
    ``estimate`` is of a planned move to the peer Region: None unless this one is writable.
    """

    records: int | None = None
    records_without_object: int | None = None
    pending: int | None = None
    failed: int | None = None
    unnamed_tables: tuple[str, ...] | None = None
    unprotected_tables: tuple[str, ...] | None = None
    alarms: Alarms | None = None
    estimate: DrainEstimate | None = None
    item_lag_s: float | None = None
    object_lag_s: float | None = None
    probe_problem: str = ""

    @property
    def guard(self) -> GuardStatus | None:
        """The state guard's status; None if its alarm could not be read."""
        return self.alarms.guard if self.alarms else None


def read_replication_status(
    aws: Aws, clock: Clock, application: Application, system: SystemView, *, budget_s: float
) -> dict[str, ReplicationStatus]:
    """Both Regions' status by Region, as far as it arrives within ``budget_s``."""
    until = clock.monotonic() + budget_s
    pool = ThreadPoolExecutor(8)
    try:
        futures: dict[tuple[str, str], Future[Any]] = {}
        for view in (system.primary, system.secondary):
            if view.info is None:
                continue
            futures[view.region, "records"] = pool.submit(_records, aws, clock, application, view.info, until)
            futures[view.region, "alarms"] = pool.submit(read_alarms, aws, clock, view.info)
            futures[view.region, "unprotected_tables"] = pool.submit(
                find_unprotected_tables, aws, clock, application, view.info
            )
            futures[view.region, "unnamed_tables"] = pool.submit(_unnamed_tables, aws, clock, application, view.info)
            if rules := _rules_to_peer(application, view, system.infos):
                futures[view.region, "pending"] = pool.submit(_pending, aws, clock, view.info, rules)
                futures[view.region, "failed"] = pool.submit(_failed, aws, clock, view.info, rules)
            if (
                view.state
                and view.state.writable_region == view.region
                and (peer := system.infos.get(view.info.other_region))
            ):
                futures[view.region, "estimate"] = pool.submit(_estimate, aws, clock, application, view.info, peer)
        wait(futures.values(), timeout=max(0.0, until - clock.monotonic()))
    finally:
        # what has not arrived by now ends by its own time-out, and nobody waits for it
        pool.shutdown(wait=False, cancel_futures=True)
    found = {view.region: ReplicationStatus() for view in (system.primary, system.secondary)}
    for (region, what), future in futures.items():
        if (value := _value(future)) is not None:
            fields = ("records", "records_without_object") if what == "records" else (what,)
            values = dict(zip(fields, value if what == "records" else (value,), strict=True))
            found[region] = replace(found[region], **values)
    return found


def _records(
    aws: Aws, clock: Clock, application: Application, info: RegionInfo, until: float
) -> tuple[int, int] | None:
    """How many of the newest records there are, and how many of them lack their object here."""
    if not (bucket := application.object_bucket(info)):
        return None
    wanted = sorted({(origin.object_key,) for origin in application.newest(aws, clock, info, NEWEST)})
    if not wanted:
        return 0, 0
    # S3 lists what comes after a key: one that sorts right before the first
    listed = read_objects(aws, clock, info, bucket, start_after=wanted[0][0][:-1])
    keys = (entry.key for entry in takewhile(lambda e: e.key <= wanted[-1] and clock.monotonic() < until, listed))
    lacking = sum(1 for _ in without_match((Entry(key, "") for key in wanted), keys))
    return None if clock.monotonic() >= until else (len(wanted), lacking)


def _unnamed_tables(aws: Aws, clock: Clock, application: Application, info: RegionInfo) -> tuple[str, ...]:
    return tuple(table.name for table in find_unnamed_tables(aws, clock, application, info))


def _estimate(
    aws: Aws, clock: Clock, application: Application, source: RegionInfo, target: RegionInfo
) -> DrainEstimate:
    # a failback compares both Regions before it fences
    compared_at = datetime.fromtimestamp(clock.now(), UTC) if source.role == "secondary" else None
    return estimate_drain(aws, clock, application, source, target, compared_at=compared_at)


def _rules_to_peer(application: Application, view: RegionView, infos: Mapping[str, RegionInfo]) -> list[ObjectRule]:
    """The Region's replication rules that lead to the application's buckets in the peer Region."""
    other = next((info for region, info in infos.items() if region != view.region), None)
    destinations = application.buckets(other) if other else ()
    return [rule for rule in view.object_rules or () if rule.destination_bucket in destinations]


def _pending(aws: Aws, clock: Clock, info: RegionInfo, rules: list[ObjectRule]) -> int | None:
    """S3's newest count of operations that are not replicated yet; published in the destination's Region."""
    since, region = _ago(clock, RECENT), info.other_region
    counts = [max(points)[1] for rule in rules if (points := read_pending(aws, clock, region, rule, since).points)]
    return round(sum(counts)) if counts else None


def _failed(aws: Aws, clock: Clock, info: RegionInfo, rules: list[ObjectRule]) -> int | None:
    """Operations from this Region that S3 gave up in the last 24 hours."""
    since = _ago(clock, _FAILED_SINCE)
    counts = [
        value
        for rule in rules
        for _, value in read_metric(
            aws,
            clock,
            info.region,
            "AWS/S3",
            "OperationsFailedReplication",
            rule_dimensions(rule),
            since,
            period_s=3600,
            statistic="Sum",
        ).points
    ]
    return round(sum(counts)) if counts else None


def _ago(clock: Clock, span: timedelta) -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC) - span


def _value(future: "Future[T]") -> T | None:
    if not future.done() or future.cancelled():
        return None
    try:
        return future.result()
    except MraaError:
        return None
