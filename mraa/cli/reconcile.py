"""`mraa reconcile`: what one Region has and the other one lacks."""

from contextlib import ExitStack
from typing import Any

import click

from mraa.aws import Clock
from mraa.cli.applications import read_applications
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import MraaError, NotReadyError
from mraa.events import Event, Progress
from mraa.recovery.reconcile.discrepancies import Discrepancy, Kind, Summary
from mraa.recovery.reconcile.reconcile import Reconciliation
from mraa.recovery.reconcile.repair import Copier, Worklist
from mraa.recovery.regions.history import read_history
from mraa.recovery.regions.system import read_both_regions


@click.command("reconcile")
@click.option("--repair", "is_repair", is_flag=True, help="Copy what one Region lacks from the other.")
@click.option("--all", "is_all", is_flag=True, help="List every difference, not the first 20 of a kind.")
@deployment_options
@change_options
def command(is_repair: bool, is_all: bool, **kwargs: Any) -> None:
    """Compare the records and objects of both Regions, and show what was written where at which epoch.

    With --repair, what one Region lacks is copied from the other, and nothing is overwritten; what both have with
    different content, and what was deleted on one side, is listed and left unchanged. Both Regions must answer.

    Exit code 3 if a difference is left.

    \b
    Example:  mraa reconcile --secondary-region ap-northeast-1
              mraa reconcile --repair --yes
    """
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    aws = make_aws(settings)
    infos, problems = read_both_regions(aws, settings, clock)
    if problems:
        listed = "; ".join(f"{region}: {problem}" for region, problem in problems.items())
        raise NotReadyError(f"Both Regions are needed to compare them. {listed}.", "Run it again when both answer.")
    primary, secondary = infos
    applications = read_applications(aws, clock, settings.file)
    applications.note_problems(infos, ui.event)
    with ExitStack() as files:
        work = files.enter_context(Worklist())

        def found(discrepancy: Discrepancy) -> None:
            work.add(discrepancy)
            if is_all:
                ui.event(Event(Progress.NOTE, str(discrepancy.kind), discrepancy.text))

        history = read_history(aws, clock, infos)
        comparison = Reconciliation(aws, clock, applications.everything, primary, secondary, history.changes, ui.event)
        summary = comparison.run(found)
        _show(ui, summary, is_all=is_all)
        result = summary.document()
        left = summary.count(Kind.MISSING)
        if is_repair and work.counts:
            lines = [
                f"copy {number:,} {thing}{'' if number == 1 else 's'} to {region}, without overwriting"
                for (thing, region), number in sorted(work.counts.items())
            ]
            if not ui.confirm(f"Repair of {settings.stack_name}", lines):
                ui.result(result)
                return
            by_region = {primary.region: primary, secondary.region: secondary}
            copied = Copier(aws, clock, applications.everything, by_region, ui.event).run(work)
            result["repair"] = copied.document()
            left = copied.failed
            ui.say(f"Copied {copied.copied.total():,}, not needed any more {copied.skipped:,}, failed {left:,}.")
            if left:
                ui.result(result)
                raise MraaError(f"{left:,} records or objects could not be copied.", "The reasons are above.")
    ui.result(result)
    _end(summary, left)


def _show(ui: Ui, summary: Summary, *, is_all: bool) -> None:
    rows = [
        [region, f"epoch {epoch}" if epoch else "before the history", f"{number:,}"]
        for (region, epoch), number in sorted(summary.written.items(), key=lambda entry: (entry[0][1], entry[0][0]))
    ]
    if rows:
        ui.table(["written in", "at", "records"], rows)
    if not is_all:
        for discrepancy in summary.examples:
            ui.say(f"- {discrepancy.text}")
    for line in summary.lines():
        ui.say(line)
    if summary.is_equal:
        ui.say("Both Regions have the same data.")


def _end(summary: Summary, left: int) -> None:
    undecided = summary.count(Kind.CONFLICT, Kind.DELETED)
    if left or undecided:
        raise NotReadyError(
            "The Regions differ.",
            "\n       ".join(
                [
                    *(["- missing: `mraa reconcile --repair` copies it"] if left else []),
                    *(["- conflicts and deletions are for you to decide (docs/runbook.md)"] if undecided else []),
                ]
            ),
        )
