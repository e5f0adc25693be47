"""The counts of every stack while an operation runs: a table on a terminal, elsewhere a line every half minute."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from mraa.cli.plain import plain_line
from mraa.events import Event, OnEvent, Progress
from mraa.stacks.models import Counts
from mraa.stacks.watch.tally import summary

_INTERVAL_S = 30
# headers and widths of the columns always shown; status and slowest resource get the rest of the width, if it suffices
_NUMBERS = (("Region", 14), ("", 14), ("done", 4), ("running", 7), ("to do", 5))
_GAP = 2
_WIDTH_MIN = 12


def counts_table(counts: Sequence[Counts], elapsed_s: float, width: int) -> Table:
    """One row for the main stack, its stack set and each stack instance, as far as they fit in ``width`` columns."""
    left = width - sum(columns + _GAP for _, columns in _NUMBERS)
    status = max((len(of.status) for of in counts), default=0)
    columns = [*_NUMBERS, ("status", min(status, left))] if left > _WIDTH_MIN else list(_NUMBERS)
    left -= status + _GAP
    if left > _WIDTH_MIN:
        columns.append(("slowest", left))
    counted = Table(title=f"{elapsed_s:.0f} s", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for number, (header, size) in enumerate(columns):
        counted.add_column(header, width=size, no_wrap=True, justify="right" if number in (2, 3, 4) else "left")
    for of in counts:
        to_do = "" if of.to_do is None else f"{'≤ ' if of.is_at_most and of.to_do else ''}{of.to_do}"
        has_resources = of.done or of.running or of.to_do
        numbers = (str(of.done), str(of.running), to_do) if has_resources else ("", "", "")
        slowest = f"{of.slowest_s:.0f} s {of.slowest}" if of.slowest else ""
        cells = (of.region, of.name, *numbers, of.status, slowest)
        counted.add_row(*(Text(plain_line(cell)) for cell in cells[: len(columns)]))
    return counted


@dataclass
class CountLines:
    """The counts as events: an operation of minutes must not look stuck in a log."""

    on_event: OnEvent
    last_s: float = 0.0

    def show(self, counts: Sequence[Counts], elapsed_s: float) -> None:
        """An event for each running stack, every half minute."""
        if elapsed_s - self.last_s < _INTERVAL_S:
            return
        self.last_s = elapsed_s
        for of in counts:
            if of.running:
                self.on_event(Event(Progress.NOTE, of.name, summary(of), of.region, elapsed_s=elapsed_s))
