"""Event source mappings: functions that DynamoDB streams trigger, in every Region, as Lambda does it.

A mapping works through its stream in order, one invocation at a time; mappings do not wait for each other. What the
engine does by itself, one thread for all without retries, permissions or Regions that are down, is replaced.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from mraa_local import regions
from mraa_local.engine import event_sources, queues, stores, streams
from mraa_local.engine.event_sources import Place
from mraa_local.engine.scope import Answer, new_id, region, scope
from mraa_local.event_sources import checks, failures
from mraa_local.event_sources.batches import UNLIMITED, Batch, Record, Rules, after, failed_from

_STATE = "mraa_streams"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0

_NO_PROBLEM = "OK"
_FAILED = "PROBLEM: Function call failed"
_MAY_NOT_READ = "PROBLEM: The function's role may not read the stream"
_MAY_NOT_SEND = "PROBLEM: The function's role may not send to the destination"

_busy: set[str] = set()
# what is left of a batch that failed; forgotten at a restart, which reads it from the stream again
_waiting: dict[str, tuple[Batch, ...]] = {}
_retry_at: dict[str, float] = {}


def install() -> None:
    """Take the engine's place for streams; keep them with the persisted state."""
    event_sources.name_actions()
    event_sources.around_create(_create)
    event_sources.before_update(_refusal_of_update)
    event_sources.poll_by(_poll)
    streams.give_records_a_size()
    stores.keep_at_stop(_STATE, lambda: {"streams": streams.saved()})


def started() -> None:
    """Bring the streams back that the saved positions are positions of."""
    for stream in stores.kept(_STATE).get("streams", []):
        streams.restore(stream)


def _create(request: dict[str, Any], proceed: Callable[[dict[str, Any]], Answer]) -> Answer:
    function = event_sources.function_of(request)
    if function is None:
        return proceed(request)  # which says that it does not exist
    try:
        checks.check_new(request, function)
    except checks.Refused as refused:
        return refused.answer
    return proceed({**checks.DEFAULTS, **request})


def _refusal_of_update(mapping: dict[str, Any], changed: dict[str, Any]) -> Answer | None:
    function = event_sources.function_of(changed if "FunctionName" in changed else mapping)
    try:
        checks.check_settings(changed)
        if function is not None:
            checks.check_role(mapping["EventSourceArn"], {**mapping, **changed}, function)
    except checks.Refused as refused:
        return refused.answer
    return None


def _poll() -> bool:
    """Start a thread for each mapping that has something to do and none yet."""
    has_started = False
    for place in event_sources.everywhere():
        mapping_id = str(place.mapping["UUID"])
        if mapping_id in _busy or _retry_at.get(mapping_id, 0) > time.monotonic() or not _is_on(place):
            continue
        with scope(place.account_id, place.region):
            if not event_sources.read(place.mapping)[1]:
                continue
        _busy.add(mapping_id)
        threading.Thread(target=_work, args=(place,), daemon=True, name=f"event-source-{mapping_id}").start()
        has_started = True
    return has_started


def _is_on(place: Place) -> bool:
    """Whether records may be delivered: an event source stops with its Region and continues with it."""
    return bool(place.mapping.get("Enabled", True)) and not regions.is_down(place.region)


def _work(place: Place) -> None:
    """Deliver until nothing is left, the mapping is off, or it is gone."""
    mapping_id = str(place.mapping["UUID"])
    try:
        with scope(place.account_id, place.region):
            while _is_on(place) and event_sources.find(mapping_id) is place.mapping:
                pause_s = _deliver_next(place.mapping)
                if pause_s is None:
                    break
                time.sleep(pause_s)
            if event_sources.find(mapping_id) is not place.mapping:
                _waiting.pop(mapping_id, None)
    except BaseException:
        # an error of ours; not at once again, or it would fail as fast as it can
        _retry_at[mapping_id] = time.monotonic() + _LONGEST_PAUSE_S
        raise
    finally:
        _busy.discard(mapping_id)
        event_sources.wake()  # for what was written while this thread ended


def _deliver_next(mapping: dict[str, Any]) -> float | None:
    """Invoke the function once and keep what follows; the seconds until the next time, None if nothing is left."""
    batch = _next_batch(mapping)
    function = event_sources.function_of(mapping)
    if batch is None or function is None:
        return None
    role = checks.execution_role(function)
    if not (role.can_be_assumed() and checks.may_read(role, mapping["EventSourceArn"])):
        mapping["LastProcessingResult"] = _MAY_NOT_READ
        return _LONGEST_PAUSE_S
    if batch.records:
        result = event_sources.invoke(mapping, [record.content for record in batch.records])
        if regions.is_down(region()) or result.get("throttle"):
            return _FIRST_PAUSE_S  # lost with its Region, or never begun: not an attempt
    else:
        result = {}
    return _conclude(mapping, function, batch, result)


def _conclude(mapping: dict[str, Any], function: dict[str, Any], batch: Batch, result: dict[str, Any]) -> float:
    rules = _rules(mapping)
    failed = failed_from(batch, result, rules)
    then = after(batch, failed, rules)
    mapping["LastProcessingResult"] = _NO_PROBLEM if failed is None else _FAILED
    if then.discarded:
        _report(mapping, function, then.discarded)
    _waiting[mapping["UUID"]] = then.waiting + _waiting.get(mapping["UUID"], ())[1:]
    if then.position is not None:
        event_sources.advance(mapping, then.position)
        return 0
    return float(min(_FIRST_PAUSE_S * 2 ** min(then.waiting[0].failures, 10), _LONGEST_PAUSE_S))


def _next_batch(mapping: dict[str, Any]) -> Batch | None:
    """What is left of an earlier batch, or the next one of the stream, without what the filters leave out."""
    left = _waiting.get(mapping["UUID"])
    if left:
        return left[0]
    position, records = event_sources.read(mapping)
    if not records:
        return None
    numbered = [Record(position + number, record) for number, record in enumerate(records, 1)]
    selected = tuple(record for record in numbered if event_sources.is_selected(mapping, record.content))
    batch = Batch(selected, position + len(records))
    _waiting[mapping["UUID"]] = (batch,)
    return batch


def _report(mapping: dict[str, Any], function: dict[str, Any], batch: Batch) -> None:
    """Tell the destination, if one is set, what is given up."""
    queue = checks.destination(mapping)
    if not queue:
        return
    if not checks.may_send(checks.execution_role(function), queue):
        mapping["LastProcessingResult"] = _MAY_NOT_SEND
        return
    message = failures.message(
        batch,
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
