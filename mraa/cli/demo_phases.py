"""The demo's phases as a person sees them: one table that is redrawn in place, with -v every line instead.

Without a terminal each phase has a line at its beginning and one at its end. What the commands of a phase print is
kept, for when it fails.
"""

import io
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field

import click
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mraa.cli.plain import plain_line
from mraa.cli.ui import Ui
from mraa.events import Event, Progress

_REDRAWS_A_SECOND = 4
_MARKS = {"": (" ", "dim"), "running": ("·", "bold"), "done": ("✓", "green"), "failed": ("✗", "red")}


@dataclass
class _Phase:
    """``state`` is empty until it begins."""

    text: str
    state: str = ""
    began: float = 0.0
    took_s: float = 0.0
    lines: list[str] = field(default_factory=list)


class Phases:
    """The phases in their order, each with what it does."""

    def __init__(self, ui: Ui, texts: Mapping[str, str], *, is_verbose: bool) -> None:
        self._ui = ui
        self._phases = {name: _Phase(text) for name, text in texts.items()}
        self._is_verbose = is_verbose
        self._is_live = ui.is_live and not is_verbose

    def lines(self) -> list[str]:
        """All that the phases printed so far and was not shown."""
        return [
            line
            for name, phase in self._phases.items()
            for line in ([f"$ {name}", *phase.lines] if phase.lines else [])
        ]

    def last_line(self, name: str) -> str:
        """The last line that a phase printed; empty with -v, which has shown it."""
        return next((line for line in reversed(self._phases[name].lines) if line), "")

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show them while the block runs; of one that fails, all that it printed."""
        # of its own: the phases' commands have another standard output
        console = Console(file=sys.stdout, highlight=False)
        live = Live(self, console=console, refresh_per_second=_REDRAWS_A_SECOND, redirect_stdout=False)
        try:
            with live if self._is_live else nullcontext():
                yield
        except (KeyboardInterrupt, click.Abort):  # the second is how a verb of click's hands on the first
            raise
        except BaseException:
            for name, phase in self._phases.items():
                if phase.state == "failed" and phase.lines:
                    self._ui.heading(f"What {name} printed:")
                    self._ui.say("\n".join(phase.lines))
            raise

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """One of them, while the block runs."""
        phase = self._phases[name]
        phase.state, phase.began = "running", time.monotonic()
        try:
            if self._is_verbose:
                self._ui.heading(name)
            elif not self._is_live:
                self._ui.event(Event(Progress.STARTED, name, phase.text))
            with nullcontext() if self._is_verbose else redirect_stdout(_Lines(phase.lines)):
                yield
        except BaseException:
            phase.state = "failed"
            raise
        else:
            phase.state = "done"
        finally:
            phase.took_s = time.monotonic() - phase.began
            if not (self._is_verbose or self._is_live):
                progress = Progress.DONE if phase.state == "done" else Progress.FAILED
                self._ui.event(Event(progress, name, elapsed_s=phase.took_s))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table, and below it the newest line of the phase that runs."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        # on a narrow terminal the texts are cut, and no command
        table.add_column(no_wrap=True, min_width=max(map(len, self._phases)))
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        now = ""
        for name, phase in self._phases.items():
            mark, style = _MARKS[phase.state]
            took_s = time.monotonic() - phase.began if phase.state == "running" else phase.took_s
            table.add_row(
                Text(mark, style),
                Text(name, "" if phase.state else "dim"),
                Text(phase.text, "dim"),
                Text(f"{took_s:.0f} s" if phase.state else "", "dim"),
            )
            if phase.state == "running":
                now = self.last_line(name)
        yield table
        yield Text(plain_line(now).strip(), "dim", no_wrap=True, overflow="ellipsis")


class _Lines(io.TextIOBase):
    """A standard output whose lines are kept."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._begun = ""

    def write(self, text: str, /) -> int:
        """Keep whole lines."""
        *whole, self._begun = (self._begun + text).split("\n")
        self._lines += whole
        return len(text)

    def writable(self) -> bool:
        """True."""
        return True
