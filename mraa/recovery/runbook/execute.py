"""Running a runbook's steps, one after the other, each reported and timed.

Nothing is kept between runs but the state itself: a step that failed, and everything after it, is planned again from
the state of both Regions when the command is run again.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import Any

from mraa.aws import Aws, Clock
from mraa.errors import MraaError, NotReadyError, StateConflictError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.models import AppState, AppStateName, RegionInfo, Step
from mraa.recovery.reconcile.discrepancies import Kind
from mraa.recovery.reconcile.reconcile import Reconciliation
from mraa.recovery.regions.estimate import estimate_of, require_confirmable
from mraa.recovery.regions.history import read_history
from mraa.recovery.regions.state import read_state
from mraa.recovery.retries import ATTEMPTS
from mraa.recovery.runbook.drain import Drain
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.report import report_missing
from mraa.recovery.runbook.result import RunbookResult, StepOutcome
from mraa.recovery.runbook.set_state import ChangeRequest, set_state
from mraa.recovery.runbook.verify import state_changed, wait_for_apis, wait_for_peer, wait_for_state


class Executor:
    """Runs steps against the Regions of ``infos``, and no others."""

    def __init__(
        self,
        aws: Aws,
        application: Application,
        infos: Mapping[str, RegionInfo],
        operator: Operator,
        clock: Clock,
        on_event: OnEvent,
        *,
        drain_timeout_s: float,
    ) -> None:
        self._aws = aws
        self._application = application
        self._infos = infos
        self._operator = operator
        self._clock = clock
        self._on_event = on_event
        self._drain_timeout_s = drain_timeout_s
        self._result = RunbookResult()
        self._fence: AppState | None = None
        self._unconfirmed: tuple[str, ...] = ()
        self._compared_at: datetime | None = None
        self._steps: Sequence[Step] = ()
        self._step = ""  # the one that was begun last
        self._changes = 0
        self._highest_epoch = 0  # of this run's own changes: the plan has what was there before
        self._actions: Mapping[str, Callable[[Step, ExitStack], StepOutcome]] = {
            "fence": self._set_fence,
            "drain": self._drain,
            "switch": self._switch,
            "verify": self._verify,
            "report": self._report,
            "reconcile": self._reconcile,
        }

    def run(self, steps: Sequence[Step]) -> RunbookResult:
        """Run all steps. If one fails events say what is done and whether writes stay fenced; its error is raised."""
        self._steps = steps
        try:
            # cleaning up waits for the end: it must not delay the first write
            with ExitStack() as cleanup:
                for step in steps:
                    self._run_step(step, cleanup)
        except (MraaError, KeyboardInterrupt) as error:
            self._say_whether_fenced(error)
            raise
        return self._result

    def _run_step(self, step: Step, cleanup: ExitStack) -> None:
        begun, self._step = self._clock.monotonic(), step.name
        self._on_event(Event(Progress.STARTED, step.name, step.text, step.region))
        try:
            outcome = self._actions[step.name](step, cleanup)
        except (MraaError, KeyboardInterrupt) as error:
            elapsed_s = self._clock.monotonic() - begun
            why = error.message if isinstance(error, MraaError) else "interrupted"
            self._on_event(Event(Progress.FAILED, step.name, "", step.region, reason=why, elapsed_s=elapsed_s))
            done = ", ".join(name for name, _ in self._result.timings) or "nothing"
            self._note(
                f"done so far: {done}; running the same command again is safe and resumes from the current state"
            )
            raise
        elapsed_s = self._clock.monotonic() - begun
        self._result.timings.append((step.name, elapsed_s))
        progress = Progress.DONE if outcome.is_confirmed else Progress.UNCONFIRMED
        self._on_event(Event(progress, step.name, outcome.text, step.region, elapsed_s=elapsed_s))

    def _say_whether_fenced(self, error: MraaError | KeyboardInterrupt) -> None:
        """After a planned move that ended early, also between two steps."""
        is_over = "switch" in (name for name, _ in self._result.timings)
        if is_over or all(step.name != "switch" for step in self._steps) or isinstance(error, StateConflictError):
            return
        ways = "the same command goes on, `mraa unfence` takes the move back"
        if self._fence and self._step != "switch":
            self._note(f"writes stay fenced in both Regions: {ways}")
        elif self._fence or self._changes:
            self._note(f"writes may be fenced in both Regions (`mraa status` tells): {ways}")

    def _note(self, text: str, region: str = "") -> None:
        self._result.notes.append(text)
        self._on_event(Event(Progress.NOTE, "note", text, region))

    # The steps. Each returns what there is to say of it.

    def _set_fence(self, step: Step, _: ExitStack) -> StepOutcome:
        self._require_confirmable()
        self._fence = self._set(step, AppStateName.FENCED, **_expected(step))
        return StepOutcome(f"no Region is writable, epoch {self._fence.epoch}")

    def _require_confirmable(self) -> None:
        """Before the fence, again: since the plan somebody has thought about it, or a comparison has run."""
        if any(step.arguments.get("is_forced") for step in self._steps if step.name == "drain"):
            return
        left = [step for step in self._steps if step.name != "reconcile"]
        estimate = estimate_of(
            self._aws, self._clock, self._application, self._infos, left, compared_at=self._compared_at
        )
        if estimate:
            require_confirmable(estimate, self._drain_timeout_s)

    def _drain(self, step: Step, cleanup: ExitStack) -> StepOutcome:
        source, is_forced = self._infos[step.arguments["source"]], bool(step.arguments["is_forced"])
        fenced_at = None
        if self._fence is None:
            # set by an earlier run: it must still be the one that the plan saw
            record = self._read(source.region)
            if (record.state, record.epoch) != (AppStateName.FENCED, step.arguments["epoch"]):
                raise state_changed(record)
            self._fence = record
            fenced_at = _moment(record.updated_at)
        if is_forced and not self._drain_timeout_s:
            self._unconfirmed = ("nothing was waited for",)
            return self._proceed_unconfirmed(step)
        target = self._infos[step.region]
        drain = Drain(
            self._aws,
            self._clock,
            self._application,
            source,
            target,
            self._fence.epoch,
            self._on_event,
            fenced_at=fenced_at,
            compared_at=self._compared_at,
        )
        cleanup.callback(drain.clean_up)
        self._unconfirmed = drain.run(self._drain_timeout_s, is_forced=is_forced)
        if self._unconfirmed:
            return self._proceed_unconfirmed(step)
        return StepOutcome(f"all that was written has arrived (fence of epoch {self._fence.epoch})")

    def _proceed_unconfirmed(self, step: Step) -> StepOutcome:
        self._note(f"replication unconfirmed, proceeding by --force: {'; '.join(self._unconfirmed)}", step.region)
        return StepOutcome("replication unconfirmed", is_confirmed=False)

    def _switch(self, step: Step, _: ExitStack) -> StepOutcome:
        state = AppStateName(step.arguments["state"])
        if "expected_state" in step.arguments:
            record = self._set(step, state, is_forced=bool(step.arguments["is_forced"]), **_expected(step))
        elif self._unconfirmed:
            record = self._switch_unconfirmed(step, state)
        else:
            fence = self._fence
            assert fence is not None, "a planned switch follows a drain"
            record = self._set(step, state, expected_state=str(fence.state), expected_epoch=fence.epoch)
        return StepOutcome(f"{record.writable_region} is the writer, epoch {record.epoch}")

    def _switch_unconfirmed(self, step: Step, state: AppStateName) -> AppState:
        """From the Region's own state: the fence may not have arrived, or may arrive right now, hence twice."""
        assert self._fence is not None, "a planned switch follows a drain"
        for is_last in (False, True):
            expected = self._read(step.region)
            if expected.epoch > self._fence.epoch:
                break
            with suppress(*() if is_last else (StateConflictError,)):
                return self._set(
                    step,
                    state,
                    is_forced=True,
                    expected_state=str(expected.state),
                    expected_epoch=expected.epoch,
                )
        raise state_changed(expected)

    def _verify(self, step: Step, _: ExitStack) -> StepOutcome:
        target, state = self._infos[step.region], AppStateName(step.arguments["state"])
        record = wait_for_state(self._aws, self._clock, target, state, self._result.state)
        self._result.state = record
        is_forced = bool(step.arguments["is_forced"])
        problem = wait_for_apis(self._aws, self._clock, self._application, target, record, is_forced=is_forced)
        if problem:
            raise MraaError(
                f"{step.region} is set to {state} at epoch {record.epoch}, but its API is not healthy: {problem}.",
                "The state is set; see the API's and the function's logs in this Region.",
            )
        if other := self._infos.get(step.arguments["other"]):
            record, problem = self._verify_peer(step, other, record)
        return StepOutcome(f"{step.region} answers with {state} at epoch {record.epoch}", is_confirmed=not problem)

    def _verify_peer(self, step: Step, other: RegionInfo, record: AppState) -> tuple[AppState, str]:
        """The record once the peer Region has it; what is wrong if it has not, which stops nobody from writing."""
        is_forced = bool(step.arguments["is_forced"])
        problem, answers = wait_for_peer(self._aws, self._clock, other, record, is_forced=is_forced)
        if problem and answers and self._changes and not is_forced:
            # with clocks apart an older write may have won there: the same state set again is the later one
            with suppress(MraaError):
                record = self._set(step, record.state, expected_state=str(record.state), expected_epoch=record.epoch)
                problem, _ = wait_for_peer(self._aws, self._clock, other, record, is_forced=False)
        if problem:
            self._note(f"{problem}; see `mraa status`", other.region)
        return record, problem

    def _report(self, step: Step, _: ExitStack) -> StepOutcome:
        self._result.report = report_missing(
            self._aws, self._clock, self._application, self._infos[step.region], self._clock.now()
        )
        return StepOutcome(str(self._result.report["text"]))

    def _reconcile(self, step: Step, _: ExitStack) -> StepOutcome:
        target, source = self._infos[step.region], self._infos[step.arguments["source"]]
        begun = datetime.fromtimestamp(self._clock.now(), UTC)
        history = read_history(self._aws, self._clock, [target, source])
        comparison = Reconciliation(
            self._aws, self._clock, self._application, target, source, history.changes, self._on_event
        )
        summary = comparison.run(lambda discrepancy: None)
        self._result.reconciliation = summary
        for line in (*summary.lines(), *(discrepancy.text for discrepancy in summary.examples)):
            self._note(line)
        missing = summary.count(Kind.MISSING, region=target.region)
        if missing and not step.arguments["is_forced"]:
            raise NotReadyError(
                f"{missing:,} records or objects of {source.region} are missing in {target.region}.",
                "`mraa reconcile --repair` copies them; --force proceeds anyway, and they stay missing there until "
                "somebody does.",
            )
        if not summary.count(Kind.MISSING, Kind.CONFLICT, Kind.DELETED):
            self._compared_at = begun  # all that was on its way then has arrived
        return StepOutcome("both Regions have the same data" if summary.is_equal else "; ".join(summary.lines()))

    # --- what the steps consist of ----------------------------------------------------------------------------------

    def _set(
        self, step: Step, state: AppStateName, *, expected_state: str, expected_epoch: int, is_forced: bool = False
    ) -> AppState:
        self._changes += 1
        request = ChangeRequest(
            new_state=str(state),
            expected_state=expected_state,
            expected_epoch=expected_epoch,
            requested_by=self._operator.name,
            mark=f"{self._operator.mark}.{self._changes}",
            reason=self._operator.reason,
            is_forced=is_forced,
            authority=step.arguments.get("authority", ""),
            above_epoch=max(step.arguments.get("above_epoch", 0), self._highest_epoch),
        )
        record = set_state(self._aws, self._clock, self._infos[step.region], request)
        self._result.state = record
        self._highest_epoch = max(self._highest_epoch, record.epoch)
        return record

    def _read(self, region: str) -> AppState:
        return read_state(self._aws, self._infos[region], attempts=ATTEMPTS, clock=self._clock)[0]


def _expected(step: Step) -> dict[str, Any]:
    return {
        "expected_state": step.arguments["expected_state"],
        "expected_epoch": step.arguments["expected_epoch"],
    }


def _moment(text: str) -> datetime | None:
    """A time as the function writes it; None for any other format."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
