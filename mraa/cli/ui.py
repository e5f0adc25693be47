"""What the tool says, to a person or to a program: events, plans, tables, results.

On a terminal: colours and prompts. Elsewhere: one plain line an event, no prompts. With ``--json``: one JSON
object a line, ``{"type": "event" | "plan" | "result", ...}``, and nothing else on standard output.
"""

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mraa.errors import DeclinedError, UsageError
from mraa.events import Event, Progress

_PLAIN_WIDTH = 1000

_MARK = {
    Progress.STARTED: ("…", "dim"),
    Progress.RUNNING: ("·", "dim"),
    Progress.DONE: ("✓", "green"),
    Progress.FAILED: ("✗", "red"),
    Progress.NOTE: ("-", ""),
}


def one_line(text: str) -> str:
    """``text`` as markup for one line: what others wrote (a reason, a stack's status) must not steer the terminal."""
    return escape("".join(character if character.isprintable() else " " for character in text))


class Ui:
    """One conversation with whoever runs the tool."""

    def __init__(self, *, as_json: bool = False, assume_yes: bool = False, dry_run: bool = False) -> None:
        self.as_json = as_json
        self.assume_yes = assume_yes
        self.dry_run = dry_run
        # where no person looks, nothing is folded: a name must be found whole on one line
        self.console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)

    @property
    def is_interactive(self) -> bool:
        """True where a person can be asked."""
        return sys.stdin.isatty() and sys.stdout.isatty() and not self.as_json

    @property
    def is_live(self) -> bool:
        """True where a person looks at a terminal on which what was shown can be shown anew."""
        # rich by itself takes FORCE_COLOR's word for a terminal
        return sys.stdout.isatty() and not self.console.is_dumb_terminal and not self.as_json

    def event(self, event: Event) -> None:
        """Say one event; the ``OnEvent`` that is handed to the working modules."""
        if self.as_json:
            values = {k: v for k, v in dataclasses.asdict(event).items() if v not in (None, "")}
            self._json("event", values)
            return
        mark, style = _MARK[event.progress]
        count = f" {event.done}/{event.total}" if event.total is not None else ""
        elapsed = f" ({event.elapsed_s:.1f} s)" if event.elapsed_s is not None else ""
        region = f"{event.region}  " if event.region else ""
        reason = f": {event.reason}" if event.reason else ""
        what = f"  {event.text}{count}" if event.text or count else ""
        line = one_line(f"{region}{event.subject}{what}{reason}{elapsed}".rstrip())
        self.console.print(f"[{style}]{mark}[/] {line}" if style else f"{mark} {line}")

    def say(self, text: str = "") -> None:
        """A line for a person; silent with ``--json``."""
        if not self.as_json:
            self.console.print(escape(text))

    def clear(self) -> None:
        """Empty the terminal for what is shown anew; elsewhere nothing is taken back."""
        if self.is_live:
            self.console.clear()

    def heading(self, text: str) -> None:
        """A phase begins; silent with ``--json``."""
        if not self.as_json:
            self.console.print(f"\n[bold]{escape(text)}[/]")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
        """A table for a person; silent with ``--json`` (give the same facts to ``result``)."""
        if self.as_json:
            return
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(one_line(cell) for cell in row))
        self.console.print(table)

    def result(self, values: Mapping[str, Any]) -> None:
        """The end result as one JSON object; silent without ``--json``."""
        if self.as_json:
            self._json("result", values)

    def confirm(self, title: str, plan: Sequence[str]) -> bool:
        """Show the plan and ask; False after a dry run. Raises DeclinedError, or UsageError off a terminal."""
        if self.as_json:
            self._json("plan", {"title": title, "steps": list(plan)})
        else:
            self.console.print(f"[bold]{escape(title)}[/]")
            for line in plan:
                self.console.print(f"  {one_line(line)}")
        if self.dry_run:
            self.say("Dry run: nothing was touched.")
            return False
        if self.assume_yes:
            return True
        if not self.is_interactive:
            raise UsageError(
                "Nothing was touched: there is no terminal to confirm at.", "Give --yes to go on without asking."
            )
        try:
            answer = self.console.input("Go on? [dim]\\[y/N][/] ")
        except EOFError:  # Ctrl-D
            answer = ""
        if answer.strip().lower() not in {"y", "yes"}:
            raise DeclinedError("Declined: nothing was touched.")
        return True

    def _json(self, kind: str, values: Mapping[str, Any]) -> None:
        # ASCII: the same JSON whatever the encoding of whoever reads it
        sys.stdout.write(json.dumps({"type": kind, **values}, default=str) + "\n")
        sys.stdout.flush()
