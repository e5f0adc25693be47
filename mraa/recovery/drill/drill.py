"""The drill: fail over and back under load, and keep account of every write.

It runs the real runbooks, those of `mraa failover` and `mraa failback`, against the real deployment. Faults come in as
callables: only the local cloud has any, so only there a Region can be lost on purpose.

    planned     load ... failover (fence, drain, switch, verify) ... load ... failback ... load; converge; compare
    unplanned   load ... the primary is lost ... failover --unplanned ... load ... the primary is back; compare the
                stores; heal; converge ... failback ... load; converge; compare
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mraa.aws import Aws, Clock
from mraa.errors import MraaError, NotReadyError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.drill import ledger as marks
from mraa.recovery.drill.cleanup import DrillData
from mraa.recovery.drill.ledger import Call, Fate, Ledger, Mark, Record
from mraa.recovery.drill.load import Load
from mraa.recovery.drill.verdict import MINIMUM_UNREPLICATED
from mraa.recovery.models import AppStateName, RegionalFacts, Step, SystemView
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.regions.state import photos_problem, read_survivor, read_system
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan import plan_failback, plan_failover, plan_unplanned_failover, reasons_not_ready
from mraa.settings import Settings

_POLL_S = 0.2
_SETTLE_S = 120.0
_ATTEMPTS = 3
_BACKLOG_S = 60.0
_WARM_UP_S = 60.0


@dataclass(frozen=True)
class Faults:
    """What can be broken on purpose, where something can."""

    lose: Callable[[str], None]  # a Region
    regain: Callable[[str], None]
    cut: Callable[[str, str], None]  # replication from one Region to another
    heal: Callable[[str, str], None]
    lag: Callable[[str, str], int]  # milliseconds
    set_lag: Callable[[str, str, int], None]


@dataclass(frozen=True)
class Options:
    """How a drill is run.

    ``rate`` is writes a second and Region; ``lag_ms`` None leaves the lag as it is. ``stumble_after`` names a step of
    the runbook (fence, drain, switch) after which its operator's tool dies and is run again.
    """

    is_planned: bool
    writers: int = 4
    rate: float = 20.0
    phase_s: float = 3.0
    seed: int = 1
    lag_ms: int | None = None
    drain_timeout_s: float = 300.0
    stumble_after: str = ""


class _Stumble(Exception):
    """The operator's tool has died, as far as the drill is concerned."""


