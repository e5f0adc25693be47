"""The load of a drill: writers at both Regions' APIs, as clients that know nothing of fences would be."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mraa.errors import MraaError
from mraa.recovery.application import Workload
from mraa.recovery.drill.ledger import Ledger
from mraa.recovery.drill.models import Sighting, Write
from mraa.recovery.drill.target import Target
from mraa.recovery.models import Fate, RegionInfo
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.regions.state import api_state

Sent = tuple[str, str]
"""A write: the application's name, and the write's id."""

TIMEOUT_S = 5
_WATCH_EVERY_S = 0.25


class Load:
    """Writers of each application and a watcher for each Region, in threads.

    ``unanswered`` are the writes that got no answer, with when they were sent (``clock.monotonic``): they may still be
    carried out.
    """

    def __init__(self, target: Target, ledger: Ledger, run_id: str, seed: int) -> None:
        self._aws = target.aws
        self._clock = target.clock
        self._workloads = target.workloads
        self._ledger = ledger
        self.unanswered: dict[Sent, float] = {}
        self._run_id = run_id
        self._seed = seed
        self._stop = threading.Event()

    @contextmanager
    def on(self, regions: Sequence[RegionInfo], writers: int, rate: float) -> Iterator[None]:
        """Write at ``rate`` a second, Region and application, by ``writers`` threads each, while the block runs."""
        threads = [
            threading.Thread(target=self._write, args=(workload, info, number, writers / rate), daemon=True)
            for workload in self._workloads
            for info in regions
            for number in range(writers)
        ]
        threads += [threading.Thread(target=self._watch, args=(info,), daemon=True) for info in regions]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(2 * TIMEOUT_S)

    def _write(self, workload: Workload, info: RegionInfo, number: int, pause_s: float) -> None:
        dice = random.Random(f"{self._seed}/{workload.name}/{info.region}/{number}")  # noqa: S311 - a load, not a secret
        text = f"written in {info.region} by {number}"
        while not self._stop.wait(pause_s * dice.uniform(0.5, 1.5)):
            write_id = uuid7(self._clock.now())
            sent_at = self._ledger.elapsed_s()
            # before it is sent: a thread may still be waiting when the load ends
            self.unanswered[workload.name, write_id] = self._clock.monotonic()
            try:
                fate, reason = workload.write(self._aws, info, self._run_id, write_id, text, TIMEOUT_S)
                del self.unanswered[workload.name, write_id]
            except MraaError as error:
                fate, reason = Fate.UNKNOWN, type(error).__name__
            answered_at = self._ledger.elapsed_s()
            self._ledger.note(Write(write_id, info.region, sent_at, answered_at, fate, reason, workload.name))

    def _watch(self, info: RegionInfo) -> None:
        while not self._stop.wait(_WATCH_EVERY_S):
            sighting = Sighting(self._ledger.elapsed_s(), info.region)
            try:
                body, problem = api_state(self._aws, info)
                if not problem and type(body.get("epoch")) is int:
                    state, writable = str(body.get("state")), str(body.get("writableRegion"))
                    sighting = Sighting(self._ledger.elapsed_s(), info.region, state, writable, body["epoch"])
            except MraaError:
                pass
            self._ledger.note(sighting)
