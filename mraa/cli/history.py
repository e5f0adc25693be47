"""`mraa history`: who changed the state, when, why, and how long it took."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any

import click

from mraa.aws import Clock
from mraa.cli.numbers import Number
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.session import make_aws
from mraa.documents import to_json
from mraa.recovery.regions.history import StateChange, read_history
from mraa.recovery.regions.system import read_both_regions

_COLUMNS = ["epoch", "when", "state", "writable", "set in", "took", "lasted", "by", "reason"]
_INDENT = "  "


@click.command("history")
@click.option("--limit", type=Number(1, 10_000), default=20, show_default=True, help="How many of the newest.")
@deployment_options
@output_options
def command(limit: int, **kwargs: Any) -> None:
    """Show who changed the application state, when, why, and how long it took; newest last.

    Each Region keeps its last 256 changes, and both are readable in either Region: one may be down. TOOK is the change
    itself, until all fences agreed; LASTED is how long the application was in that state.

    \b
    Example:  mraa history
              mraa history --limit 100 --json
    """
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    aws = make_aws(settings)
    infos, problems = read_both_regions(aws, settings, clock)
    history = read_history(aws, clock, infos)
    shown = history.changes[-limit:]
    lasted = [*(_seconds_between(one, later) for one, later in itertools.pairwise(shown)), None]
    rows = [_row(change, seconds) for change, seconds in zip(shown, lasted, strict=True)]
    if ui.fits(_COLUMNS, rows):
        ui.table(_COLUMNS, rows)
    else:
        for line in itertools.chain.from_iterable(_block(row, ui.console.width) for row in rows):
            ui.say(line)
    problems |= history.problems
    for region, problem in problems.items():
        ui.say(f"- {region} could not be read: {problem}")
    documents = [to_json(change) | {"lastedS": seconds} for change, seconds in zip(shown, lasted, strict=True)]
    ui.result({"stackName": settings.stack_name, "changes": documents, "problems": problems})


def _row(change: StateChange, lasted_s: float | None) -> list[str]:
    return [
        str(change.epoch),
        change.updated_at,
        change.state,
        change.writable_region,
        change.set_in,
        "?" if change.took_ms is None else f"{change.took_ms} ms",
        "" if lasted_s is None else _span(lasted_s),
        change.updated_by,
        change.reason or "-",
    ]


def _block(row: Sequence[str], width: int) -> list[str]:
    """One change below the other, for a terminal that is too narrow for the table."""
    epoch, when, state, writable, set_in, took, lasted, by, reason = row
    lines = [f"took {took}, set in {set_in}", f"by {by}"]
    if lasted:
        lines[0] += f", lasted {lasted}"
    if reason != "-":
        lines.append(f"reason: {reason}")
    folded = [
        part for line in lines for part in wrap(line, width, initial_indent=_INDENT, subsequent_indent=2 * _INDENT)
    ]
    return [*wrap(f"{epoch} {state}, writable: {writable}, {when}", width, subsequent_indent=_INDENT), *folded]


def _seconds_between(one: StateChange, later: StateChange) -> float | None:
    try:
        return (datetime.fromisoformat(later.updated_at) - datetime.fromisoformat(one.updated_at)).total_seconds()
    except (ValueError, TypeError):
        return None


def _span(seconds: float) -> str:
    """In the two largest units: ``4.1 s``, ``3 min 12 s``, ``2 h 5 min``, ``3 d 4 h``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
