"""The tool's output, for a person or a program: events, plans, tables, results.

On a terminal: colours and prompts. Elsewhere: one plain line an event, no prompts. With ``--json``: one JSON object a
line, ``{"type": "event" | "plan" | "result", "at": ..., ...}``, and nothing else on standard output; the result is the
last.
"""

import functools
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mraa.cli import json_lines
from mraa.cli.plain import plain_line
from mraa.documents import to_json
from mraa.errors import DeclinedError, UsageError
from mraa.events import Event, Progress

if TYPE_CHECKING:
    from rich.console import Console

    from mraa.stacks.models import OnCounts

_PLAIN_WIDTH = 1000

_MARK = {
    Progress.STARTED: ("…", "dim"),
    Progress.RUNNING: ("·", "dim"),
    Progress.DONE: ("✓", "green"),
    Progress.UNCONFIRMED: ("!", "yellow"),
    Progress.FAILED: ("✗", "red"),
    Progress.NOTE: ("-", ""),
}


class Ui:
    """The conversation with the person or program that runs the tool."""

    def __init__(self, *, as_json: bool = False, assume_yes: bool = False, dry_run: bool = False) -> None:
        self.as_json = as_json
        self.assume_yes = assume_yes
        self.dry_run = dry_run
        # rich takes FORCE_COLOR for a terminal
        self._is_plain = not sys.stdout.isatty() and not os.environ.get("FORCE_COLOR")

    @functools.cached_property
    def console(self) -> "Console":
        """rich's, loaded for a terminal and for tables: it takes longer to load than most verbs have to print."""
        from rich.console import Console

        # off a terminal nothing is folded: a name must be found whole on one line
        return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)

    @property
    def is_interactive(self) -> bool:
        """True if a person can be asked."""
        return sys.stdin.isatty() and sys.stdout.isatty() and not self.as_json

    @property
    def is_live(self) -> bool:
        """True on a terminal that can redraw what it shows."""
        return sys.stdout.isatty() and not self.as_json and not self.console.is_dumb_terminal

    def event(self, event: Event) -> None:
        """Report one event; the ``OnEvent`` of the modules that do the work."""
        if self.as_json:
            json_lines.write("event", {key: value for key, value in to_json(event).items() if value not in (None, "")})
            return
        mark, style = _MARK[event.progress]
        count = f" {event.done}/{event.total}" if event.total is not None else ""
        elapsed = f" ({event.elapsed_s:.1f} s)" if event.elapsed_s is not None else ""
        region = f"{event.region}  " if event.region else ""
        reason = f": {event.reason}" if event.reason else ""
        what = f"  {event.text}{count}" if event.text or count else ""
        line = plain_line(f"{region}{event.subject}{what}{reason}{elapsed}".rstrip())
        self._print((mark, style), (f" {line}", ""))

    def say(self, text: str = "") -> None:
        """A line for a person; nothing with ``--json``."""
        if not self.as_json:
            self._print((text, ""))

    def clear(self) -> None:
        """Clear a terminal before it is redrawn; nothing elsewhere."""
        if self.is_live:
            self.console.clear()

    def heading(self, text: str) -> None:
        """A phase begins; nothing with ``--json``."""
        if not self.as_json:
            self._print(("\n", ""), (text, "bold"))

    def warn(self, text: str) -> None:
        """A line on standard error, for a person and a program alike."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
        """A table for a person; nothing with ``--json`` (give the same data to ``result``)."""
        if self.as_json:
            return
        if self._is_plain:
            # nothing is folded: a name must be found whole on one line
            cells = [columns, *([plain_line(cell) for cell in row] for row in rows)]
            widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
            lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
            self.say("\n".join([*([title] if title else []), *lines]))
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(plain_line(cell)) for cell in row))
        self.console.print(table)

    def fits(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
        """Whether a table is shown without folding any cell."""
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        return sum(widths) + 2 * (len(widths) - 1) <= self.console.width

    def result(self, values: Any, *, is_last: bool = True) -> None:
        """The end result, a dataclass or a mapping, as one JSON object; nothing without ``--json``.

        It is printed when the verb has ended; at once if more results follow.
        """
        if self.as_json and is_last:
            json_lines.hold(to_json(values))
        elif self.as_json:
            json_lines.write("result", to_json(values))

    def confirm(self, title: str, plan: Sequence[str]) -> bool:
        """Show the plan and ask for consent; False after a dry run. DeclinedError, or UsageError off a terminal."""
        if self.as_json:
            json_lines.write("plan", {"title": title, "steps": list(plan)})
        else:
            self._print((title, "bold"))
            for line in plan:
                self._print((f"  {plain_line(line)}", ""))
        if self.dry_run:
            self.say("Dry run; no changes made.")
            self.result({"changed": False, "isDryRun": True})
            return False
        if self.assume_yes:
            return True
        if not self.is_interactive:
            raise UsageError("No changes made: no terminal to confirm at.", "Give --yes to proceed without asking.")
        try:
            answer = self.console.input("Proceed? [dim]\\[y/N][/] ")
        except EOFError:  # Ctrl-D
            answer = ""
        if answer.strip().lower() not in {"y", "yes"}:
            raise DeclinedError("Cancelled; no changes made.")
        return True

    @contextmanager
    def counts(self) -> Iterator["OnCounts"]:
        """What shows the counts of the stacks while the block runs: a table redrawn in place, lines elsewhere."""
        from mraa.cli.counts import CountLines, counts_table

        if not self.is_live:
            yield CountLines(self.event).show
            return
        from rich.live import Live

        # events appear above the table, which is removed at the end, when the summary is shown
        with Live(
            console=self.console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        ) as live:
            yield lambda counts, elapsed_s: live.update(
                counts_table(counts, elapsed_s, self.console.width), refresh=True
            )

    def _print(self, *parts: tuple[str, str]) -> None:
        """One line of texts, each with its style: for a terminal."""
        if self._is_plain:
            sys.stdout.write("".join(text for text, _ in parts) + "\n")
            sys.stdout.flush()
            return
        from rich.text import Text

        self.console.print(Text.assemble(*parts))
