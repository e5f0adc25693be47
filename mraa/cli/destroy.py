"""`mraa destroy`: the stacks and, with --delete-data, all that they leave behind."""

from typing import Any

import click

from mraa.aws import Clock
from mraa.cli.destroy_result import require_confirmation, show_destroy_result
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.session import make_aws
from mraa.stacks.destroy.deployment import destroy_deployment


@click.command("destroy")
@deployment_options
@click.option("--delete-data", is_flag=True, help="Delete tables, objects and logs too, in both Regions.")
@click.option("--confirm", metavar="STACK_NAME", help="The stack's name again; required by --delete-data.")
@change_options
def command(delete_data: bool, confirm: str | None, **kwargs: Any) -> None:
    """Delete the web app's stack and the main stack with both stack instances. Data is retained unless --delete-data.

    Run again after an interruption, or long after the stacks were deleted, it finishes. Lists what is left.

    \b
    Example:  mraa destroy
              mraa destroy --delete-data --confirm mraa
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    require_confirmation(ui, settings.stack_name, confirm, delete_data=delete_data)
    result = destroy_deployment(make_aws(settings), Clock(), ui, settings, with_data=delete_data)
    again = f"mraa destroy --stack-name {settings.stack_name} --delete-data --confirm {settings.stack_name}"
    if result.action == "unchanged":
        left = "" if result.left else " and left nothing behind"
        ui.say(f"Nothing to do: stack {settings.stack_name} does not exist{left}.")
    show_destroy_result(ui, result, again, delete_data=delete_data)
