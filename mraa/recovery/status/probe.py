"""Replication's lag, measured: a canary each way, written, waited for and removed."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from mraa.aws import Aws, Clock
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.models import RegionInfo, SystemView
from mraa.recovery.regions.canary import (
    canary_tables,
    has_item,
    has_object,
    name_canary,
    remove_canaries,
    write_canary,
)
from mraa.recovery.status.replication import ReplicationStatus

PROBE_S = 10.0
_POLL_S = 0.05


def probe(
    aws: Aws,
    clock: Clock,
    application: Application,
    system: SystemView,
    statuses: Mapping[str, ReplicationStatus],
    on_event: OnEvent,
) -> dict[str, ReplicationStatus]:
    """The same statuses with a canary's lag each way; both Regions are written to and cleaned up."""
    infos = list(system.infos.values())
    if len(infos) < 2:
        return dict(statuses)
    with ThreadPoolExecutor(2) as pool:
        sent = {
            source.region: pool.submit(_probe_one_way, aws, clock, application, source, target, on_event)
            for source, target in (infos, infos[::-1])
        }
        lags = {region: future.result() for region, future in sent.items()}
    return {
        region: replace(status, item_lag_s=found.get("item"), object_lag_s=found.get("object"), probe_problem=problem)
        for region, status in statuses.items()
        for found, problem in (lags[region],)
    }


def _probe_one_way(
    aws: Aws, clock: Clock, application: Application, source: RegionInfo, target: RegionInfo, on_event: OnEvent
) -> tuple[dict[str, float], str]:
    """Seconds until items and objects had arrived, and what is wrong."""
    name = name_canary(clock, source.region)
    lags: dict[str, float] = {}
    problem = ""
    try:
        canary = write_canary(aws, clock, application, source, name)
        # the object was put before S3 was asked for its time: its lag is too short by one call
        begun = {"item": canary.written_at, "object": clock.monotonic()}
        tables, buckets = canary_tables(application, source), application.buckets(target)
        checks: Mapping[str, list[Callable[[], bool]]] = {
            "item": [partial(has_item, aws, target, table, source.region, name) for table in tables],
            "object": [partial(has_object, aws, target, bucket, name) for bucket in buckets],
        }
        awaited = [what for what in checks if checks[what]]
        until = clock.monotonic() + PROBE_S
        while awaited and clock.monotonic() < until:
            for what in [what for what in awaited if all(check() for check in checks[what])]:
                lags[what] = clock.monotonic() - begun[what]
                awaited.remove(what)
            clock.sleep(_POLL_S)
        if awaited:
            problem = f"the canary {' and '.join(awaited)} did not reach {target.region} within {PROBE_S:.0f} s"
    except MraaError as error:
        problem = error.message.rstrip(".")
    for info in (source, target):
        try:
            remove_canaries(aws, clock, application, info, source.region, name)
        except MraaError as error:
            on_event(Event(Progress.NOTE, "probe", "canary left behind", info.region, reason=error.message))
    return lags, problem
