"""Running a runbook's steps, one after the other, each told and timed.

Nothing is remembered between runs but the state itself: a step that failed, and everything after it, is planned anew
from what the Regions say when the command is run again.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from mraa.aws import Aws, Clock
from mraa.errors import AwsError, MraaError, NotReadyError, StateConflictError, UnreachableError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import AppState, AppStateName, RegionalFacts, Step
from mraa.recovery.patience import patiently
from mraa.recovery.reconcile.discrepancies import Kind, Summary
from mraa.recovery.reconcile.reconcile import Reconciliation
from mraa.recovery.regions.history import read_history
from mraa.recovery.regions.state import api_state, fence_problem, photos_problem, read_state
from mraa.recovery.runbook.drain import Drain
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.report import report_missing
from mraa.recovery.runbook.set_state import Change, set_state

_ATTEMPTS = 3
_VERIFY_S = 30.0
_POLL_S = 0.3


@dataclass
class Outcome:
    """What a run came to. ``timings`` holds each finished step's seconds, in order."""

    state: AppState | None = None
    timings: list[tuple[str, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    report: Mapping[str, Any] | None = None
    reconciliation: Summary | None = None


class Executor:
    """Runs steps against the Regions whose ``facts`` it is given, and no others."""

    def __init__(
        self,
        aws: Aws,
        facts: Mapping[str, RegionalFacts],
        operator: Operator,
        clock: Clock,
        on_event: OnEvent,
        *,
        drain_timeout_s: float,
    ) -> None:
        self._aws = aws
        self._facts = facts
        self._operator = operator
        self._clock = clock
        self._on_event = on_event
        self._drain_timeout_s = drain_timeout_s
        self._outcome = Outcome()
        self._fence: AppState | None = None
        self._unproved: tuple[str, ...] = ()
        self._changes = 0
        self._actions: Mapping[str, Callable[[Step, ExitStack], str]] = {
            "fence": self._set_fence,
            "drain": self._drain,
            "switch": self._switch,
            "verify": self._verify,
            "report": self._report,
            "reconcile": self._reconcile,
        }

    def run(self, steps: Sequence[Step]) -> Outcome:
        """Run all steps. An error says in an event what is done; the error itself is passed on."""
        # what steps leave to be tidied waits for the end: it must not keep the application from being written to
        with ExitStack() as tidying:
            for step in steps:
                self._run_step(step, tidying)
        return self._outcome

    def _run_step(self, step: Step, tidying: ExitStack) -> None:
        begun = self._clock.monotonic()
        self._on_event(Event(Progress.STARTED, step.name, step.text, step.region))
        try:
            text = self._actions[step.name](step, tidying)
        except (MraaError, KeyboardInterrupt) as error:
            elapsed_s = self._clock.monotonic() - begun
            why = error.message if isinstance(error, MraaError) else "interrupted"
            self._on_event(Event(Progress.FAILED, step.name, "", step.region, reason=why, elapsed_s=elapsed_s))
            done = ", ".join(name for name, _ in self._outcome.timings) or "nothing"
            self._note(f"done so far: {done}; running the same command again is safe and goes on from what is there")
            raise
        elapsed_s = self._clock.monotonic() - begun
        self._outcome.timings.append((step.name, elapsed_s))
        self._on_event(Event(Progress.DONE, step.name, text, step.region, elapsed_s=elapsed_s))

    def _note(self, text: str, region: str = "") -> None:
        self._outcome.notes.append(text)
        self._on_event(Event(Progress.NOTE, "note", text, region))

    # The steps. Each answers with what there is to say of it.

    def _set_fence(self, step: Step, _: ExitStack) -> str:
        self._fence = self._set(step, AppStateName.FENCED, **_expected(step))
        return f"nobody writes, epoch {self._fence.epoch}"

    def _drain(self, step: Step, tidying: ExitStack) -> str:
        source, is_forced = self._facts[step.arguments["source"]], bool(step.arguments["is_forced"])
        fenced_at = None
        if self._fence is None:
            # set by an earlier run: it must still be what the plan saw
            record = self._read(source.region)
            if (record.state, record.epoch) != (AppStateName.FENCED, step.arguments["epoch"]):
                raise _changed(record)
            self._fence = record
            fenced_at = _moment(record.updated_at)
        target = self._facts[step.region]
        drain = Drain(self._aws, self._clock, source, target, self._fence.epoch, self._on_event, fenced_at=fenced_at)
        tidying.callback(drain.clean_up)
        self._unproved = drain.run(self._drain_timeout_s, is_forced=is_forced)
        if self._unproved:
            self._note(f"not proved, gone on by force: {'; '.join(self._unproved)}", step.region)
            return "not proved"
        return f"all that was written has arrived (fence of epoch {self._fence.epoch})"

    def _switch(self, step: Step, _: ExitStack) -> str:
        state = AppStateName(step.arguments["state"])
        if "expected_state" in step.arguments:
            record = self._set(step, state, is_forced=bool(step.arguments["is_forced"]), **_expected(step))
        else:
            assert self._fence is not None, "a planned switch follows a drain"
            expected = self._fence
            if self._unproved:
                # the fence may not have arrived: go by what this Region itself says
                expected = self._read(step.region)
                if expected.epoch > self._fence.epoch:
                    raise _changed(expected)
            record = self._set(
                step,
                state,
                is_forced=bool(self._unproved),
                expected_state=str(expected.state),
                expected_epoch=expected.epoch,
            )
        return f"{record.writable_region} may write, epoch {record.epoch}"

    def _verify(self, step: Step, _: ExitStack) -> str:
        target, state = self._facts[step.region], AppStateName(step.arguments["state"])
        record = self._awaited(target, state)
        self._outcome.state = record
        problem = self._api_awaited(target, record)
        if problem:
            raise MraaError(
                f"{step.region} is set to {state} at epoch {record.epoch}, but its API does not work: {problem}.",
                "The state is right; see the API's and the function's logs in this Region.",
            )
        other = self._facts.get(step.arguments["other"])
        if other and not self._follows(other, record):
            self._note(f"{other.region} does not see epoch {record.epoch} yet: see `mraa status`", other.region)
        return f"{step.region} answers with {state} at epoch {record.epoch}"

    def _report(self, step: Step, _: ExitStack) -> str:
        self._outcome.report = report_missing(self._aws, self._facts[step.region], self._clock.now())
        return str(self._outcome.report["text"])

    def _reconcile(self, step: Step, _: ExitStack) -> str:
        target, source = self._facts[step.region], self._facts[step.arguments["source"]]
        history = read_history(self._aws, self._clock, [target, source])
        comparison = Reconciliation(self._aws, self._clock, target, source, history.changes, self._on_event)
        summary = comparison.run(lambda finding: None)
        self._outcome.reconciliation = summary
        for line in (*summary.lines(), *(finding.text for finding in summary.examples)):
            self._note(line)
        missing = summary.count(Kind.MISSING, region=target.region)
        if missing and not step.arguments["is_forced"]:
            raise NotReadyError(
                f"{missing:,} records or objects that {source.region} holds are missing in {target.region}.",
                "`mraa reconcile --repair` copies them; --force goes on all the same, and they stay missing there "
                "until somebody does.",
            )
        return "both Regions hold the same" if summary.is_equal else "; ".join(summary.lines())

    # --- what the steps are made of ---------------------------------------------------------------------------------

    def _set(
        self, step: Step, state: AppStateName, *, expected_state: str, expected_epoch: int, is_forced: bool = False
    ) -> AppState:
        self._changes += 1
        change = Change(
            new_state=str(state),
            expected_state=expected_state,
            expected_epoch=expected_epoch,
            requested_by=self._operator.name,
            mark=f"{self._operator.mark}.{self._changes}",
            reason=self._operator.reason,
            is_forced=is_forced,
        )
        record = set_state(self._aws, self._clock, self._facts[step.region], change)
        self._outcome.state = record
        return record

    def _read(self, region: str) -> AppState:
        return patiently(self._clock, partial(read_state, self._aws, self._facts[region]), attempts=_ATTEMPTS)[0]

    def _awaited(self, facts: RegionalFacts, state: AppStateName) -> AppState:
        """The record of this Region once it and all fences say ``state``."""
        until = self._clock.monotonic() + _VERIFY_S
        while True:
            record, fences = patiently(self._clock, partial(read_state, self._aws, facts), attempts=_ATTEMPTS)
            problem = fence_problem(record, fences)
            if record.state is state and not problem:
                return record
            if record.state is not state and self._outcome.state and record.epoch > self._outcome.state.epoch:
                raise _changed(record)
            if self._clock.monotonic() >= until:
                raise MraaError(
                    f"{facts.region} says {record.state} at epoch {record.epoch}, not {state}"
                    f"{'; ' + problem if problem else ''}.",
                    "Run the same command again: it sets what is missing.",
                )
            self._clock.sleep(_POLL_S)

    def _api_awaited(self, facts: RegionalFacts, record: AppState) -> str:
        """What is wrong with the Region's APIs after some patience: a first request may find everything cold."""
        until = self._clock.monotonic() + _VERIFY_S
        while True:
            body, problem = api_state(self._aws, facts)
            if not problem and (body["state"], body.get("epoch")) != (record.state, record.epoch):
                problem = f"GET /state says {body['state']} at epoch {body.get('epoch')}"
            problem = problem or photos_problem(self._aws, facts)
            if not problem or self._clock.monotonic() >= until:
                return problem
            self._clock.sleep(_POLL_S)

    def _follows(self, facts: RegionalFacts, record: AppState) -> bool:
        """True once the other Region sees the same; False where that takes too long or it does not answer."""
        until = self._clock.monotonic() + _VERIFY_S
        while True:
            try:
                seen, fences = read_state(self._aws, facts)
                if seen.epoch >= record.epoch and not fence_problem(seen, fences):
                    return True
            except UnreachableError:
                return False
            except AwsError as error:
                self._note(f"{facts.region} cannot be read: {error.message}", facts.region)
                return False
            if self._clock.monotonic() >= until:
                return False
            self._clock.sleep(_POLL_S)


def _expected(step: Step) -> dict[str, Any]:
    return {
        "expected_state": step.arguments["expected_state"],
        "expected_epoch": step.arguments["expected_epoch"],
    }


def _moment(text: str) -> datetime | None:
    """A time as the function writes it; None for what somebody else put there."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _changed(record: AppState) -> StateConflictError:
    return StateConflictError(
        f"{record.updated_by or 'Somebody'} set the state to {record.state} at epoch {record.epoch} meanwhile.",
        "See `mraa status` and decide again.",
    )
