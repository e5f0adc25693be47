"""A conversation without a terminal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from mraa.errors import DeclinedError
from mraa.events import Event
from mraa.stacks.models import Counts, OnCounts


@dataclass
class Script:
    """A script's side of the conversation, which consents or does not."""

    consents: bool = True
    dry_run: bool = False
    events: list[Event] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    plans: list[tuple[str, list[str]]] = field(default_factory=list)
    counted: list[Sequence[Counts]] = field(default_factory=list)

    def event(self, event: Event) -> None:
        self.events.append(event)

    def heading(self, text: str) -> None:
        self.headings.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def confirm(self, title: str, plan: Sequence[str]) -> bool:
        self.plans.append((title, list(plan)))
        if not (self.consents or self.dry_run):
            raise DeclinedError("Cancelled; no changes made.")
        return not self.dry_run

    @contextmanager
    def counts(self) -> Iterator[OnCounts]:
        yield lambda counts, elapsed_s: self.counted.append(counts)
