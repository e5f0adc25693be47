"""`mraa unfence`: the state before the fence."""

from typing import Any

import click

from mraa.cli.recovery_options import reason_option, run_in_both
from mraa.recovery.runbook.plan.runbooks import plan_unfence


@click.command("unfence")
@reason_option
def command(reason: str, **kwargs: Any) -> None:
    """Go back to the state before the fence: active or failover.

    \b
    Example:  mraa unfence --yes
    """
    run_in_both(kwargs, "Unfence", plan_unfence, reason=reason)
