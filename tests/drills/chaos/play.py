"""Playing schedules on a deployment: load, operators and faults at once; then all is healed, and everybody waits.

After the heal nothing is commanded until both Regions agree by themselves. Only where the protocol does not promise
that (clocks apart, or a last change that nobody acknowledged) and it does not happen, an operator repairs.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from mraa.aws import CLOCK, Aws
from mraa.recovery.drill.ledger import Ledger
from mraa.recovery.drill.load import Load
from mraa.recovery.drill.target import Target
from mraa.recovery.models import AppState, AppStateName, Fence, RegionInfo
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.regions.state import read_state
from mraa.recovery.retries import ATTEMPTS
from mraa_local import control, process
from mraa_local.errors import UnreachableError
from tests.drills.chaos.check import is_repair_expected, is_whole
from tests.drills.chaos.observed import Played, Rest, changes_in
from tests.drills.chaos.operators import PHOTOS, Console, Outcome
from tests.drills.chaos.record import Recorder
from tests.drills.chaos.schedule import Command, Invocation, Schedule, Verb
from tests.local.operating import SETTINGS, Deployment, deploy
from tests.regions import PRIMARY, REGIONS, SECONDARY

REST_LAG_MS = 50
WRITABLE = {"active": PRIMARY, "failover": SECONDARY}
# within so many times the lag, and seconds for a busy machine, both Regions agree after a heal
BOUND_LAGS, BOUND_S = 10, 20.0
_OPERATORS = 2
_COMMAND_S = 120.0
_POLL_S = 0.1
_REPAIRS = 4
_ATTEMPTS = 3


class Stage:
    """One deployment, used for many drills."""

    def __init__(self, deployment: Deployment) -> None:
        self.infos: Mapping[str, RegionInfo] = deployment.regions
        self._fault_url = deployment.environment["MRAA_FAULT_URL"]
        self._aws = Aws()
        self._target = Target(self._aws, Aws, SETTINGS, PHOTOS, [PHOTOS], CLOCK, lambda event: None)
        self._consoles = {
            number: Console(SETTINGS, self.infos, number) for number in range(_OPERATORS + 1)
        }  # 0: whoever prepares and repairs
        self._recorder = Recorder(self._aws, self.infos)
        self._drills = 0
        for info in self.infos.values():
            self._warm_up(info)
        for state in WRITABLE:
            self._bring(state, f"warm-up-{state}")

    def play(self, schedule: Schedule) -> Played:
        """Play one drill, from rest to rest."""
        self._drills += 1
        mark, run_id = f"drill{self._drills}", uuid7(time.time())
        before = self._bring(schedule.first_state, mark)
        self._recorder.read()  # what is past
        self._set_up(schedule)
        ledger, over = Ledger(), threading.Event()
        load = Load(self._target, ledger, run_id, schedule.seed)
        ledger.begin()
        began_at = time.time()
        with load.on(list(self.infos.values()), schedule.writers, schedule.rate):
            outcomes, healed_at_s, hung = self._disrupt(schedule, mark, ledger, over)
            quiet_at_s = ledger.elapsed_s()
        entries = self._recorder.read()
        changes = changes_in(before, entries)
        bound_s = BOUND_LAGS * schedule.lag_ms / 1000 + BOUND_S
        highest = max(changes.highest, *(record.epoch for record, _ in before.values()))
        agreed_at_s = self._wait_for_agreement(highest, ledger, quiet_at_s + bound_s)
        after, repairs, repaired = self._rest(), list[Outcome](), None
        if (agreed_at_s is None or not is_whole(after)) and is_repair_expected(schedule, changes):
            repairs, repaired = self._repair(mark, ledger, bound_s)
        kept = self._kept(run_id, ledger, bound_s)
        entries = sorted([*entries, *self._recorder.read()], key=lambda entry: entry.order)
        for info in self.infos.values():
            PHOTOS.remove(self._aws, CLOCK, info, run_id)
        return Played(
            schedule,
            before,
            entries,
            ledger.closed()[0],
            outcomes,
            began_at,
            healed_at_s,
            quiet_at_s,
            bound_s,
            agreed_at_s,
            after,
            repairs,
            repaired,
            kept,
            hung,
        )

    # --- the disruption -----------------------------------------------------------------------------------------------

    def _disrupt(
        self, schedule: Schedule, mark: str, ledger: Ledger, over: threading.Event
    ) -> tuple[list[Outcome], float, int]:
        """Operators and faults: the outcomes, when all was healed, and how many operators hang even after that."""
        pool = ThreadPoolExecutor(_OPERATORS)
        working = [
            pool.submit(self._consoles[number].work, commands, mark, ledger.elapsed_s, over)
            for number in range(1, _OPERATORS + 1)
            if (commands := [command for command in schedule.commands if command.operator == number])
        ]
        for fault in sorted(schedule.faults, key=lambda fault: fault.at_s):
            over.wait(max(0.0, fault.at_s - ledger.elapsed_s()))
            self._fault(**fault.request)
        over.wait(max(0.0, schedule.heal_at_s - ledger.elapsed_s()))
        self._heal(schedule.lag_ms)
        healed_at_s = ledger.elapsed_s()
        over.set()
        outcomes: list[Outcome] = []
        hung = 0
        for future in working:
            try:
                outcomes += future.result(_COMMAND_S)
            except TimeoutError:
                hung += 1
        pool.shutdown(wait=not hung)
        return outcomes, healed_at_s, hung

    def _fault(self, **request: Any) -> None:
        for _ in range(_ATTEMPTS):
            with suppress(UnreachableError):  # a busy machine
                control.set_fault(self._fault_url, **request)
                return
        control.set_fault(self._fault_url, **request)

    def _set_up(self, schedule: Schedule) -> None:
        self._heal(schedule.lag_ms)
        self._fault(fault="transaction", ms=schedule.transaction_ms)

    def _heal(self, lag_ms: int) -> None:
        """No fault any more; a lag, and contention on the fences, are no faults."""
        for region in REGIONS:
            self._fault(fault="region", region=region, state="up")
            self._fault(fault="clock-skew", region=region, seconds=0)
        for source, target in (REGIONS, REGIONS[::-1]):
            self._fault(fault="lag", ms=lag_ms, **{"from": source, "to": target})
            self._fault(fault="heal", **{"from": source, "to": target})

    def _warm_up(self, info: RegionInfo) -> None:
        """A first request meets a cold start; no drill should be over before its first write."""
        until_s = time.monotonic() + _COMMAND_S
        while problem := PHOTOS.problem(self._aws, info):
            if time.monotonic() > until_s:
                raise AssertionError(f"{info.region}: {problem}")
            time.sleep(_POLL_S)

    # --- rest ---------------------------------------------------------------------------------------------------------

    def _rest(self) -> Rest:
        return {region: self._read(info) for region, info in self.infos.items()}

    def _read(self, info: RegionInfo) -> tuple[AppState, tuple[Fence, ...]]:
        record, fences = read_state(self._aws, info, attempts=ATTEMPTS)
        return record, tuple(fences)

    def _pending(self) -> int:
        ways = control.faults(self._fault_url)["replication"]["directions"]
        return sum(way["pending"]["items"] for way in ways)

    def _wait_for_agreement(self, epoch: int, ledger: Ledger, until_s: float) -> float | None:
        """When both Regions had the same, of at least this epoch, and nothing was on its way; None if they had not."""

        def agree() -> bool:
            if self._pending():
                return False
            one, other = self._rest().values()
            return one == other and one[0].epoch >= epoch

        while ledger.elapsed_s() < until_s:
            agreed_at_s = ledger.elapsed_s()
            if agree():
                time.sleep(2 * _POLL_S)
                if agree():
                    return agreed_at_s
            time.sleep(_POLL_S)
        return None

    def _bring(self, state: str, mark: str) -> Rest:
        """Both Regions at rest in a state, whatever the drill before left."""
        self._heal(REST_LAG_MS)
        self._fault(fault="transaction", ms=0)
        clock = Ledger()
        for attempt in range(_REPAIRS):
            highest = max(record.epoch for record, _ in self._rest().values())
            by_hand = Invocation(0, 0, WRITABLE[state], state, is_forced=True)
            self._consoles[0].run(by_hand, f"{mark}-rest-{attempt}", clock.elapsed_s)
            if self._wait_for_agreement(highest + 1, clock, clock.elapsed_s() + BOUND_S) is not None:
                found = self._rest()
                if is_whole(found):
                    return found
        raise AssertionError(f"the deployment does not come to rest: {self._rest()}")

    def _repair(self, mark: str, ledger: Ledger, bound_s: float) -> tuple[list[Outcome], Rest]:
        """What an operator does whom `mraa status` shows Regions that disagree, until they agree or he gives up."""
        outcomes: list[Outcome] = []
        for attempt in range(_REPAIRS):
            latest = max((record for record, _ in self._rest().values()), key=lambda record: record.epoch)
            outcomes.append(self._consoles[0].run(_repair_of(latest, attempt), f"{mark}-r{attempt}", ledger.elapsed_s))
            until_s = ledger.elapsed_s() + bound_s
            agreed = self._wait_for_agreement(latest.epoch, ledger, until_s)
            if agreed is not None and is_whole(found := self._rest()):
                return outcomes, found
        return outcomes, self._rest()

    def _kept(self, run_id: str, ledger: Ledger, bound_s: float) -> dict[str, frozenset[str]]:
        """The writes that each Region has, once both have the same or after the bound."""
        until_s = ledger.elapsed_s() + bound_s
        while True:
            found = {region: PHOTOS.written_ids(self._aws, CLOCK, info, run_id) for region, info in self.infos.items()}
            if len(set(found.values())) == 1 or ledger.elapsed_s() > until_s:
                return found
            time.sleep(_POLL_S)


@contextmanager
def stage(*, fences: int, alter: Callable[[Path], None] = lambda checkout: None) -> Iterator[Stage]:
    """A deployment on a local cloud of its own; ``alter`` may change the sources of its functions."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MRAA_HOME", home)
        cloud = process.start()
        try:
            (folder := Path(home, "operator")).mkdir()
            with deploy(cloud, folder, fences=fences, alter=alter) as deployment:
                yield Stage(deployment)
        finally:
            process.stop(cloud.port)


def _repair_of(latest: AppState, attempt: int) -> Command:
    """The verb that sets the latest state again; if that was refused, all is fenced first."""
    again = {AppStateName.ACTIVE: "failback", AppStateName.FAILOVER: "failover", AppStateName.FENCED: "fence"}
    if attempt == 1:
        return Verb(0, 0, "fence")
    if attempt > 1 and latest.state is AppStateName.FENCED:
        return Verb(0, 0, "unfence")
    return Verb(0, 0, again[latest.state])
