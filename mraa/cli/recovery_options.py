"""What the verbs of recovery share: the application, options, and the steps from plan to result."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from mraa.aws import Clock
from mraa.cli.numbers import Number
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.recovery.application import Application
from mraa.recovery.models import Step, SystemView
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.recovery.retries import QUICK_ATTEMPTS, SURVIVOR_ATTEMPTS
from mraa.recovery.runbook.execute import Executor, RunbookResult
from mraa.recovery.runbook.operator import ask_for_operator, known_operator
from mraa.recovery.runbook.plan import runbooks
from mraa.sample.photos import PhotoSample

# the application that the tool recovers; nothing else in it knows which one
APPLICATION: Application = PhotoSample()

F = TypeVar("F", bound=Callable[..., Any])

DRAIN_TIMEOUT_S = 300.0


def reason_option(function: F) -> F:
    """``--reason``, the settings and the change options: on every verb that changes the state."""
    function = change_options(function)
    function = click.option("--reason", default="", help="Why; kept with the state.")(function)
    return deployment_options(function)


def drain_timeout_option(function: F) -> F:
    """``--drain-timeout``: on the verbs that drain."""
    return click.option(
        "--drain-timeout",
        "drain_timeout_s",
        type=Number(0.0, 86_400.0, "seconds"),
        default=DRAIN_TIMEOUT_S,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait until replication is confirmed.",
    )(function)


def drain_options(function: F) -> F:
    """``--force`` and ``--drain-timeout``: on the verbs that change the writer Region."""
    function = drain_timeout_option(function)
    return click.option(
        "--force",
        "is_forced",
        is_flag=True,
        help="Proceed although replication is unconfirmed, or to a Region that is not healthy.",
    )(function)


def run_in_both(
    kwargs: dict[str, Any],
    title: str,
    plan: Callable[[SystemView], list[Step]],
    *,
    reason: str,
    drain_timeout_s: float = DRAIN_TIMEOUT_S,
) -> None:
    """Read both Regions, plan, show, confirm, execute, sum up."""
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    primary, secondary = settings.regions
    aws = make_aws(settings)
    system = read_system(aws, settings, clock, APPLICATION, attempts=QUICK_ATTEMPTS)
    steps = plan(system)
    if not steps:
        state = next(view.state for view in (system.primary, system.secondary) if view.state is not None)
        ui.say(f"Nothing to do: the state is {state.state} at epoch {state.epoch}, set by {state.updated_by}.")
        ui.result(
            {"changed": False, "state": state.state, "epoch": state.epoch, "writableRegion": state.writable_region}
        )
        return
    if not _is_confirmed(ui, f"{title} of {settings.stack_name} ({primary}, {secondary})", steps):
        return
    operator = known_operator(aws, steps[0].region, reason)
    executor = Executor(aws, APPLICATION, system.infos, operator, clock, ui.event, drain_timeout_s=drain_timeout_s)
    _sum_up(ui, executor.run(steps), steps)


def run_in_survivor(kwargs: dict[str, Any], title: str, *, reason: str) -> None:
    """The unplanned failover: the same, from the secondary Region alone."""
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    secondary = settings.regions[1]
    aws = make_aws(settings)
    operator = ask_for_operator(aws, clock, secondary, reason)
    survivor = read_survivor(aws, settings, clock, attempts=SURVIVOR_ATTEMPTS)
    steps = runbooks.plan_unplanned_failover(survivor)
    if not _is_confirmed(ui, f"{title} of {settings.stack_name}, from {secondary} alone", steps):
        return
    assert survivor.info is not None, "a survivor that cannot be read raises"
    executor = Executor(aws, APPLICATION, {secondary: survivor.info}, operator(), clock, ui.event, drain_timeout_s=0)
    _sum_up(ui, executor.run(steps), steps)


def _is_confirmed(ui: Ui, title: str, steps: Sequence[Step]) -> bool:
    """Show the plan and ask; a plan that changes nothing needs no confirmation."""
    lines = [f"{number}. {step.name:<7} {step.text}" for number, step in enumerate(steps, 1)]
    if not ui.dry_run and all(step.name in runbooks.READ_ONLY for step in steps):
        ui.say("No changes; verifying the current state.")
        return True
    return ui.confirm(title, lines)


def _sum_up(ui: Ui, result: RunbookResult, steps: Sequence[Step]) -> None:
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
    }
    if result.report:
        document["report"] = result.report
    if result.reconciliation:
        document["reconciliation"] = result.reconciliation.document()
    ui.result(document)
