"""Event source mappings: functions that queues and streams trigger, in every Region, as Lambda does it.

What the engine does by itself, one thread for all without retries, permissions or Regions that are down, is replaced.
``kinds`` says what queues, DynamoDB streams and Kinesis streams have of their own, ``streams`` and ``queues`` work
through them; mappings do not wait for each other.
"""

from collections.abc import Callable
from typing import Any

from mraa_local import regions
from mraa_local.engine import data_streams, event_sources, stores
from mraa_local.engine import streams as table_streams
from mraa_local.engine.event_sources import Place
from mraa_local.engine.scope import Answer, scope
from mraa_local.event_sources import checks, kinds, queues, streams

_STATE = "mraa_streams"


def install() -> None:
    """Take the engine's place; keep streams with the persisted state."""
    event_sources.name_actions()
    event_sources.around_create(_create)
    event_sources.before_update(_refusal_of_update)
    event_sources.poll_by(_poll)
    table_streams.give_records_a_size()
    stores.keep_at_stop(_STATE, lambda: {"streams": table_streams.saved()})


def started() -> None:
    """Bring the streams back that the saved positions are positions of."""
    for stream in stores.kept(_STATE).get("streams", []):
        table_streams.restore(stream)


def _create(request: dict[str, Any], proceed: Callable[[dict[str, Any]], Answer]) -> Answer:
    function = event_sources.function_of(request)
    if function is None:
        return proceed(request)  # which says that it does not exist
    try:
        kind = checks.check_new(request, function)
    except checks.Refused as refused:
        return refused.answer
    answer = proceed({**kind.defaults, **request})
    if kind is kinds.KINESIS:
        data_streams.start(event_sources.of_answer(answer))
    return answer


def _refusal_of_update(mapping: dict[str, Any], changed: dict[str, Any]) -> Answer | None:
    function = event_sources.function_of(changed if "FunctionName" in changed else mapping)
    try:
        kind = kinds.of(mapping["EventSourceArn"])
        checks.check_settings(kind, {**_settings(mapping, kind), **changed})
        if function is not None:
            checks.check_role(kind, mapping["EventSourceArn"], {**mapping, **changed}, function)
    except checks.Refused as refused:
        return refused.answer
    return None


def _settings(mapping: dict[str, Any], kind: kinds.Kind) -> dict[str, Any]:
    return {name: mapping[name] for name in kind.settings if name in mapping}


def _poll() -> bool:
    """Start what has something to do and does not work yet; whether there was any."""
    has_started = False
    for place in event_sources.everywhere():
        if is_on(place):
            with scope(place.account_id, place.region):
                worker = queues if kinds.of(place.mapping["EventSourceArn"]) is kinds.SQS else streams
                has_started |= worker.start(place, lambda place=place: is_on(place))
    return has_started


def is_on(place: Place) -> bool:
    """Whether anything may be delivered: an event source stops with its Region and continues with it."""
    is_enabled = bool(place.mapping.get("Enabled", True)) and not regions.is_down(place.region)
    return is_enabled and event_sources.is_current(place)
