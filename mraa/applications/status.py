"""What there is to show of each application of one's own in each Region: best effort and within a budget of seconds."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from mraa.applications.own import OwnApplications
from mraa.aws import Aws
from mraa.errors import MraaError
from mraa.recovery.models import RegionInfo, SystemView

HEALTHY, UNKNOWN, NOT_CHECKED = "healthy", "unknown", "not checked"

T = TypeVar("T")


@dataclass(frozen=True)
class ApplicationStatus:
    """One application in one Region. ``api`` is ``healthy``, ``unknown``, ``not checked`` or what is wrong with it.

    ``tables`` and ``buckets`` are those that are replicated, ``unreplicated`` all others; None if it is not known.
    """

    name: str
    api: str = UNKNOWN
    tables: tuple[str, ...] | None = None
    buckets: tuple[str, ...] | None = None
    unreplicated: tuple[str, ...] | None = None


def read_application_statuses(
    aws: Aws, own: OwnApplications, system: SystemView, *, budget_s: float
) -> dict[str, list[ApplicationStatus]]:
    """Of both Regions, by Region, as far as it arrives within ``budget_s``."""
    pool = ThreadPoolExecutor(8)
    try:
        stores = {region: pool.submit(_replicated, own, info) for region, info in system.infos.items()}
        apis = {
            (region, name): pool.submit(own.apis[name].problem, aws, info)
            for region, info in system.infos.items()
            for name in info.applications
            if name in own.apis
        }
        asked: list[Future[Any]] = [*stores.values(), *apis.values()]
        wait(asked, timeout=max(0.0, budget_s))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {
        region: [
            _status(name, info, _value(stores[region], lambda error: None), _api(apis.get((region, name))))
            for name in sorted(info.applications)
        ]
        for region, info in system.infos.items()
    }


def _replicated(own: OwnApplications, info: RegionInfo) -> frozenset[str]:
    return frozenset([*(table.name for table in own.tables(info)), *own.buckets(info)])


def _status(name: str, info: RegionInfo, replicated: frozenset[str] | None, api: str) -> ApplicationStatus:
    if replicated is None:
        return ApplicationStatus(name, api)
    tables, buckets = info.applications[name].tables, info.applications[name].buckets
    return ApplicationStatus(
        name,
        api,
        tuple(table for table in tables if table in replicated),
        tuple(bucket for bucket in buckets if bucket in replicated),
        tuple(store for store in (*tables, *buckets) if store not in replicated),
    )


def _api(problem: "Future[str] | None") -> str:
    if problem is None:
        return NOT_CHECKED
    found = _value(problem, lambda error: error.message.rstrip("."))
    return UNKNOWN if found is None else found or HEALTHY


def _value(future: "Future[T]", otherwise: Callable[[MraaError], T | None]) -> T | None:
    """What has arrived; None if nothing has."""
    if not future.done() or future.cancelled():
        return None
    try:
        return future.result()
    except MraaError as error:
        return otherwise(error)
