"""The drill: fail over and back under load, and account for every write.

It runs the real runbooks, those of `mraa failover` and `mraa failback`, against the real deployment. Faults come in as
callables: only the local cloud has any, so only there a Region can be lost on purpose.

    planned     load ... failover (fence, drain, switch, verify) ... load ... failback ... load; converge; compare
    unplanned   load ... the primary is lost ... failover --unplanned ... load ... the primary is back; compare the
                stores; heal; converge ... failback ... load; converge; compare
"""

from collections.abc import Callable, Mapping

from mraa.aws import Aws, Clock
from mraa.errors import MraaError, NotReadyError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.drill import models as marks
from mraa.recovery.drill.cleanup import DrillData
from mraa.recovery.drill.faults import Faults, lagging
from mraa.recovery.drill.ledger import Ledger
from mraa.recovery.drill.load import Load
from mraa.recovery.drill.models import AwsCall, DrillOptions, DrillResult, Mark
from mraa.recovery.drill.verdict import MINIMUM_UNREPLICATED
from mraa.recovery.models import AppStateName, Fate, RegionInfo, Step, SystemView
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan import plan_failback, plan_failover, plan_unplanned_failover, reasons_not_ready
from mraa.settings import Settings

_POLL_S = 0.2
_SETTLE_S = 120.0
_ATTEMPTS = 3
_BACKLOG_S = 60.0
_WARM_UP_S = 60.0


class _ToolCrashed(Exception):
    """The operator's tool has crashed, as far as the drill is concerned."""


