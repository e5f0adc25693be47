"""`mraa failback`: the primary Region becomes the writer again."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from mraa.cli.recovery_options import drain_options, reason_option, report_option, run_in_both
from mraa.recovery.runbook.plan.runbooks import plan_failback


@click.command("failback")
@click.option("--no-reconcile", "is_reconciled", is_flag=True, help="Do not compare the Regions first.")
@drain_options
@report_option
@reason_option
def command(
    is_reconciled: bool, is_forced: bool, drain_timeout_s: float | None, report_folder: Path, reason: str, **kwargs: Any
) -> None:
    """Make the primary Region the writer again: reconcile, fence, drain the other way, switch, verify.

    Both Regions must answer. First it compares all data, as `mraa reconcile` does: what is missing in the primary stops
    it; writes continue meanwhile. If it is interrupted, the same command resumes from the current state.

    \b
    Example:  mraa failback --reason "us-east-1 is back"
    """
    run_in_both(
        kwargs,
        "Failback",
        partial(plan_failback, is_forced=is_forced, is_reconciled=is_reconciled),
        reason=reason,
        is_forced=is_forced,
        drain_timeout_s=drain_timeout_s,
        report_folder=report_folder,
    )
