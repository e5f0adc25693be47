"""`mraa failover`: the secondary Region becomes the writer."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from mraa.cli.recovery_options import drain_options, reason_option, report_option, run_in_both, run_in_survivor
from mraa.errors import UsageError
from mraa.recovery.runbook.plan.runbooks import plan_failover


@click.command("failover")
@click.option("--unplanned", is_flag=True, help="The primary Region is lost: switch at once, from the secondary alone.")
@drain_options
@report_option
@reason_option
def command(
    unplanned: bool, is_forced: bool, drain_timeout_s: float | None, report_folder: Path, reason: str, **kwargs: Any
) -> None:
    """Make the secondary Region the writer.

    Planned: fence, drain, switch, verify; no acknowledged write is lost. With --unplanned: switch and verify, from the
    secondary Region alone; writes that the primary did not replicate are missing until it is back. If it is
    interrupted, the same command resumes from the current state.

    \b
    Example:  mraa failover --reason "maintenance in us-east-1"
              mraa failover --unplanned --yes
    """
    if unplanned and is_forced:
        raise UsageError("--unplanned takes no --force: it drains nothing.", "Omit --force.")
    if unplanned:
        run_in_survivor(kwargs, "Unplanned failover", reason=reason, report_folder=report_folder)
        return
    run_in_both(
        kwargs,
        "Failover",
        partial(plan_failover, is_forced=is_forced),
        reason=reason,
        is_forced=is_forced,
        drain_timeout_s=drain_timeout_s,
        report_folder=report_folder,
    )
