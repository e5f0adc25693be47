"""The drill: fail over and back under load, and account for every write.

It runs the real runbooks, those of `mraa failover` and `mraa failback`, against the real deployment. Faults come in as
callables: only the local cloud has any, so only there a Region can be lost on purpose.

    planned     load ... failover (fence, drain, switch, verify) ... load ... failback ... load; converge; compare
    unplanned   load ... the primary is lost ... failover --unplanned ... load ... the primary is back; compare the
                stores; heal; converge ... failback ... load; converge; compare
"""

from mraa.aws import Aws, Clock
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.drill import models as marks
from mraa.recovery.drill.cleanup import DrillData
from mraa.recovery.drill.faults import Faults, lagging
from mraa.recovery.drill.ledger import Ledger
from mraa.recovery.drill.load import Load
from mraa.recovery.drill.models import DrillOptions, DrillResult
from mraa.recovery.drill.operate import DrillOperator
from mraa.recovery.drill.verdict import MINIMUM_UNREPLICATED
from mraa.recovery.models import AppStateName, Fate, RegionInfo
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan.runbooks import plan_failback, plan_failover
from mraa.settings import Settings

_POLL_S = 0.2
_SETTLE_S = 120.0
_BACKLOG_S = 60.0
_WARM_UP_S = 60.0


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
        self._clock = clock
        self._on_event = on_event
        self._options = options
        self._faults = faults
        self._primary, self._secondary = settings.regions
        self._ledger = Ledger(clock)
        self._operator = DrillOperator(aws, settings, application, operator, clock, on_event, options, self._ledger)
        self._survived: frozenset[str] = frozenset()
        self._returned: frozenset[str] = frozenset()
        self._listed: frozenset[str] = frozenset()

    def run(self) -> DrillResult:
        """Run the drill. However it ends, faults are healed and the drill's data removed.

        Raises NotReadyError before anything is changed unless the system is healthy and ``active``.
        """
        infos = list(self._operator.require_ready().infos.values())
        data = DrillData(self._aws, self._clock, self._application, *infos)
        data.sweep()
        run_id = uuid7(self._clock.now())
        data.begin(run_id)
        try:
            with lagging(self._faults, self._primary, self._secondary, self._options.lag_ms):
                self._warm_up(infos)
                self._ledger.begin()
                self._ledger.mark(marks.BEGUN)
                seed = self._options.seed
                load = Load(self._aws, self._clock, self._application, self._ledger, run_id, seed)
                with load.on(infos, self._options.writers, self._options.rate):
                    self._phase("load before")
                    if self._options.is_planned:
                        self._operator.move(plan_failover)
                    else:
                        self._lose()
                        self._operator.fail_over_unplanned()
                    self._survived = data.ids(self._secondary, run_id)
                    self._await_write(self._secondary)
                    self._phase("load in the secondary Region")
                    if not self._options.is_planned:
                        self._regain(data, run_id)
                    self._operator.move(plan_failback)
                    self._returned = data.ids(self._primary, run_id)
                    self._await_write(self._primary)
                    self._phase("load after")
                found = self._converged(data, run_id)
                self._ledger.mark(marks.ENDED)
        except (MraaError, KeyboardInterrupt):
            self._operator.say_where_it_ended()
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
            calls=tuple(self._operator.calls),
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

    def _lose(self) -> None:
        assert self._faults is not None, "checked before the drill begins"
        self._await_backlog()
        self._faults.cut(self._primary, self._secondary)
        self._faults.lose(self._primary)
        self._ledger.mark(marks.CUT, self._primary)
        self._on_event(Event(Progress.NOTE, "drill", "lost, with writes in flight", self._primary))

    def _await_backlog(self) -> None:
        """Wait until enough of the newest writes cannot have been replicated yet, or it takes too long."""
        lag_s = (self._options.lag_ms or 0) / 1000
        until = self._clock.monotonic() + _BACKLOG_S
        while self._clock.monotonic() < until:
            since = self._ledger.elapsed_s() - lag_s
            if self._ledger.count(self._primary, Fate.ACKNOWLEDGED, answered_since=since) > MINIMUM_UNREPLICATED:
                return
            self._clock.sleep(_POLL_S / 4)

    def _regain(self, data: DrillData, run_id: str) -> None:
        """The lost Region is back. Replication stays cut until the two stores have been compared, as they are now."""
        assert self._faults is not None
        self._faults.regain(self._primary)
        self._ledger.mark(marks.HEALED, self._primary)
        here, there = (data.ids(region, run_id) for region in (self._primary, self._secondary))
        self._listed = here - there
        self._on_event(
            Event(Progress.NOTE, "drill", f"back; {len(self._listed)} writes are not replicated yet", self._primary)
        )
        self._faults.heal(self._primary, self._secondary)
        until = self._clock.monotonic() + _SETTLE_S
        while True:
            system = self._operator.read_system(attempts=1)
            states = [view.state for view in (system.primary, system.secondary)]
            if all(s and s.state is AppStateName.FAILOVER for s in states) and not system.primary.fence_problem:
                break
            if self._clock.monotonic() > until:
                raise MraaError(f"{self._primary} is back and has not seen the failover after {_SETTLE_S:.0f} s.")
            self._clock.sleep(_POLL_S)
        self._ledger.mark(marks.CONVERGED)

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
        self._on_event(Event(Progress.STARTED, "drill", "waiting until both Regions have the same data"))
        until = self._clock.monotonic() + _SETTLE_S
        while True:
            found = {region: data.ids(region, run_id) for region in self._settings.regions}
            if found[self._primary] == found[self._secondary] or self._clock.monotonic() > until:
                return found
            self._clock.sleep(_POLL_S)

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
