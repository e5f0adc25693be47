"""How far behind a Region is: photos whose object has not come yet, S3's counts, and a canary's journey.

All best effort and within a budget of seconds: an operator with a Region on fire does not wait for a count. What could
not be had is None.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any, TypeVar

from mraa.aws import Aws, Clock
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import RegionalFacts, RegionView, SystemView
from mraa.recovery.reconcile.merge import Entry, without_match
from mraa.recovery.reconcile.scan import OBJECT_PREFIX, photo_key, read_objects, read_photo_ids
from mraa.recovery.regions.canary import is_item_there, is_object_there, name_canary, remove_canaries, write_canary
from mraa.recovery.regions.metrics import read_metric, rule_dimensions

NEWEST = 1000  # photo records looked at: what is older has long arrived, or `mraa reconcile` finds it
PROBE_S = 10.0
_PENDING_SINCE = timedelta(minutes=15)
_FAILED_SINCE = timedelta(hours=24)
_POLL_S = 0.05

T = TypeVar("T")


@dataclass(frozen=True)
class Measures:
    """Of one Region. ``pending`` and ``failed`` are S3's operations from here to the other Region.

    ``item_lag_s`` and ``object_lag_s`` are a canary's way from here to the other Region: None where it was not sent or
    had not arrived after ``PROBE_S``; ``probe_problem`` then says so.
    """

    photos: int | None = None
    photos_without_object: int | None = None
    pending: int | None = None
    failed: int | None = None
    item_lag_s: float | None = None
    object_lag_s: float | None = None
    probe_problem: str = ""


def measure(aws: Aws, clock: Clock, system: SystemView, *, budget_s: float) -> dict[str, Measures]:
    """Both Regions' measures by Region, as far as they come within ``budget_s``."""
    views = (system.primary, system.secondary)
    until = clock.monotonic() + budget_s
    pool = ThreadPoolExecutor(6)
    try:
        asked: dict[tuple[str, str], Future[Any]] = {}
        for view, other in (views, views[::-1]):
            if view.facts is None:
                continue
            asked[view.region, "photos"] = pool.submit(_photos, aws, clock, view.facts, until)
            if other.facts is not None and view.object_rules:
                asked[view.region, "pending"] = pool.submit(_pending, aws, clock, view, other.facts)
                asked[view.region, "failed"] = pool.submit(_failed, aws, clock, view, other.facts)
        wait(asked.values(), timeout=max(0.0, until - clock.monotonic()))
    finally:
        # what has not come by now ends by its own time-out, and nobody waits for it
        pool.shutdown(wait=False, cancel_futures=True)
    found = {view.region: Measures() for view in views}
    for (region, what), future in asked.items():
        value = _value(future)
        if value is None:
            continue
        values = (
            dict(zip(("photos", "photos_without_object"), value, strict=True)) if what == "photos" else {what: value}
        )
        found[region] = replace(found[region], **values)
    return found


def probe(
    aws: Aws, clock: Clock, system: SystemView, measures: Mapping[str, Measures], on_event: OnEvent
) -> dict[str, Measures]:
    """The same measures with a canary's lag each way; both Regions are written to and tidied."""
    facts = [view.facts for view in (system.primary, system.secondary) if view.facts is not None]
    if len(facts) < 2:
        return dict(measures)
    with ThreadPoolExecutor(2) as pool:
        ways = [(facts[0], facts[1]), (facts[1], facts[0])]
        sent = [pool.submit(_probe_one_way, aws, clock, source, target, on_event) for source, target in ways]
        told = {source.region: future.result() for (source, _), future in zip(ways, sent, strict=True)}
    return {
        region: replace(
            values,
            item_lag_s=told[region].item_lag_s,
            object_lag_s=told[region].object_lag_s,
            probe_problem=told[region].probe_problem,
        )
        for region, values in measures.items()
    }


