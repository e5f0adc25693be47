"""What running a runbook comes to, step by step and as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mraa.recovery.models import AppState
from mraa.recovery.reconcile.discrepancies import Summary


@dataclass
class RunbookResult:
    """What a run came to. ``timings`` are each finished step's seconds, in order."""

    state: AppState | None = None
    timings: list[tuple[str, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    report: Mapping[str, Any] | None = None
    reconciliation: Summary | None = None


class StepOutcome(NamedTuple):
    """What there is to say of a step that is over."""

    text: str
    is_confirmed: bool = True