class Drill:
    """One drill; ``run`` it once."""

    def __init__(
        self,
        aws: Aws,
        settings: Settings,
        operator: Operator,
        clock: Clock,
        on_event: OnEvent,
        options: Options,
        faults: Faults | None,
    ) -> None:
        self._aws = aws
        self._settings = settings
        self._operator = operator
        self._clock = clock
        self._on_event = on_event
        self._options = options
        self._faults = faults
        self._primary, self._secondary = settings.regions
        self._ledger = Ledger()
        self._begun_at = clock.monotonic()
        self._survived: frozenset[str] = frozenset()
        self._returned: frozenset[str] = frozenset()
        self._listed: frozenset[str] = frozenset()
        self._calls: list[Call] = []
        self._has_stumbled = not options.stumble_after

    def run(self) -> Record:
        """Drill; the record. Whatever happens, faults are healed and the drill's data removed.

        Raises NotReadyError before anything is touched where the system is not whole and ``active``.
        """
        system = self._ready_system()
        facts = [view.facts for view in (system.primary, system.secondary) if view.facts]
        data = DrillData(self._aws, self._clock, facts[0], facts[1])
        data.sweep()
        photo_id = uuid7(self._clock.now())
        data.begin(photo_id)
        try:
            with self._faults_set():
                self._warm_up(facts)
                self._begun_at = self._clock.monotonic()
                self._mark(marks.BEGUN)
                load = Load(self._aws, self._clock, self._ledger, self._begun_at, photo_id, self._options.seed)
                with load.on(facts, self._options.writers, self._options.rate):
                    self._phase("load before")
                    if self._options.is_planned:
                        self._move_planned(plan_failover)
                        self._survived = data.ids(self._secondary, photo_id)
                    else:
                        self._lose_and_fail_over(data, photo_id)
                    self._await_write(self._secondary)
                    self._phase("load in the secondary Region")
                    if not self._options.is_planned:
                        self._regain(data, photo_id)
                    self._move_planned(plan_failback)
                    self._returned = data.ids(self._primary, photo_id)
                    self._await_write(self._primary)
                    self._phase("load after")
                found = self._converged(data, photo_id)
                self._mark(marks.ENDED)
        except (MraaError, KeyboardInterrupt):
            self._say_where()
            raise
        finally:
            self._tidy(data, photo_id)
        writes, made, sightings = self._ledger.closed()
        return Record(
            is_planned=self._options.is_planned,
            primary=self._primary,
            secondary=self._secondary,
            lag_s=(self._options.lag_ms or 0) / 1000,
            writes=writes,
            marks=made,
            sightings=sightings,
            found=found,
            survived=self._survived,
            returned=self._returned,
            listed=self._listed,
            calls=tuple(self._calls),
            settings={"writers": self._options.writers, "rate": self._options.rate, "seed": self._options.seed},
        )

    # --- the phases -------------------------------------------------------------------------------------------------

    def _warm_up(self, facts: list[RegionalFacts]) -> None:
        """A first request finds functions cold, which is not what a drill is to measure."""
        for each in facts:
            until = self._clock.monotonic() + _WARM_UP_S
            while (problem := photos_problem(self._aws, each)) and self._clock.monotonic() < until:
                self._on_event(Event(Progress.RUNNING, "drill", f"warming up: {problem}", each.region))
                self._clock.sleep(_POLL_S)

    def _phase(self, text: str) -> None:
        self._on_event(Event(Progress.STARTED, "drill", f"{text}, {self._options.phase_s:.0f} s"))
        self._clock.sleep(self._options.phase_s)
        done = ", ".join(
            f"{region} {self._ledger.count(region, Fate.ACKNOWLEDGED)} acknowledged, "
            f"{self._ledger.count(region, Fate.REFUSED)} refused"
            for region in self._settings.regions
        )
        self._on_event(Event(Progress.DONE, "drill", f"{text}: {done}"))

    def _move_planned(self, plan: Callable[[SystemView], list[Step]]) -> None:
        self._mark(marks.DECLARED)
        for _ in range(2):
            # planned anew from what the Regions say, as by another run of the command
            system = read_system(self._aws, self._settings, self._clock, attempts=_ATTEMPTS)
            facts = {view.region: view.facts for view in (system.primary, system.secondary) if view.facts}
            try:
                self._execute(self._aws, facts, plan(system))
                return
            except _Stumble:
                self._on_event(Event(Progress.NOTE, "drill", "the operator's tool has died; it is run again"))

    def _lose_and_fail_over(self, data: DrillData, photo_id: str) -> None:
        assert self._faults is not None, "checked before the drill begins"
        self._await_backlog()
        self._faults.cut(self._primary, self._secondary)
        self._faults.lose(self._primary)
        self._mark(marks.CUT, self._primary)
        self._on_event(Event(Progress.NOTE, "drill", "lost, with writes in flight", self._primary))
        self._mark(marks.DECLARED)
        # clients of its own: their calls are the failover's and nobody else's
        aws = Aws(self._settings.profile)
        aws.on_call(lambda *call: self._calls.append(Call(*call)))
        survivor = read_survivor(aws, self._settings, self._clock, attempts=_ATTEMPTS)
        assert survivor.facts is not None
        self._execute(aws, {self._secondary: survivor.facts}, plan_unplanned_failover(survivor))
        self._survived = data.ids(self._secondary, photo_id)

    def _await_backlog(self) -> None:
        """Until enough of the newest writes cannot have been replicated yet, or it takes too long."""
        lag_s = (self._options.lag_ms or 0) / 1000
        until = self._clock.monotonic() + _BACKLOG_S
        while self._clock.monotonic() < until:
            since = self._clock.monotonic() - self._begun_at - lag_s
            if self._ledger.count(self._primary, Fate.ACKNOWLEDGED, answered_since=since) > MINIMUM_UNREPLICATED:
                return
            self._clock.sleep(_POLL_S / 4)

    def _regain(self, data: DrillData, photo_id: str) -> None:
        """The lost Region is back. Replication is held until the two stores have been compared, as they are now."""
        assert self._faults is not None
        self._faults.regain(self._primary)
        self._mark(marks.HEALED, self._primary)
        here, there = (data.ids(region, photo_id) for region in (self._primary, self._secondary))
        self._listed = here - there
        self._on_event(
            Event(Progress.NOTE, "drill", f"back; {len(self._listed)} writes are not replicated yet", self._primary)
        )
        self._faults.heal(self._primary, self._secondary)
        until = self._clock.monotonic() + _SETTLE_S
        while True:
            system = read_system(self._aws, self._settings, self._clock)
            states = [view.state for view in (system.primary, system.secondary)]
            if all(s and s.state is AppStateName.FAILOVER for s in states) and not system.primary.fence_problem:
                break
            if self._clock.monotonic() > until:
                raise MraaError(f"{self._primary} is back and does not see the failover after {_SETTLE_S:.0f} s.")
            self._clock.sleep(_POLL_S)
        self._mark(marks.CONVERGED)

    def _await_write(self, region: str) -> None:
        """Until a write has been acknowledged there after the switch."""
        since = max(m.at for m in self._ledger.closed()[1] if m.name == marks.SWITCH_STARTED)
        until = self._clock.monotonic() + _SETTLE_S
        while not self._ledger.count(region, Fate.ACKNOWLEDGED, sent_since=since):
            if self._clock.monotonic() > until:
                raise MraaError(f"No write was accepted in {region} after the switch.", "See `mraa status`.")
            self._clock.sleep(_POLL_S / 4)

    def _converged(self, data: DrillData, photo_id: str) -> dict[str, frozenset[str]]:
        """What each Region has once both have the same, or once they do not come any closer."""
        self._on_event(Event(Progress.STARTED, "drill", "waiting until both Regions hold the same"))
        until = self._clock.monotonic() + _SETTLE_S
        while True:
            found = {region: data.ids(region, photo_id) for region in self._settings.regions}
            if found[self._primary] == found[self._secondary] or self._clock.monotonic() > until:
                return found
            self._clock.sleep(_POLL_S)

    # --- what they are made of --------------------------------------------------------------------------------------

    def _ready_system(self) -> SystemView:
        system = read_system(self._aws, self._settings, self._clock, attempts=_ATTEMPTS)
        reasons = reasons_not_ready(system)
        state = system.primary.state
        if state and state.state is not AppStateName.ACTIVE:
            reasons.append(f"the state is {state.state}: a drill begins and ends in active")
        if reasons:
            raise NotReadyError(f"A drill needs a system that is well: {'; '.join(reasons)}.", "See `mraa status`.")
        return system

    def _execute(self, aws: Aws, facts: dict[str, RegionalFacts], steps: list[Step]) -> None:
        executor = Executor(
            aws, facts, self._operator, self._clock, self._watched, drain_timeout_s=self._options.drain_timeout_s
        )
        executor.run(steps)

    def _watched(self, event: Event) -> None:
        """The runbook's events, passed on; those that change who may write are marked."""
        self._on_event(event)
        if event.subject == "fence" and event.progress is Progress.DONE:
            self._mark(marks.FENCE_ACKNOWLEDGED, event.region)
        elif event.subject == "switch" and event.progress is Progress.STARTED:
            self._mark(marks.SWITCH_STARTED, event.region)
        elif event.subject == "switch" and event.progress is Progress.DONE:
            self._mark(marks.SWITCH_ACKNOWLEDGED, event.region)
        elif event.progress in (Progress.STARTED, Progress.DONE) and event.subject in ("drain", "verify"):
            self._mark(f"{event.subject} {event.progress}", event.region)
        if not self._has_stumbled and event.progress is Progress.DONE and event.subject == self._options.stumble_after:
            self._has_stumbled = True
            raise _Stumble

    def _mark(self, name: str, region: str = "") -> None:
        self._ledger.note(Mark(self._clock.monotonic() - self._begun_at, name, region))

    @contextlib.contextmanager
    def _faults_set(self) -> Iterator[None]:
        """The lag that was asked for, and at the end no fault that this drill set."""
        if self._faults is None:
            yield
            return
        lag_ms = self._options.lag_ms
        links = [(self._primary, self._secondary), (self._secondary, self._primary)]
        before = {link: self._faults.lag(*link) for link in links} if lag_ms is not None else {}
        try:
            if lag_ms is not None:
                for link in links:
                    self._faults.set_lag(*link, lag_ms)
            yield
        finally:
            self._faults.regain(self._primary)
            self._faults.heal(self._primary, self._secondary)
            for link, ms in before.items():
                self._faults.set_lag(*link, ms)

    def _say_where(self) -> None:
        """After a drill that was cut short: how the application was left, and the way back."""
        system = read_system(self._aws, self._settings, self._clock, attempts=_ATTEMPTS)
        for view in (system.secondary, system.primary):
            if view.state is None or view.state.state is AppStateName.ACTIVE:
                continue
            verb = "unfence" if view.state.state is AppStateName.FENCED else "failback"
            text = f"cut short, faults healed; the state is {view.state.state}: `mraa {verb}` goes back"
            self._on_event(Event(Progress.NOTE, "drill", text, view.region))
            return
        self._on_event(Event(Progress.NOTE, "drill", "cut short, faults healed; the state is active"))

    def _tidy(self, data: DrillData, photo_id: str) -> None:
        try:
            data.remove(photo_id)
        except MraaError as error:
            self._on_event(
                Event(
                    Progress.NOTE, "drill", "its data is left behind; the next drill removes it", reason=error.message
                )
            )
