"""Orders and minutes over a failover and back: what is sent, and who handled it, how often.

Whether a message is delivered twice is in the function's log: the example says so there, for its condition lets nothing
be written twice.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mraa.errors import UnreachableError
from mraa.recovery.models import Fate
from mraa.recovery.regions.ids import uuid7
from tests.local.example_orders import Example
from tests.regions import REGIONS

_WRITERS = 4
_PAUSE_S = 0.05
_TIMEOUT_S = 30
_TICK = "tick "
_PACKED = re.compile(r"(.+) in epoch (\d+)")
_SAID = tuple(
    re.compile(rf"^(.+) {text}", re.MULTILINE)
    for text in ("is packed already", "is noted already", "waits in the queue")
)


@dataclass
class Sending:
    """Writers who put orders by the API, each order until a Region acknowledges it."""

    example: Example
    orders: int
    acknowledged: list[str] = field(default_factory=list)
    sent_twice: set[str] = field(default_factory=set)  # after an answer that did not say
    answers: Counter[Fate] = field(default_factory=Counter)
    _begun: int = 0
    _writers: list[Future[None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Until all are acknowledged; fails if a writer does."""
        with ThreadPoolExecutor(_WRITERS) as pool:
            self._writers = [pool.submit(self._send_all) for _ in range(_WRITERS)]
            try:
                yield
            except BaseException:
                self._begun = self.orders  # no more
                raise
        self.check()
        assert len(self.acknowledged) == self.orders

    def check(self) -> None:
        """Raise what ended a writer, if one ended by an error."""
        for writer in self._writers:
            if writer.done():
                writer.result()

    def have_acknowledged(self, count: int) -> bool:
        """Whether that many orders are acknowledged, while no writer failed."""
        self.check()
        return len(self.acknowledged) >= count

    def _send_all(self) -> None:
        while True:
            with self._lock:
                if self._begun == self.orders:
                    return
                self._begun += 1
            self._send(uuid7(time.time()))

    def _send(self, order_id: str) -> None:
        example, region = self.example, 0
        while True:
            try:
                fate, _ = example.api.write(
                    example.deployment.aws, example.infos[REGIONS[region]], "", order_id, "", _TIMEOUT_S
                )
            except UnreachableError:
                fate = Fate.UNKNOWN
            with self._lock:
                self.answers[fate] += 1
                if fate is Fate.ACKNOWLEDGED:
                    self.acknowledged.append(order_id)
                    return
                if fate is Fate.UNKNOWN:
                    self.sent_twice.add(order_id)
            region = 1 - region
            time.sleep(_PAUSE_S)


def unpacked(example: Example, region: str, order_ids: list[str]) -> set[str]:
    """Those whose order is not packed in this Region's replica."""
    items = example.items(region)
    return {order_id for order_id in order_ids if "packed" not in items.get(order_id, {})}


def minutes(example: Example, region: str) -> list[datetime]:
    """The minutes that are noted in this Region's replica, oldest first."""
    noted = [order_id.removeprefix(_TICK) for order_id in example.items(region) if order_id.startswith(_TICK)]
    return sorted(map(datetime.fromisoformat, noted))


def missing(noted: list[datetime]) -> list[datetime]:
    """The minutes between the first and the last that are not noted."""
    count = (noted[-1] - noted[0]) // timedelta(minutes=1)
    return sorted({noted[0] + timedelta(minutes=number) for number in range(count)} - set(noted))


def handled_by(example: Example, region: str) -> dict[str, tuple[str, int]]:
    """The Region and the epoch in which each order was packed, and each minute noted."""
    found = {}
    for order_id, item in example.items(region).items():
        if order_id.startswith(_TICK):
            found[order_id] = (item["writtenIn"], int(item["epoch"]))
        elif match := _PACKED.fullmatch(item.get("packed", "")):
            found[order_id] = (match[1], int(match[2]))
    return found


@dataclass
class Deliveries:
    """What the function logged of orders and minutes that came again, read now and then: old lines are let go."""

    example: Example
    packed_again: set[str] = field(default_factory=set)
    noted_again: set[str] = field(default_factory=set)
    waited: set[str] = field(default_factory=set)  # minutes that were put into a queue

    def read(self) -> None:
        """Add what is in the logs now."""
        for region in REGIONS:
            text = "\n".join(_logged(self.example, region))
            for pattern, into in zip(_SAID, (self.packed_again, self.noted_again, self.waited), strict=True):
                into.update(pattern.findall(text))


def _logged(example: Example, region: str) -> list[str]:
    queue = example.output(region, "QueueUrl")
    functions = example.client("lambda", region).list_functions()["Functions"]
    (group,) = [
        function["LoggingConfig"]["LogGroup"]
        for function in functions
        if function.get("Environment", {}).get("Variables", {}).get("QUEUE_URL") == queue
    ]
    pages = example.client("logs", region).get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]
