"""The drill: fail over and back under load, and account for every write.

It runs the real runbooks, those of `mraa failover` and `mraa failback`, against the real deployment. Faults come in as
callables: only the local cloud has any, so only there a Region can be lost on purpose.

    planned     load ... failover (fence, drain, switch, verify) ... load ... failback ... load; converge; compare
    unplanned   load ... the primary is lost ... failover --unplanned ... load ... the primary is back; compare the
                stores; heal; converge ... failback ... load; converge; compare

However it ends, the load stops, faults are removed, the state is brought back to active, and the drill's data is
removed, in this order. Each is attempted even if the one before failed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mraa.errors import MraaError
from mraa.events import Progress
from mraa.recovery.drill import models as marks
from mraa.recovery.drill.cleanup import DrillData
from mraa.recovery.drill.faults import Faults, lagging
from mraa.recovery.drill.load import Load
from mraa.recovery.drill.models import DrillOptions, DrillResult, EarlyEnd
from mraa.recovery.drill.operate import SETTLE_S, DrillOperator
from mraa.recovery.drill.readiness import require_writes, warm_up
from mraa.recovery.drill.target import Target
from mraa.recovery.drill.verdict import MINIMUM_UNREPLICATED
from mraa.recovery.models import AppStateName, Fate, RegionInfo, SystemView
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan.runbooks import plan_failback, plan_failover

_POLL_S = 0.2
_BACKLOG_S = 60.0


class Drill:
    """One drill; ``run`` it once.

    ``keep`` is called with what is known by then: before anything is changed, and when the drill has ended early,
    before the state is brought back, which may take minutes.
    """

    def __init__(
        self,
        target: Target,
        operator: Operator,
        options: DrillOptions,
        faults: Faults | None,
        keep: Callable[[DrillResult], None] = lambda result: None,
    ) -> None:
        self._target = target
        self._clock = target.clock
        self._options = options
        self._faults = faults
        self._keep = keep
        self._primary, self._secondary = target.primary, target.secondary
        self._operator = DrillOperator(target, operator, options)
        self._ledger = self._operator.ledger
        self._run_id = uuid7(target.clock.now())
        self._phase = "noting the drill"
        self._found: Mapping[str, frozenset[str]] = {}
        self._survived: frozenset[str] | None = None
        self._returned: frozenset[str] = frozenset()
        self._listed: frozenset[str] = frozenset()

    def run(self) -> DrillResult:
        """Run the drill; it returns however it ends, with ``early_end`` unless it ran to its end.

        Raises NotReadyError before anything is changed unless the system is healthy and ``active`` and accepts a write
        in the primary Region; and what ``keep`` raises then.
        """
        infos = self._operator.require_ready().infos
        data = DrillData(self._target, infos, self._ledger.maybe_written)
        load = Load(self._target, self._ledger, self._run_id, self._options.seed)
        warm_up(self._target, infos)
        require_writes(self._target, data, infos, self._run_id)
        self._keep(self._result(EarlyEnd("beginning", "the drill has not ended, or was killed", "see `mraa status`")))
        early_end = None
        try:
            data.sweep()
            data.begin(self._run_id)
            with lagging(self._target, self._faults, self._options.lag_ms):
                self._run(data, load, list(infos.values()))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whoever called raises it again
            early_end = self._end_early(error, data, load)
        else:
            self._clean_up(data, load)
        return self._result(early_end)

    def _run(self, data: DrillData, load: Load, infos: Sequence[RegionInfo]) -> None:
        self._ledger.begin()
        self._ledger.mark(marks.BEGUN)
        with load.on(infos, self._options.writers, self._options.rate):
            self._load("load before")
            if self._options.is_planned:
                self._phase = "failover"
                self._operator.move(plan_failover)
            else:
                self._phase = "loss of the primary Region"
                self._lose()
                self._phase = "unplanned failover"
                self._operator.fail_over_unplanned()
            self._survived = data.ids(self._secondary, self._run_id, written_to=self._primary)
            self._await_write(self._secondary)
            self._load("load in the secondary Region")
            if not self._options.is_planned:
                self._phase = "return of the primary Region"
                self._regain(data)
            self._phase = "failback"
            self._operator.move(plan_failback)
            self._returned = data.ids(self._primary, self._run_id, written_to=self._secondary)
            self._await_write(self._primary)
            self._load("load after")
        self._phase = "comparison"
        self._found = self._converged(data)
        self._ledger.mark(marks.ENDED)

    # --- the phases -------------------------------------------------------------------------------------------------

    def _load(self, text: str) -> None:
        """Let the writers write, and say what became of the writes that were sent meanwhile."""
        self._phase, since = text, self._ledger.elapsed_s()
        self._target.say(Progress.STARTED, f"{text}, {self._options.phase_s:g} s")
        self._clock.sleep(self._options.phase_s)
        done = ", ".join(
            f"{region} {self._ledger.count(region, Fate.ACKNOWLEDGED, sent_since=since)} acknowledged, "
            f"{self._ledger.count(region, Fate.REFUSED, sent_since=since)} refused"
            for region in (self._primary, self._secondary)
        )
        self._target.say(Progress.DONE, f"{text}: {done}")

    def _lose(self) -> None:
        assert self._faults is not None, "checked before the drill begins"
        self._await_backlog()
        self._faults.cut(self._primary, self._secondary)
        self._faults.lose(self._primary)
        self._ledger.mark(marks.CUT, self._primary)
        self._target.say(Progress.NOTE, "lost, with writes in flight", self._primary)

    def _await_backlog(self) -> None:
        """Wait until enough of each application's newest writes cannot have been replicated, or it takes too long."""
        lag_s = (self._options.lag_ms or 0) / 1000
        until = self._clock.monotonic() + _BACKLOG_S
        while self._clock.monotonic() < until:
            if self._fewest(self._primary, answered_since=self._ledger.elapsed_s() - lag_s) > MINIMUM_UNREPLICATED:
                return
            self._clock.sleep(_POLL_S / 4)

    def _regain(self, data: DrillData) -> None:
        """The lost Region is back. Replication stays cut until the two stores have been compared, as they are now."""
        assert self._faults is not None
        self._faults.regain(self._primary)
        self._ledger.mark(marks.HEALED, self._primary)
        here, there = (
            data.ids(region, self._run_id, written_to=self._primary, besides=self._survived or frozenset())
            for region in (self._primary, self._secondary)
        )
        self._listed = here - there
        # what was under way when the Region was lost may have arrived since
        self._survived = (self._survived or frozenset()) | there
        self._target.say(Progress.NOTE, f"back; {len(self._listed)} writes are not replicated yet", self._primary)
        self._faults.heal(self._primary, self._secondary)
        if self._operator.wait_until(_has_failed_over) is None:
            raise MraaError(
                f"{self._primary} is back and has not seen the failover after {SETTLE_S:.0f} s.", "See `mraa status`."
            )
        self._ledger.mark(marks.CONVERGED)

    def _await_write(self, region: str) -> None:
        """Wait until each application has acknowledged a write there after the switch."""
        since = max(m.at for m in self._ledger.closed()[1] if m.name == marks.SWITCH_STARTED)
        until = self._clock.monotonic() + SETTLE_S
        while not self._fewest(region, sent_since=since):
            if self._clock.monotonic() > until:
                raise MraaError(f"No write was accepted in {region} after the switch.", "See `mraa status`.")
            self._clock.sleep(_POLL_S / 4)

    def _fewest(self, region: str, **since: float) -> int:
        """How many writes the application acknowledged that has acknowledged the fewest."""
        return min(
            self._ledger.count(region, Fate.ACKNOWLEDGED, application=workload.name, **since)
            for workload in self._target.workloads
        )

    def _converged(self, data: DrillData) -> Mapping[str, frozenset[str]]:
        """What each Region has once both have the same, or after a time-out."""
        self._target.say(Progress.STARTED, "waiting until both Regions have the same data")
        until = self._clock.monotonic() + SETTLE_S
        found = {region: data.ids(region, self._run_id) for region in (self._primary, self._secondary)}
        while found[self._primary] != found[self._secondary] and self._clock.monotonic() <= until:
            self._clock.sleep(_POLL_S)
            alike = found[self._primary] & found[self._secondary]
            found = {region: alike | data.ids(region, self._run_id, besides=alike) for region in found}
        return found

    # --- how it ends ------------------------------------------------------------------------------------------------

    def _end_early(self, error: BaseException, data: DrillData, load: Load) -> EarlyEnd:
        """Bring the state back and clean up; what was measured is kept before that."""
        self._ledger.mark(marks.ENDED_EARLY)
        end = EarlyEnd(self._phase, _reason(error), "going back to active was not finished: see `mraa status`", error)
        self._target.say(Progress.FAILED, f"ended early ({end.phase})", reason=end.reason)
        try:
            self._keep(self._result(end))
        except (MraaError, OSError, KeyboardInterrupt) as problem:
            self._target.say(Progress.NOTE, "no report yet", reason=_reason(problem))
        try:
            afterwards = self._operator.bring_back()
            self._target.say(Progress.NOTE, afterwards)
        finally:
            self._clean_up(data, load)
        return replace(end, afterwards=afterwards)

    def _clean_up(self, data: DrillData, load: Load) -> None:
        try:
            data.wait_for(self._run_id, load.unanswered)
            data.remove(self._run_id)
        except (MraaError, KeyboardInterrupt) as error:
            text = "its data is left behind; a drill an hour later or more removes it"
            self._target.say(Progress.NOTE, text, reason=_reason(error))

    def _result(self, early_end: EarlyEnd | None) -> DrillResult:
        writes, made, sightings = self._ledger.closed()
        options = self._options
        return DrillResult(
            is_planned=options.is_planned,
            primary=self._primary,
            secondary=self._secondary,
            lag_s=(options.lag_ms or 0) / 1000,
            writes=writes,
            marks=made,
            sightings=sightings,
            found=self._found,
            survived=self._survived,
            returned=self._returned,
            listed=self._listed,
            calls=tuple(self._operator.calls),
            settings={"writers": options.writers, "rate": options.rate, "seed": options.seed},
            applications=tuple(workload.name for workload in self._target.workloads),
            early_end=early_end,
        )


def _has_failed_over(system: SystemView) -> bool:
    states = [view.state for view in system.views]
    return all(s and s.state is AppStateName.FAILOVER for s in states) and not system.primary.fence_problem


def _reason(error: BaseException) -> str:
    """Why, in a line, without a full stop."""
    match error:
        case MraaError():
            return error.message.rstrip(".")
        case KeyboardInterrupt():
            return f"interrupted ({str(error) or 'Ctrl-C'})"
        case _:
            return f"{type(error).__name__}: {error}"