class Drill:
    """One drill; ``run`` it once."""

    def __init__(
        self,
        aws: Aws,
        settings: Settings,
        application: Application,
        operator: Operator,
        clock: Clock,
        on_event: OnEvent,
        options: DrillOptions,
        faults: Faults | None,
    ) -> None:
        self._aws = aws
        self._settings = settings
        self._application = application
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
        self._calls: list[AwsCall] = []
        self._has_crashed = not options.crash_after

    def run(self) -> DrillResult:
        """Run the drill. However it ends, faults are healed and the drill's data removed.

        Raises NotReadyError before anything is changed unless the system is healthy and ``active``.
        """
        system = self._ready_system()
        infos = list(system.infos.values())
        data = DrillData(self._aws, self._clock, self._application, *infos)
        data.sweep()
        run_id = uuid7(self._clock.now())
        data.begin(run_id)
        try:
            with lagging(self._faults, self._primary, self._secondary, self._options.lag_ms):
                self._warm_up(infos)
                self._begun_at = self._clock.monotonic()
                self._mark(marks.BEGUN)
                load = Load(
                    self._aws,
                    self._clock,
                    self._application,
                    self._ledger,
                    self._begun_at,
                    run_id,
                    self._options.seed,
                )
                with load.on(infos, self._options.writers, self._options.rate):
                    self._phase("load before")
                    if self._options.is_planned:
                        self._move_planned(plan_failover)
                        self._survived = data.ids(self._secondary, run_id)
                    else:
                        self._lose_and_fail_over(data, run_id)
                    self._await_write(self._secondary)
                    self._phase("load in the secondary Region")
                    if not self._options.is_planned:
                        self._regain(data, run_id)
                    self._move_planned(plan_failback)
                    self._returned = data.ids(self._primary, run_id)
                    self._await_write(self._primary)
                    self._phase("load after")
                found = self._converged(data, run_id)
                self._mark(marks.ENDED)
        except (MraaError, KeyboardInterrupt):
            self._say_where()
            raise
        finally:
            self._clean_up(data, run_id)
        writes, made, sightings = self._ledger.closed()
        return DrillResult(
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

    def _warm_up(self, infos: list[RegionInfo]) -> None:
        """A first request meets a cold start, which is not what a drill should measure."""
        for info in infos:
            until = self._clock.monotonic() + _WARM_UP_S
            while (problem := self._application.problem(self._aws, info)) and self._clock.monotonic() < until:
                self._on_event(Event(Progress.RUNNING, "drill", f"warming up: {problem}", info.region))
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
            # planned from the current state, as by another run of the command
            system = self._read_system()
            try:
                self._execute(self._aws, system.infos, plan(system))
                return
            except _ToolCrashed:
                self._on_event(Event(Progress.NOTE, "drill", "the operator's tool crashed; running it again"))

    def _lose_and_fail_over(self, data: DrillData, run_id: str) -> None:
        assert self._faults is not None, "checked before the drill begins"
        self._await_backlog()
        self._faults.cut(self._primary, self._secondary)
        self._faults.lose(self._primary)
        self._mark(marks.CUT, self._primary)
        self._on_event(Event(Progress.NOTE, "drill", "lost, with writes in flight", self._primary))
        self._mark(marks.DECLARED)
        # clients of its own: all of their calls are the failover's
        aws = Aws(self._settings.profile)
        aws.on_call(lambda *call: self._calls.append(AwsCall(*call)))
        survivor = read_survivor(aws, self._settings, self._clock, attempts=_ATTEMPTS)
        assert survivor.info is not None
        self._execute(aws, {self._secondary: survivor.info}, plan_unplanned_failover(survivor))
        self._survived = data.ids(self._secondary, run_id)

    def _await_backlog(self) -> None:
        """Wait until enough of the newest writes cannot have been replicated yet, or it takes too long."""
        lag_s = (self._options.lag_ms or 0) / 1000
        until = self._clock.monotonic() + _BACKLOG_S
        while self._clock.monotonic() < until:
            since = self._clock.monotonic() - self._begun_at - lag_s
            if self._ledger.count(self._primary, Fate.ACKNOWLEDGED, answered_since=since) > MINIMUM_UNREPLICATED:
                return
            self._clock.sleep(_POLL_S / 4)

    def _regain(self, data: DrillData, run_id: str) -> None:
        """The lost Region is back. Replication stays cut until the two stores have been compared, as they are now."""
        assert self._faults is not None
        self._faults.regain(self._primary)
        self._mark(marks.HEALED, self._primary)
        here, there = (data.ids(region, run_id) for region in (self._primary, self._secondary))
        self._listed = here - there
        self._on_event(
            Event(Progress.NOTE, "drill", f"back; {len(self._listed)} writes are not replicated yet", self._primary)
        )
        self._faults.heal(self._primary, self._secondary)
        until = self._clock.monotonic() + _SETTLE_S
        while True:
            system = self._read_system(attempts=1)
            states = [view.state for view in (system.primary, system.secondary)]
            if all(s and s.state is AppStateName.FAILOVER for s in states) and not system.primary.fence_problem:
                break
            if self._clock.monotonic() > until:
                raise MraaError(f"{self._primary} is back and has not seen the failover after {_SETTLE_S:.0f} s.")
            self._clock.sleep(_POLL_S)
        self._mark(marks.CONVERGED)

    def _await_write(self, region: str) -> None:
        """Wait until a write has been acknowledged there after the switch."""
        since = max(m.at for m in self._ledger.closed()[1] if m.name == marks.SWITCH_STARTED)
        until = self._clock.monotonic() + _SETTLE_S
        while not self._ledger.count(region, Fate.ACKNOWLEDGED, sent_since=since):
            if self._clock.monotonic() > until:
                raise MraaError(f"No write was accepted in {region} after the switch.", "See `mraa status`.")
            self._clock.sleep(_POLL_S / 4)

    def _converged(self, data: DrillData, run_id: str) -> dict[str, frozenset[str]]:
        """What each Region has once both have the same, or after a time-out."""
        self._on_event(Event(Progress.STARTED, "drill", "waiting until both Regions have the same"))
        until = self._clock.monotonic() + _SETTLE_S
        while True:
            found = {region: data.ids(region, run_id) for region in self._settings.regions}
            if found[self._primary] == found[self._secondary] or self._clock.monotonic() > until:
                return found
            self._clock.sleep(_POLL_S)

    # --- what they consist of ---------------------------------------------------------------------------------------

    def _read_system(self, attempts: int = _ATTEMPTS) -> SystemView:
        return read_system(self._aws, self._settings, self._clock, self._application, attempts=attempts)

    def _ready_system(self) -> SystemView:
        system = self._read_system()
        reasons = reasons_not_ready(system)
        state = system.primary.state
        if state and state.state is not AppStateName.ACTIVE:
            reasons.append(f"the state is {state.state}: a drill begins and ends in active")
        if reasons:
            raise NotReadyError(f"A drill needs a healthy system: {'; '.join(reasons)}.", "See `mraa status`.")
        return system

    def _execute(self, aws: Aws, infos: Mapping[str, RegionInfo], steps: list[Step]) -> None:
        executor = Executor(
            aws,
            self._application,
            infos,
            self._operator,
            self._clock,
            self._watched,
            drain_timeout_s=self._options.drain_timeout_s,
        )
        executor.run(steps)

    def _watched(self, event: Event) -> None:
        """The runbook's events, passed on; those that change the writable Region are marked."""
        self._on_event(event)
        if event.subject == "fence" and event.progress is Progress.DONE:
            self._mark(marks.FENCE_ACKNOWLEDGED, event.region)
        elif event.subject == "switch" and event.progress is Progress.STARTED:
            self._mark(marks.SWITCH_STARTED, event.region)
        elif event.subject == "switch" and event.progress is Progress.DONE:
            self._mark(marks.SWITCH_ACKNOWLEDGED, event.region)
        elif event.progress in (Progress.STARTED, Progress.DONE) and event.subject in ("drain", "verify"):
            self._mark(f"{event.subject} {event.progress}", event.region)
        if not self._has_crashed and event.progress is Progress.DONE and event.subject == self._options.crash_after:
            self._has_crashed = True
            raise _ToolCrashed

    def _mark(self, name: str, region: str = "") -> None:
        self._ledger.note(Mark(self._clock.monotonic() - self._begun_at, name, region))

    def _say_where(self) -> None:
        """After an interrupted drill: the state that it left, and how to go back."""
        system = self._read_system()
        for view in (system.secondary, system.primary):
            if view.state is None or view.state.state is AppStateName.ACTIVE:
                continue
            verb = "unfence" if view.state.state is AppStateName.FENCED else "failback"
            text = f"interrupted, faults healed; the state is {view.state.state}: `mraa {verb}` goes back"
            self._on_event(Event(Progress.NOTE, "drill", text, view.region))
            return
        self._on_event(Event(Progress.NOTE, "drill", "interrupted, faults healed; the state is active"))

    def _clean_up(self, data: DrillData, run_id: str) -> None:
        try:
            data.remove(run_id)
        except MraaError as error:
            self._on_event(
                Event(
                    Progress.NOTE,
                    "drill",
                    "its data is left behind; a drill an hour later or more removes it",
                    reason=error.message,
                )
            )
