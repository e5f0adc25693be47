"""`mraa fence`: no Region is writable."""

from typing import Any

import click

from mraa.cli.recovery_options import reason_option, run_in_both
from mraa.recovery.runbook.plan.runbooks import plan_fence


@click.command("fence")
@reason_option
def command(reason: str, **kwargs: Any) -> None:
    """Stop all record writes in both Regions; reads continue.

    Set in the writer Region; the other one sees it as soon as it is replicated. `mraa unfence` goes back.

    \b
    Example:  mraa fence --reason "maintenance of the tables"
    """
    run_in_both(kwargs, "Fence", plan_fence, reason=reason)
