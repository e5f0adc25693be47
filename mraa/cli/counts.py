"""How far every stack is while an operation runs: a table that stays in place at a terminal, else a line at times."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.live import Live
from rich.table import Table

from mraa.cli.ui import Ui, one_line
from mraa.models import Counts, Event, OnCounts, Progress
from mraa.stacks import tally

_SUM_UP_S = 30
_COLUMNS = ("Region", "", "done", "running", "to do", "status", "slowest", "")
# what a terminal of fewer columns than that does without: the slowest resource, then the status as well
_ALL_COLUMNS, _WITH_STATUS = 100, 80


@contextmanager
def shown(ui: Ui) -> Iterator[OnCounts]:
    """What shows the counts that it is called with, for as long as the block lasts."""
    if not ui.is_live:
        yield _Lines(ui).show
        return
    # what else is said appears above the table; it goes away at the end, when the summary comes
    with Live(
        console=ui.console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as on:
        yield lambda counts, elapsed_s: on.update(table(counts, elapsed_s, ui.console.width), refresh=True)


def table(counts: Sequence[Counts], elapsed_s: float, width: int) -> Table:
    """One row for the main stack, its stack set and each stack instance, as ``width`` columns can show it."""
    shown = len(_COLUMNS) if width >= _ALL_COLUMNS else 6 if width >= _WITH_STATUS else 5
    made = Table(title=f"{elapsed_s:.0f} s", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in _COLUMNS[:shown]:
        made.add_column(column, no_wrap=True, justify="right" if column in ("done", "running", "to do") else "left")
    for of in counts:
        to_do = "" if of.to_do is None else f"{'≤ ' if of.is_at_most and of.to_do else ''}{of.to_do}"
        slowest_s = f"{of.slowest_s:.0f} s" if of.slowest else ""
        has_resources = of.done or of.running or of.to_do
        numbers = (str(of.done), str(of.running), to_do) if has_resources else ("", "", "")
        cells = (of.region, of.name, *numbers, of.status, of.slowest, slowest_s)
        made.add_row(*map(one_line, cells[:shown]))
    return made


@dataclass
class _Lines:
    """An operation of minutes must not look stuck to who reads a log."""

    ui: Ui
    last_s: float = 0.0

    def show(self, counts: Sequence[Counts], elapsed_s: float) -> None:
        if elapsed_s - self.last_s < _SUM_UP_S:
            return
        self.last_s = elapsed_s
        for of in counts:
            if of.running:
                self.ui.event(Event(Progress.NOTE, of.name, tally.told(of), of.region, elapsed_s=elapsed_s))