def _probe_one_way(aws: Aws, clock: Clock, source: RegionalFacts, target: RegionalFacts, on_event: OnEvent) -> Measures:
    name = name_canary(clock, source.region)
    lags: dict[str, float] = {}
    problem = ""
    try:
        canary = write_canary(aws, clock, source, name)
        # the object was put before S3 was asked for its time: its lag is told too short by one call
        begun = {"item": canary.written_at, "object": clock.monotonic()}
        is_there: Mapping[str, Callable[[], bool]] = {
            "item": partial(is_item_there, aws, target, source.region, name),
            "object": partial(is_object_there, aws, target, name),
        }
        until = clock.monotonic() + PROBE_S
        while len(lags) < len(is_there) and clock.monotonic() < until:
            for what, ask in is_there.items():
                if what not in lags and ask():
                    lags[what] = clock.monotonic() - begun[what]
            clock.sleep(_POLL_S)
        late = [what for what in is_there if what not in lags]
        if late:
            problem = f"the canary {' and '.join(late)} did not reach {target.region} within {PROBE_S:.0f} s"
    except MraaError as error:
        problem = error.message.rstrip(".")
    for facts in (source, target):
        try:
            remove_canaries(aws, clock, facts, source.region, name)
        except MraaError as error:
            on_event(Event(Progress.NOTE, "probe", "canary left behind", facts.region, reason=error.message))
    return Measures(item_lag_s=lags.get("item"), object_lag_s=lags.get("object"), probe_problem=problem)


def _photos(aws: Aws, clock: Clock, facts: RegionalFacts, until: float) -> tuple[int, int] | None:
    """How many of the newest photo records there are, and how many of them lack their object here."""
    ids = read_photo_ids(aws, clock, facts, limit=NEWEST)
    if not ids:
        return 0, 0
    # S3 lists what comes after a key: one that sorts right before the first
    listed = read_objects(aws, clock, facts, prefix=OBJECT_PREFIX, start_after=photo_key(ids[0])[:-1])
    last = (photo_key(ids[-1]),)
    keys = (entry.key for entry in takewhile(lambda entry: entry.key <= last and clock.monotonic() < until, listed))
    lacking = sum(1 for _ in without_match((Entry((photo_key(photo_id),), "") for photo_id in ids), keys))
    return None if clock.monotonic() >= until else (len(ids), lacking)


def _pending(aws: Aws, clock: Clock, view: RegionView, other: RegionalFacts) -> int | None:
    """S3's newest count of operations on their way from this Region."""
    return _counted(aws, view, other, other.region, "OperationsPendingReplication", _ago(clock, _PENDING_SINCE), 60)


def _failed(aws: Aws, clock: Clock, view: RegionView, other: RegionalFacts) -> int | None:
    """Operations from this Region that S3 gave up in the last 24 hours."""
    return _counted(aws, view, other, view.region, "OperationsFailedReplication", _ago(clock, _FAILED_SINCE), 3600)


def _counted(
    aws: Aws, view: RegionView, other: RegionalFacts, region: str, name: str, since: datetime, period_s: int
) -> int | None:
    assert view.facts is not None, "asked only of a Region that told its facts"
    is_sum = period_s > 60
    total: float | None = None
    for rule in view.object_rules or ():
        if rule.destination_bucket != other.object_store_bucket:
            continue
        dimensions = rule_dimensions(view.facts, other, rule)
        statistic = "Sum" if is_sum else "Maximum"
        points = read_metric(aws, region, "AWS/S3", name, dimensions, since, period_s=period_s, statistic=statistic)
        if points:
            total = (total or 0) + (sum(value for _, value in points) if is_sum else max(points)[1])
    return None if total is None else round(total)


def _ago(clock: Clock, span: timedelta) -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC) - span


def _value(future: "Future[T]") -> T | None:
    if not future.done() or future.cancelled():
        return None
    try:
        return future.result()
    except MraaError:
        return None
