"""The record of one run of a runbook, from the events that it reports: what a report of it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mraa.aws import Clock
from mraa.documents import to_json
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import Step
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.result import RunbookResult

_OVER = {Progress.DONE, Progress.UNCONFIRMED, Progress.FAILED}


@dataclass(frozen=True)
class StepRecord:
    """A step that was begun. ``began_s`` is since the run began; ``took_s`` None: it never ended."""

    name: str
    region: str
    text: str
    began_s: float
    took_s: float | None = None
    outcome: str = "interrupted"


@dataclass(frozen=True)
class Run:
    """One run. ``verb`` is what was run, for people: ``Unplanned failover``; times are UTC, ISO 8601."""

    verb: str
    stack_name: str
    primary: str
    secondary: str
    operator: str
    reason: str
    begun_at: str
    took_s: float
    outcome: str
    """``done``, ``unconfirmed``, ``failed`` or ``interrupted``."""
    error: str
    steps: tuple[StepRecord, ...]
    notes: tuple[str, ...]
    missing: str
    """What may be missing, in a sentence."""

    @property
    def recovery_s(self) -> float | None:
        """RTO as the operator's tool sees it: from the start of the run until the new writer was set; None: never."""
        return self._ended_s("switch")

    @property
    def refused_s(self) -> float | None:
        """For how long a planned move refused writes: from the start of its fence; None if it fenced nothing."""
        begun = next((step.began_s for step in self.steps if step.name == "fence"), None)
        if begun is None:
            return None
        ended = self._ended_s("switch")
        return (self.took_s if ended is None else ended) - begun

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"schemaVersion": 1, **to_json(self), "recoveryS": self.recovery_s, "refusedS": self.refused_s}

    def _ended_s(self, name: str) -> float | None:
        return next(
            (step.began_s + step.took_s for step in self.steps if step.name == name and step.took_s is not None), None
        )


@dataclass
class Recorder:
    """Notes a run's events and passes them on; ``verb`` is what is run, for people. ``finished`` once ``run`` ended."""

    verb: str
    stack_name: str
    regions: tuple[str, str]
    operator: Operator
    clock: Clock
    on_event: OnEvent
    steps: list[StepRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    finished: Run | None = None

    def __post_init__(self) -> None:
        self.begun_at, self.begun_s = self.clock.now(), self.clock.monotonic()

    def run(self, executor: Executor, steps: Sequence[Step]) -> RunbookResult:
        """Run the steps by an executor that reports to ``event``; raises what ends them early."""
        result: RunbookResult | None = None
        error: BaseException | None = None
        try:
            result = executor.run(steps)
        except (MraaError, KeyboardInterrupt) as failure:
            error = failure
            raise
        finally:
            self.finished = self._closed(steps, result, error)
        return result

    def event(self, event: Event) -> None:
        """One event of the run."""
        now_s = self.clock.monotonic() - self.begun_s
        if event.progress is Progress.STARTED:
            self.steps.append(StepRecord(event.subject, event.region, event.text, now_s))
        elif event.progress in _OVER and self.steps and self.steps[-1].name == event.subject:
            text = event.text or event.reason
            begun = self.steps[-1]
            self.steps[-1] = replace(
                begun, text=text or begun.text, took_s=now_s - begun.began_s, outcome=str(event.progress)
            )
        elif event.progress is Progress.NOTE:
            self.notes.append(f"{event.region}: {event.text}" if event.region else event.text)
        self.on_event(event)

    def _closed(self, planned: Sequence[Step], result: RunbookResult | None, error: BaseException | None) -> Run:
        unconfirmed = any(step.outcome == Progress.UNCONFIRMED for step in self.steps)
        outcome = "unconfirmed" if unconfirmed else "done"
        if error is not None:
            outcome = "failed" if isinstance(error, MraaError) else "interrupted"
        return Run(
            verb=self.verb,
            stack_name=self.stack_name,
            primary=self.regions[0],
            secondary=self.regions[1],
            operator=self.operator.name,
            reason=self.operator.reason,
            begun_at=datetime.fromtimestamp(self.begun_at, UTC).isoformat(timespec="seconds"),
            took_s=self.clock.monotonic() - self.begun_s,
            outcome=outcome,
            error=error.message if isinstance(error, MraaError) else "",
            steps=tuple(self.steps),
            notes=tuple(self.notes),
            missing=self._missing(planned, result),
        )

    def _missing(self, planned: Sequence[Step], result: RunbookResult | None) -> str:
        if result and result.report:
            return str(result.report["text"])
        ended = {step.name: step.outcome for step in self.steps}
        if ended.get("drain") == Progress.DONE:
            return "nothing: the drain confirmed that all that was written before the fence had arrived"
        if ended.get("drain") == Progress.UNCONFIRMED:
            return (
                "what had not been replicated at the switch, until replication catches up (`mraa reconcile` compares)"
            )
        if any(step.name == "drain" for step in planned):
            return "nothing was switched: no write can be missing by this run"
        return "not known: this run only set the state"
