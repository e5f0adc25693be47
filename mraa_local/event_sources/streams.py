"""How a mapping's function gets what is in a stream: a shard in order, one invocation at a time."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from mraa_local import regions
from mraa_local.engine import event_sources, queues
from mraa_local.engine.event_sources import Place
from mraa_local.engine.scope import new_id, region, scope
from mraa_local.event_sources import checks, failures, kinds, shards
from mraa_local.event_sources.batches import UNLIMITED, Batch, Rules, after, failed_from

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
NO_PROBLEM = "OK"
FAILED = "PROBLEM: Function call failed"
_MAY_NOT_READ = "PROBLEM: The function's role may not read the stream"
_MAY_NOT_SEND = "PROBLEM: The function's role may not send to the destination"


class _Key(NamedTuple):
    mapping_id: str
    shard: str


_busy: set[_Key] = set()
# what is left of a batch that failed; forgotten at a restart, which reads it from the stream again
_waiting: dict[_Key, tuple[Batch, ...]] = {}
_retry_at: dict[_Key, float] = {}
# when the first record of a batch was seen that the batching window keeps open
_opened_at: dict[_Key, float] = {}


def start(place: Place, is_on: Callable[[], bool]) -> bool:
    """Start a thread for each shard that has something to do and none yet; whether there was any."""
    has_started = False
    for shard in shards.shards(place.mapping):
        key = _Key(str(place.mapping["UUID"]), shard)
        if key in _busy or _retry_at.get(key, 0) > time.monotonic() or not shards.read(place.mapping, shard):
            continue
        _busy.add(key)
        name = f"event-source-{key.mapping_id}"
        threading.Thread(target=_work, args=(place, key, is_on), daemon=True, name=name).start()
        has_started = True
    return has_started


def _work(place: Place, key: _Key, is_on: Callable[[], bool]) -> None:
    """Deliver until nothing is left, the mapping is off, or it is gone."""
    try:
        with scope(place.account_id, place.region):
            while is_on():
                pause_s = _deliver_next(place.mapping, key)
                if pause_s is None:
                    break
                time.sleep(pause_s)
            if not event_sources.is_current(place):
                _waiting.pop(key, None)
    except BaseException:
        # an error of ours; not at once again, or it would fail as fast as it can
        _retry_at[key] = time.monotonic() + LONGEST_PAUSE_S
        raise
    finally:
        _busy.discard(key)
        event_sources.wake()  # for what was written while this thread ended


def _deliver_next(mapping: dict[str, Any], key: _Key) -> float | None:
    """Invoke the function once and keep what follows; the seconds until the next time, None if nothing is left."""
    if open_s := _open_s(mapping, key):
        return min(open_s, FIRST_PAUSE_S)
    batch = _next_batch(mapping, key)
    function = event_sources.function_of(mapping)
    if batch is None or function is None:
        return None
    role = checks.execution_role(function)
    if not (role.can_be_assumed() and checks.may_read(role, kinds.of(mapping["EventSourceArn"]), mapping)):
        mapping["LastProcessingResult"] = _MAY_NOT_READ
        return LONGEST_PAUSE_S
    if batch.records:
        result = event_sources.invoke(mapping, [record.content for record in batch.records])
        if regions.is_down(region()) or result.get("throttle"):
            return FIRST_PAUSE_S  # lost with its Region, or never begun: not an attempt
    else:
        result = {}
    return _conclude(mapping, key, function, batch, result)


def _conclude(
    mapping: dict[str, Any], key: _Key, function: dict[str, Any], batch: Batch, result: dict[str, Any]
) -> float:
    rules = _rules(mapping)
    failed = failed_from(batch, result, rules)
    then = after(batch, failed, rules)
    mapping["LastProcessingResult"] = NO_PROBLEM if failed is None else FAILED
    if then.discarded:
        _report(mapping, key, function, then.discarded)
    _waiting[key] = then.waiting + _waiting.get(key, ())[1:]
    if then.position is not None:
        shards.advance(mapping, key.shard, then.position)
        return 0
    return float(min(FIRST_PAUSE_S * 2 ** min(then.waiting[0].failures, 10), LONGEST_PAUSE_S))


def _open_s(mapping: dict[str, Any], key: _Key) -> float:
    """For how long the batching window still waits for more records; 0 if the batch can go."""
    window_s = float(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    if not window_s or _waiting.get(key):
        return 0
    count = len(shards.read(mapping, key.shard))
    if not 0 < count < int(mapping["BatchSize"]):
        _opened_at.pop(key, None)
        return 0
    remaining_s = _opened_at.setdefault(key, time.monotonic()) + window_s - time.monotonic()
    if remaining_s <= 0:
        del _opened_at[key]
    return max(0.0, remaining_s)


def _next_batch(mapping: dict[str, Any], key: _Key) -> Batch | None:
    """What is left of an earlier batch, or the next one of the stream, without what the filters leave out."""
    left = _waiting.get(key)
    if left:
        return left[0]
    records = shards.read(mapping, key.shard)
    if not records:
        return None
    selected = tuple(record for record in records if event_sources.is_selected(mapping, record.content))
    batch = Batch(selected, records[-1].end)
    _waiting[key] = (batch,)
    return batch


def _report(mapping: dict[str, Any], key: _Key, function: dict[str, Any], batch: Batch) -> None:
    """Tell the destination, if one is set, what is given up."""
    queue = checks.destination(mapping)
    if not queue:
        return
    if not checks.may_send(checks.execution_role(function), queue):
        mapping["LastProcessingResult"] = _MAY_NOT_SEND
        return
    message = failures.message(
        batch,
        shard=key.shard,
        function_arn=str(function["FunctionArn"]),
        stream_arn=mapping["EventSourceArn"],
        now=time.time(),
        request_id=new_id(),
    )
    queues.send(queue, json.dumps(message))


def _rules(mapping: dict[str, Any]) -> Rules:
    return Rules(
        int(mapping.get("MaximumRetryAttempts", UNLIMITED)),
        bool(mapping.get("BisectBatchOnFunctionError")),
        checks.REPORTS_ITEMS in (mapping.get("FunctionResponseTypes") or ()),
    )
