"""The operator of a drill: runs the real runbooks, as the commands do, and marks what they do in the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from mraa.aws import Aws
from mraa.errors import MraaError, NotReadyError
from mraa.events import Event, Progress
from mraa.recovery.drill import models as marks
from mraa.recovery.drill.ledger import Ledger
from mraa.recovery.drill.models import AwsCall, DrillOptions
from mraa.recovery.drill.target import Target
from mraa.recovery.models import AppState, AppStateName, RegionInfo, Step, SystemView
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.recovery.retries import ATTEMPTS
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan.runbooks import (
    plan_failback,
    plan_unfence,
    plan_unplanned_failover,
    reasons_not_ready,
)

SETTLE_S = 120.0
_LATE_S = 5.0  # a change of state whose answer did not come may still be made
_POLL_S = 0.2
_BOUNDS = (Progress.STARTED, Progress.DONE, Progress.UNCONFIRMED)

Plan = Callable[[SystemView], list[Step]]


class _ToolCrashed(Exception):
    """The operator's tool has crashed, as far as the drill is concerned."""


class DrillOperator:
    """Fails over and back. ``calls`` are the AWS calls of the unplanned failover."""

    def __init__(self, target: Target, operator: Operator, options: DrillOptions) -> None:
        self._target = target
        self._operator = operator
        self._options = options
        self._has_crashed = not options.crash_after
        self._runs = 0
        self._is_changing = False
        self.ledger = Ledger(target.clock)
        self.calls: list[AwsCall] = []

    def read_system(self, attempts: int = ATTEMPTS) -> SystemView:
        """Both Regions as they are now."""
        target = self._target
        return read_system(target.aws, target.settings, target.clock, target.application, attempts=attempts)

    def require_ready(self) -> SystemView:
        """Both Regions; NotReadyError unless they are healthy and ``active``."""
        system = self.read_system()
        reasons = reasons_not_ready(system)
        state = system.primary.state
        if state and state.state is not AppStateName.ACTIVE:
            reasons.append(f"the state is {state.state}: a drill begins and ends in active")
        if reasons:
            raise NotReadyError(f"A drill requires a healthy system: {'; '.join(reasons)}.", "See `mraa status`.")
        return system

    def move(self, plan: Plan) -> None:
        """A planned failover or failback, run twice if the tool is to crash on the way."""
        self.ledger.mark(marks.DECLARED)
        for _ in range(2):
            # planned from the current state, as by another run of the command
            system = self.read_system()
            try:
                self._execute(self._target.aws, system.infos, plan(system))
                return
            except _ToolCrashed:
                self._target.say(Progress.NOTE, "the operator's tool crashed; running it again")

    def fail_over_unplanned(self) -> None:
        """From the secondary Region alone."""
        self.ledger.mark(marks.DECLARED)
        target = self._target
        # clients of its own: all of their calls are the failover's
        aws = target.new_aws()
        aws.on_call(lambda *call: self.calls.append(AwsCall(*call)))
        survivor = read_survivor(aws, target.settings, target.clock, attempts=ATTEMPTS)
        assert survivor.info is not None, "a survivor that cannot be read raises"
        self._execute(aws, {survivor.region: survivor.info}, plan_unplanned_failover(survivor))

    def wait_until(self, is_met: Callable[[SystemView], bool]) -> SystemView | None:
        """Both Regions once it is met; None after the time-out."""
        clock = self._target.clock
        until = clock.monotonic() + SETTLE_S
        while not is_met(system := self.read_system(attempts=1)):
            if clock.monotonic() > until:
                return None
            clock.sleep(_POLL_S)
        return system

    def bring_back(self) -> str:
        """Return to ``active`` by the runbooks of the commands, however far the drill has come.

        Returns in words how that ended; if it failed, which command goes back.
        """
        self._has_crashed = True  # the tool does not crash on the way back
        verb = ""
        try:
            if self._is_changing:
                self._target.clock.sleep(_LATE_S)
            system = self.wait_until(_is_settled) or self.read_system()
            verb, plan = _way_back(system)
            if not verb:
                return "the state is active"
            if not self._is_own(latest := _latest(system)):
                if latest and latest.state is AppStateName.ACTIVE:
                    return "the state is active, as before, but the Regions do not answer alike: see `mraa status`"
                named = f"{latest.state}, set by {latest.updated_by or 'somebody else'}" if latest else "not known"
                return f"the state is {named}, and left so: see `mraa status`; `mraa {verb}` goes back to active"
            self._target.say(Progress.STARTED, f"going back to active, as `mraa {verb}` does")
            self._execute(self._target.aws, system.infos, plan(system))
            return f"the state is active again, as by `mraa {verb}`"
        except (MraaError, KeyboardInterrupt) as error:
            why = error.message if isinstance(error, MraaError) else "interrupted."
            hint = f" {error.hint}" if isinstance(error, MraaError) and error.hint else ""
            return f"going back to active failed: {why}{hint} {self._say_how_to_go_back(verb)}"

    def _is_own(self, state: AppState | None) -> bool:
        """Whether this drill set it: what somebody else has fenced meanwhile must stay fenced."""
        return state is not None and f"[{self._operator.mark}-" in state.updated_by

    def _say_how_to_go_back(self, verb: str) -> str:
        try:
            system = self.read_system()
        except (MraaError, KeyboardInterrupt):
            state = None
        else:
            state = _latest(system)
            verb = _way_back(system)[0] if state else verb
        if state and not verb:
            return "The state is active now"
        named = f"The state is {state.state}" if state else "The state is not known"
        return f"{named}: `mraa {verb or 'status'}` {'goes back to active' if verb else 'shows it'}"

    def _execute(self, aws: Aws, infos: Mapping[str, RegionInfo], steps: list[Step]) -> None:
        # as from another run of the command, each has a mark of its own
        self._runs += 1
        executor = Executor(
            aws,
            self._target.application,
            infos,
            replace(self._operator, mark=f"{self._operator.mark}-{self._runs}"),
            self._target.clock,
            self._watch,
            drain_timeout_s=self._options.drain_timeout_s,
        )
        executor.run(steps)

    def _watch(self, event: Event) -> None:
        """The runbook's events, passed on; those that change the writable Region are marked."""
        self._target.on_event(event)
        if event.subject in ("fence", "switch"):
            self._is_changing = event.progress is not Progress.DONE
        if event.subject == "fence" and event.progress is Progress.DONE:
            self.ledger.mark(marks.FENCE_ACKNOWLEDGED, event.region)
        elif event.subject == "switch" and event.progress is Progress.STARTED:
            self.ledger.mark(marks.SWITCH_STARTED, event.region)
        elif event.subject == "switch" and event.progress is Progress.DONE:
            self.ledger.mark(marks.SWITCH_ACKNOWLEDGED, event.region)
        elif event.progress in _BOUNDS and event.subject in ("drain", "verify"):
            self.ledger.mark(f"{event.subject} {event.progress}", event.region)
        if not self._has_crashed and event.progress is Progress.DONE and event.subject == self._options.crash_after:
            self._has_crashed = True
            raise _ToolCrashed


def _latest(system: SystemView) -> AppState | None:
    return max((view.state for view in system.views if view.state), key=lambda state: state.epoch, default=None)


def _is_settled(system: SystemView) -> bool:
    """Whether both Regions answer with the same state, fences included."""
    states = {(view.state.state, view.state.epoch) if view.state else None for view in system.views}
    return len(states) == 1 and None not in states and not any(view.fence_problem for view in system.views)


def _way_back(system: SystemView) -> tuple[str, Plan]:
    """The command that leads to ``active`` and its plan; no command if that is the state already."""
    latest = _latest(system)
    if latest and latest.state is AppStateName.ACTIVE and _is_settled(system):
        return "", plan_failback
    is_move_begun = latest and latest.state is AppStateName.FENCED and latest.previous_state == AppStateName.ACTIVE
    return ("unfence", plan_unfence) if is_move_begun else ("failback", plan_failback)
