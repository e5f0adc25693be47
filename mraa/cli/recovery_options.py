"""What the verbs of recovery share: options, and the steps from plan to result."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from mraa.aws import Clock
from mraa.cli.applications import read_applications
from mraa.cli.numbers import Number
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.recovery.models import Step, SystemView
from mraa.recovery.regions.estimate import DRAIN_TIMEOUT_S, DrainEstimate, estimate_of, require_confirmable
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.recovery.retries import QUICK_ATTEMPTS, SURVIVOR_ATTEMPTS
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import ask_for_operator, known_operator
from mraa.recovery.runbook.plan import runbooks
from mraa.recovery.runbook.record import Recorder, Run
from mraa.recovery.runbook.report_files import write_report
from mraa.recovery.runbook.result import RunbookResult

F = TypeVar("F", bound=Callable[..., Any])


def reason_option(function: F) -> F:
    """``--reason``, the settings and the change options: on every verb that changes the state."""
    function = change_options(function)
    function = click.option("--reason", default="", help="Why; kept with the state.")(function)
    return deployment_options(function)


def drain_timeout_option(default: str = f"{DRAIN_TIMEOUT_S:.0f}") -> Callable[[F], F]:
    """``--drain-timeout``, None unless it is given: on the verbs that drain."""
    return click.option(
        "--drain-timeout",
        "drain_timeout_s",
        type=Number(0.0, 86_400.0, "seconds"),
        metavar="SECONDS",
        help=f"How long to wait until replication is confirmed.  [default: {default}]",
    )


def drain_options(function: F) -> F:
    """``--force`` and ``--drain-timeout``: on the verbs that change the writer Region."""
    function = drain_timeout_option(f"{DRAIN_TIMEOUT_S:.0f}, with --force 0")(function)
    return click.option(
        "--force",
        "is_forced",
        is_flag=True,
        help="Proceed although replication is unconfirmed, or to a Region that is not healthy; wait for nothing.",
    )(function)


def report_option(function: F) -> F:
    """``--report``: on the verbs that change the writer Region."""
    return click.option(
        "--report",
        "report_folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("recovery-reports"),
        show_default=True,
        metavar="DIRECTORY",
        help="Folder for the run's report: a page and a JSON file.",
    )(function)


def run_in_both(
    kwargs: dict[str, Any],
    title: str,
    plan: Callable[[SystemView], list[Step]],
    *,
    reason: str,
    is_forced: bool = False,
    drain_timeout_s: float | None = None,
    report_folder: Path | None = None,
) -> None:
    """Read both Regions, plan, show, confirm, execute, sum up."""
    if drain_timeout_s is None:
        drain_timeout_s = 0.0 if is_forced else DRAIN_TIMEOUT_S
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    primary, secondary = settings.regions
    aws = make_aws(settings)
    applications = read_applications(aws, clock, settings.file)
    system = read_system(aws, settings, clock, applications.everything, attempts=QUICK_ATTEMPTS)
    applications.note_problems(list(system.infos.values()), ui.event)
    steps = plan(system)
    if not steps:
        state = next(view.state for view in (system.primary, system.secondary) if view.state is not None)
        ui.say(f"Nothing to do: the state is {state.state} at epoch {state.epoch}, set by {state.updated_by}.")
        ui.result(
            {"changed": False, "state": state.state, "epoch": state.epoch, "writableRegion": state.writable_region}
        )
        return
    estimate = None if is_forced else estimate_of(aws, clock, applications.everything, system.infos, steps)
    if estimate:
        require_confirmable(estimate, drain_timeout_s)
    if not _is_confirmed(ui, f"{title} of {settings.stack_name} ({primary}, {secondary})", steps, estimate):
        return
    operator = known_operator(aws, steps[0].region, reason)
    recorder = Recorder(title, settings.stack_name, settings.regions, operator, clock, ui.event)
    executor = Executor(
        aws,
        applications.everything,
        system.infos,
        operator,
        clock,
        recorder.event,
        drain_timeout_s=drain_timeout_s,
    )
    _execute(ui, executor, recorder, steps, report_folder)


def run_in_survivor(kwargs: dict[str, Any], title: str, *, reason: str, report_folder: Path) -> None:
    """The unplanned failover: the same, from the secondary Region alone."""
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    secondary = settings.regions[1]
    aws = make_aws(settings)
    get_operator = ask_for_operator(aws, clock, secondary, reason)
    survivor = read_survivor(aws, settings, clock, attempts=SURVIVOR_ATTEMPTS)
    steps = runbooks.plan_unplanned_failover(survivor)
    if not _is_confirmed(ui, f"{title} of {settings.stack_name}, from {secondary} alone", steps):
        return
    assert survivor.info is not None, "a survivor that cannot be read raises"
    applications = read_applications(aws, clock, settings.file)
    applications.note_problems([survivor.info], ui.event)
    operator = get_operator()
    recorder = Recorder(title, settings.stack_name, settings.regions, operator, clock, ui.event)
    infos = {secondary: survivor.info}
    executor = Executor(aws, applications.everything, infos, operator, clock, recorder.event, drain_timeout_s=0)
    _execute(ui, executor, recorder, steps, report_folder)


def _is_confirmed(ui: Ui, title: str, steps: Sequence[Step], estimate: DrainEstimate | None = None) -> bool:
    """Show the plan and ask; a plan that changes nothing needs no confirmation."""
    lines = [f"{number}. {step.name:<9} {step.text}" for number, step in enumerate(steps, 1)]
    if estimate:
        lines.append(estimate.text)
    if not ui.dry_run and all(step.name in runbooks.READ_ONLY for step in steps):
        ui.say("No changes; verifying the current state.")
        return True
    return ui.confirm(title, lines)


def _execute(ui: Ui, executor: Executor, recorder: Recorder, steps: Sequence[Step], report_folder: Path | None) -> None:
    """Run the steps and sum up; however they end, the report is left, unless nothing was to be changed."""
    files: tuple[Path, ...] = ()
    try:
        result = recorder.run(executor, steps)
    finally:
        if recorder.finished and any(step.name not in runbooks.READ_ONLY for step in steps):
            files = _leave_report(ui, report_folder, recorder.finished)
    _sum_up(ui, result, steps, files)


def _leave_report(ui: Ui, folder: Path | None, run: Run) -> tuple[Path, ...]:
    """The files written; a report that cannot be written never fails a recovery."""
    if folder is None:
        return ()
    try:
        files = write_report(folder, run)
    except OSError as error:
        ui.warn(f"Warning: no report in {folder}: {error.strerror or error}; --report names another folder.")
        return ()
    ui.say(f"Report: {files[0]}")
    return files


def _sum_up(ui: Ui, result: RunbookResult, steps: Sequence[Step], files: Sequence[Path]) -> None:
    assert result.state is not None, "every runbook ends by reading the state"
    state = result.state
    total_s = sum(seconds for _, seconds in result.timings)
    ui.say(
        f"The state is {state.state} at epoch {state.epoch}; writable: {state.writable_region}; {total_s:.1f} s in all."
    )
    if result.report:
        ui.say(f"Warning: {result.report['text']}.")
    document: dict[str, Any] = {
        "changed": any(step.name not in runbooks.READ_ONLY for step in steps),
        "state": state.state,
        "epoch": state.epoch,
        "writableRegion": state.writable_region,
        "steps": [{"name": name, "elapsedS": round(seconds, 3)} for name, seconds in result.timings],
        "notes": result.notes,
        "reportFiles": [str(path) for path in files],
    }
    if result.report:
        document["report"] = result.report
    if result.reconciliation:
        document["reconciliation"] = result.reconciliation.document()
    ui.result(document)
