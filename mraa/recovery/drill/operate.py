"""The operator of a drill: runs the real runbooks, as the commands do, and marks what they do in the ledger."""

from collections.abc import Callable, Mapping

from mraa.aws import Aws, Clock
from mraa.errors import NotReadyError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.drill import models as marks
from mraa.recovery.drill.ledger import Ledger
from mraa.recovery.drill.models import AwsCall, DrillOptions
from mraa.recovery.models import AppStateName, RegionInfo, Step, SystemView
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.recovery.retries import ATTEMPTS
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan.runbooks import plan_unplanned_failover, reasons_not_ready
from mraa.settings import Settings


class _ToolCrashed(Exception):
    """The operator's tool has crashed, as far as the drill is concerned."""


class DrillOperator:
    """Fails over and back. ``calls`` are the AWS calls of the unplanned failover."""

    def __init__(
        self,
        aws: Aws,
        settings: Settings,
        application: Application,
        operator: Operator,
        clock: Clock,
        on_event: OnEvent,
        options: DrillOptions,
        ledger: Ledger,
    ) -> None:
        self._aws = aws
        self._settings = settings
        self._application = application
        self._operator = operator
        self._clock = clock
        self._on_event = on_event
        self._options = options
        self._ledger = ledger
        self._has_crashed = not options.crash_after
        self.calls: list[AwsCall] = []

    def read_system(self, attempts: int = ATTEMPTS) -> SystemView:
        """Both Regions as they are now."""
        return read_system(self._aws, self._settings, self._clock, self._application, attempts=attempts)

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

    def move(self, plan: Callable[[SystemView], list[Step]]) -> None:
        """A planned failover or failback, run twice if the tool is to crash on the way."""
        self._ledger.mark(marks.DECLARED)
        for _ in range(2):
            # planned from the current state, as by another run of the command
            system = self.read_system()
            try:
                self._execute(self._aws, system.infos, plan(system))
                return
            except _ToolCrashed:
                self._on_event(Event(Progress.NOTE, "drill", "the operator's tool crashed; running it again"))

    def fail_over_unplanned(self) -> None:
        """From the secondary Region alone."""
        self._ledger.mark(marks.DECLARED)
        # clients of its own: all of their calls are the failover's
        aws = Aws(self._settings.profile)
        aws.on_call(lambda *call: self.calls.append(AwsCall(*call)))
        survivor = read_survivor(aws, self._settings, self._clock, attempts=ATTEMPTS)
        assert survivor.info is not None, "a survivor that cannot be read raises"
        self._execute(aws, {survivor.region: survivor.info}, plan_unplanned_failover(survivor))

    def say_where_it_ended(self) -> None:
        """After an interrupted drill: the state that it left, and how to go back."""
        system = self.read_system()
        for view in (system.secondary, system.primary):
            if view.state is None or view.state.state is AppStateName.ACTIVE:
                continue
            verb = "unfence" if view.state.state is AppStateName.FENCED else "failback"
            text = f"interrupted, faults healed; the state is {view.state.state}: `mraa {verb}` goes back"
            self._on_event(Event(Progress.NOTE, "drill", text, view.region))
            return
        self._on_event(Event(Progress.NOTE, "drill", "interrupted, faults healed; the state is active"))

    def _execute(self, aws: Aws, infos: Mapping[str, RegionInfo], steps: list[Step]) -> None:
        executor = Executor(
            aws,
            self._application,
            infos,
            self._operator,
            self._clock,
            self._watch,
            drain_timeout_s=self._options.drain_timeout_s,
        )
        executor.run(steps)

    def _watch(self, event: Event) -> None:
        """The runbook's events, passed on; those that change the writable Region are marked."""
        self._on_event(event)
        if event.subject == "fence" and event.progress is Progress.DONE:
            self._ledger.mark(marks.FENCE_ACKNOWLEDGED, event.region)
        elif event.subject == "switch" and event.progress is Progress.STARTED:
            self._ledger.mark(marks.SWITCH_STARTED, event.region)
        elif event.subject == "switch" and event.progress is Progress.DONE:
            self._ledger.mark(marks.SWITCH_ACKNOWLEDGED, event.region)
        elif event.progress in (Progress.STARTED, Progress.DONE) and event.subject in ("drain", "verify"):
            self._ledger.mark(f"{event.subject} {event.progress}", event.region)
        if not self._has_crashed and event.progress is Progress.DONE and event.subject == self._options.crash_after:
            self._has_crashed = True
            raise _ToolCrashed
