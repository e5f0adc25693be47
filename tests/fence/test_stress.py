"""Writers in both Regions while the state changes under them, answers are lost and transactions conflict."""

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import pytest

from tests.fence.application import NAMES, Application, order
from tests.fence.client import Client
from tests.fence.network import Network
from tests.local.deploying import unique
from tests.regions import PRIMARY, REGIONS, SECONDARY

WRITERS = 8  # in each Region
LOSE_EVERY = 9
WRITTEN_BEFORE_CHANGE = 25
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Write:
    """One write and its final answer; times of this process."""

    name: str
    region: str
    asked: float
    answered: float
    answer: str


@dataclass(frozen=True)
class Fenced:
    """From when to when a Region was certainly closed: from an acknowledged change to the begin of the next one."""

    region: str
    since: float
    until: float


class Load:
    """Writers that write as fast as they are answered, until they are stopped."""

    def __init__(self, clients: dict[str, Client]) -> None:
        self._clients = clients
        self._stop = Event()
        self._run, self._numbers = unique("load"), itertools.count()
        self.writes: list[Write] = []

    def run(self, role: str) -> None:
        while not self._stop.is_set():
            name, asked = f"{self._run}-{next(self._numbers)}", time.monotonic()
            answer = self._clients[role].ask("write", items=[order(name)], timeoutMs=10_000)["answer"]
            self.writes.append(Write(name, NAMES[role], asked, time.monotonic(), answer))

    def until_written(self, region: str, count: int) -> None:
        """Wait until that many more writes are accepted there."""
        goal, limit = self._accepted(region) + count, time.monotonic() + PATIENCE_S
        while self._accepted(region) < goal:
            assert time.monotonic() < limit, "no write was accepted in time"
            time.sleep(0.01)

    def until_fenced(self, count: int) -> None:
        """Wait until each Region has refused that many more writes."""
        goals, limit = {of: self._refused(of) + count for of in REGIONS}, time.monotonic() + PATIENCE_S
        while any(self._refused(of) < goal for of, goal in goals.items()):
            assert time.monotonic() < limit, "no write was refused in time"
            time.sleep(0.01)

    def stop(self) -> None:
        self._stop.set()

    def _accepted(self, region: str) -> int:
        return sum(of.region == region and of.answer == "written" for of in list(self.writes))

    def _refused(self, region: str) -> int:
        return sum(of.region == region and of.answer == "fenced" for of in list(self.writes))


@pytest.fixture
def disturbed(application: Application, network: Network) -> Iterator[None]:
    """Transactions that take time, answers that are lost, replication with a lag."""
    application.bring("active")
    network.script([])
    network.lose_every = LOSE_EVERY
    for source, destination in (REGIONS, REGIONS[::-1]):
        application.faults.between("lag", source, destination, ms=50)
    with application.slow_transactions(ms=5):
        yield
    network.lose_every = 0
    application.faults.connect()


def test_no_write_is_accepted_after_the_fence_none_is_lost_and_none_is_made_twice(
    application: Application, clients: dict[str, Client], disturbed: None
) -> None:
    load, closed = Load(clients), list[Fenced]()
    with ThreadPoolExecutor(2 * WRITERS) as pool:
        writers = [pool.submit(load.run, role) for role in NAMES for _ in range(WRITERS)]
        try:
            for source, target, state in ((PRIMARY, SECONDARY, "failover"), (SECONDARY, PRIMARY, "active")):
                load.until_written(source, WRITTEN_BEFORE_CHANGE)
                application.change(source, "fenced", authority=target)
                since = time.monotonic()
                load.until_fenced(WRITERS + 1)  # one at least was sent after the fence
                application.settle()
                closed += [Fenced(region, since, time.monotonic()) for region in REGIONS]
                application.change(target, state)
            load.until_written(PRIMARY, WRITTEN_BEFORE_CHANGE)
        finally:
            load.stop()
        for writer in writers:
            writer.result(PATIENCE_S)

    application.faults.connect()
    application.settle()
    here, there = (application.stored(region) for region in REGIONS)
    writes = {write.name: write for write in load.writes}
    assert len(writes) == len(load.writes), "one final answer for each write"
    assert here == there
    made = {name: count for name, count in here.items() if name in writes}
    assert set(made.values()) == {1}
    assert {write.answer for write in load.writes} <= {"written", "fenced", "busy", "unknown"}
    assert not {name for name, write in writes.items() if write.answer == "written"} - made.keys()
    assert not {name for name, write in writes.items() if write.answer in ("fenced", "busy")} & made.keys()
    late = [
        (write, fence)
        for write in load.writes
        for fence in closed
        if write.region == fence.region and fence.since <= write.asked and write.answered <= fence.until
    ]
    assert late
    assert {write.answer for write, _ in late} == {"fenced"}
