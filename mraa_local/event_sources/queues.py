"""How a mapping's function gets what is in a queue: several batches at once, each deleted once it is done with.

What fails stays in the queue and is visible again after its time-out, so that the queue's own redrive policy decides
how often it is tried. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from mraa_local import regions
from mraa_local.engine import event_sources, queues
from mraa_local.engine.event_sources import Place
from mraa_local.engine.queues import Message
from mraa_local.engine.scope import region, scope
from mraa_local.event_sources import checks, kinds
from mraa_local.event_sources.batches import failed_messages
from mraa_local.event_sources.streams import FAILED, LONGEST_PAUSE_S, NO_PROBLEM

_AT_ONCE = 5  # what Lambda begins with for a standard queue
_RECEIVED_AT_ONCE = 10
_WINDOW_POLL_S = 0.1
_MAY_NOT_READ = "PROBLEM: The function's role may not receive messages of the queue"

_working: "Counter[str]" = Counter()
# one thread of a mapping receives, or a batching window's messages would be shared out among several
_receiving: set[str] = set()
_retry_at: dict[str, float] = {}
_lock = threading.Lock()


def start(place: Place, is_on: Callable[[], bool]) -> bool:
    """Start a thread if there are messages that none works on and not too many work already."""
    mapping = place.mapping
    mapping_id, queue = str(mapping["UUID"]), str(mapping["EventSourceArn"])
    if _retry_at.get(mapping_id, 0) > time.monotonic() or not queues.has_visible(queue):
        return False
    with _lock:
        if mapping_id in _receiving or _working[mapping_id] >= _most_at_once(mapping):
            return False
        _working[mapping_id] += 1
        _receiving.add(mapping_id)
    name = f"event-source-{mapping_id}"
    threading.Thread(target=_work, args=(place, is_on), daemon=True, name=name).start()
    return True


def _most_at_once(mapping: dict[str, Any]) -> int:
    if str(mapping["EventSourceArn"]).endswith(".fifo"):
        return 1  # a batch has messages of several groups
    return int((mapping.get("ScalingConfig") or {}).get("MaximumConcurrency") or _AT_ONCE)


def _work(place: Place, is_on: Callable[[], bool]) -> None:
    mapping_id = str(place.mapping["UUID"])
    try:
        with scope(place.account_id, place.region):
            received = _receive(place.mapping, is_on)
            _receiving.discard(mapping_id)
            event_sources.wake()  # another thread may work on the next batch meanwhile
            _deliver(place.mapping, received)
    except BaseException:
        _retry_at[mapping_id] = time.monotonic() + LONGEST_PAUSE_S
        raise
    finally:
        with _lock:
            _receiving.discard(mapping_id)
            _working[mapping_id] -= 1
        event_sources.wake()


def _deliver(mapping: dict[str, Any], received: list[Message]) -> None:
    """Invoke the function with the messages, and delete those that it is done with."""
    queue = str(mapping["EventSourceArn"])
    selected = [message for message in received if event_sources.is_selected(mapping, message.record)]
    # what the filters leave out is deleted
    done = [message for message in received if message not in selected]
    if selected:
        result = event_sources.invoke(mapping, [message.record for message in selected])
        if regions.is_down(region()):
            return  # lost with its Region: the messages are visible again after their time-out
        reports = checks.REPORTS_ITEMS in (mapping.get("FunctionResponseTypes") or ())
        failed = failed_messages([message.id for message in selected], result, reports_items=reports)
        done += [message for message in selected if message.id not in failed]
        mapping["LastProcessingResult"] = FAILED if failed else NO_PROBLEM
    queues.remove(queue, [message.receipt_handle for message in done])


def _may_receive(mapping: dict[str, Any]) -> bool:
    function = event_sources.function_of(mapping)
    role = checks.execution_role(function) if function else None
    if role and role.can_be_assumed() and checks.may_read(role, kinds.SQS, mapping):
        return True
    mapping["LastProcessingResult"] = _MAY_NOT_READ
    _retry_at[str(mapping["UUID"])] = time.monotonic() + LONGEST_PAUSE_S
    return False


def _receive(mapping: dict[str, Any], is_on: Callable[[], bool]) -> list[Message]:
    """The next batch: what is there, or what comes within the batching window."""
    queue, size = str(mapping["EventSourceArn"]), int(mapping["BatchSize"])
    if not _may_receive(mapping):
        return []
    end = time.monotonic() + float(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    received: list[Message] = []
    while is_on():
        more = queues.receive(queue, min(size - len(received), _RECEIVED_AT_ONCE))
        received += more
        # without a window a batch is what one receive gives
        if len(received) >= size or time.monotonic() >= end:
            break
        if not more:
            time.sleep(_WINDOW_POLL_S)
    return received
