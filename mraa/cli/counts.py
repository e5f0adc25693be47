"""How far every stack is while an operation runs: a table that stays in place at a terminal, else a line at times."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.live import Live
from rich.table import Table

from mraa.cli.ui import Ui, one_line
from mraa.events import Event, Progress
from mraa.stacks import tally
from mraa.stacks.models import Counts, OnCounts

_SUM_UP_S = 30
# header and columns of what is always shown; the status and the slowest resource get what is left, if that is enough
_NUMBERS = (("Region", 14), ("", 14), ("done", 4), ("running", 7), ("to do", 5))
_GAP = 2
_LEAST = 12


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
    left = width - sum(columns + _GAP for _, columns in _NUMBERS)
    status = max((len(of.status) for of in counts), default=0)
    columns = [*_NUMBERS, ("status", min(status, left))] if left > _LEAST else list(_NUMBERS)
    left -= status + _GAP
    if left > _LEAST:
        columns.append(("slowest", left))
    made = Table(title=f"{elapsed_s:.0f} s", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for number, (header, size) in enumerate(columns):
        made.add_column(header, width=size, no_wrap=True, justify="right" if number in (2, 3, 4) else "left")
    for of in counts:
        to_do = "" if of.to_do is None else f"{'≤ ' if of.is_at_most and of.to_do else ''}{of.to_do}"
        has_resources = of.done or of.running or of.to_do
        numbers = (str(of.done), str(of.running), to_do) if has_resources else ("", "", "")
        slowest = f"{of.slowest_s:.0f} s {of.slowest}" if of.slowest else ""
        cells = (of.region, of.name, *numbers, of.status, slowest)
        made.add_row(*map(one_line, cells[: len(columns)]))
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
