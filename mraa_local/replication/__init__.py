"""Asynchronous replication of tables and objects between Regions: lag, order, last writer wins, cut and heal.

``faults`` calls the functions here. All changes are applied on the engine's event loop, where every request is
handled too: the engine's stores have no locks.
"""

import asyncio
import time
from typing import Any

from mraa_local import regions
from mraa_local.engine import application, stores
from mraa_local.replication import metrics, objects, tables
from mraa_local.replication.objects import ObjectChange
from mraa_local.replication.queues import Queues, Stamp
from mraa_local.replication.tables import ItemChange

_STATE = "mraa_replication"
_POLL_S = 0.1  # a Region that is down comes back without notice to us

_AnyChange = ItemChange | ObjectChange

_queues: Queues[_AnyChange] = Queues(regions.is_down)
_timer: asyncio.TimerHandle | None = None
_last_stamp = 0.0
_clock_skews_s: dict[str, float] = {}


def set_lag(source: str, destination: str, ms: int) -> None:
    """How long a change takes from one Region to another; applies to those in flight too."""
    _queues.direction(source, destination).lag_ms = ms
    _move()


def cut(source: str, destination: str) -> None:
    """Stop replication in this direction; what is written waits."""
    _queues.direction(source, destination).is_cut = True


def heal(source: str, destination: str) -> None:
    """End a cut: what waited is applied in order."""
    _queues.direction(source, destination).is_cut = False
    _move()


def pause(region: str) -> None:
    """Replicate nothing from the Region or to it."""
    _queues.pause(region)


def resume(region: str) -> None:
    """End a pause."""
    _queues.resume(region)
    _move()


def set_clock_skew(region: str, seconds: float) -> None:
    """Let the Region's clock be ahead (or behind, if negative) where writes of items are compared."""
    if seconds:
        _clock_skews_s[region] = seconds
    else:
        _clock_skews_s.pop(region, None)


def clock_skews() -> dict[str, float]:
    """The Regions whose clocks are off, and by how many seconds."""
    return dict(sorted(_clock_skews_s.items()))


def reset() -> None:
    """Default lags, nothing cut, nothing paused, all clocks right; what waits continues."""
    _queues.reset()
    _clock_skews_s.clear()
    _move()


def describe() -> dict[str, Any]:
    """The default lag, paused Regions, and lag, cut and pending counts of each direction (see ``Queues.describe``)."""
    return _queues.describe()


def install() -> None:
    """Queue what the engine replicates at once; keep the queues with the persisted state."""
    metrics.install(objects.metrics_rules)
    tables.install(_send, _stamp, lambda region: _clock_skews_s.get(region, 0.0))
    objects.install(_send, _stamp)
    stores.keep_at_stop(_STATE, _state)


def started() -> None:
    """Resume what was in flight when the state was saved."""
    kept = stores.kept(_STATE)
    changes = [_change(saved) for saved in kept.get("waiting", [])]
    tables.restore(kept.get("writers", []), [change for change in changes if isinstance(change, ItemChange)])
    for change in changes:
        _accept(change)


def _change(saved: dict[str, Any]) -> _AnyChange:
    stamp, kind = Stamp(*saved["stamp"]), saved["change"]
    rest = {name: value for name, value in saved.items() if name not in {"stamp", "change", "clock"}}
    if kind == ItemChange.kind:
        clock = Stamp(*saved.get("clock", stamp))
        return ItemChange(stamp, clock, **{**rest, "key": tuple(rest["key"])})
    return ObjectChange(stamp, **rest)


def _state() -> dict[str, Any]:
    """What waits, in JSON's types; of an object only the version's id, because the object is in the store."""
    waiting = []
    for change in _queues.waiting():
        saved = {name: value for name, value in vars(change).items() if name != "record"}
        if isinstance(change, ObjectChange):
            saved["record"] = {"version_id": change.version_id}
        waiting.append({**saved, "change": change.kind})
    return {"waiting": waiting, "writers": tables.saved()}


def _stamp(region: str) -> Stamp:
    """The time of a write; never the same twice."""
    global _last_stamp
    _last_stamp = max(time.time(), _last_stamp + 1e-6)
    return Stamp(_last_stamp, region)


def _send(change: _AnyChange) -> None:
    """Queue a change, from whichever thread it was written in."""
    application.run_on_loop(_accept, change)


def _accept(change: _AnyChange) -> None:
    _queues.add(change)
    if isinstance(change, ObjectChange):
        objects.queued(change)
    _schedule()


def _move() -> None:
    """Apply what is due; the rest when it is."""
    global _timer
    _timer = None
    try:
        for change in _queues.due(time.time()):
            change.apply()
    finally:
        _schedule()


def _schedule() -> None:
    """One timer, for the next change; none while nothing waits."""
    global _timer
    moments = [] if (next_due := _queues.next_due()) is None else [max(0.0, next_due - time.time())]
    if _queues.is_held_up():
        moments.append(_POLL_S)
    if _timer is not None:
        _timer.cancel()
        _timer = None
    if moments:
        _timer = asyncio.get_running_loop().call_later(min(moments), _move)
