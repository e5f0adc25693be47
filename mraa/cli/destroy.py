"""`mraa destroy`: the stacks and, with --delete-data, all that they leave behind."""

from collections.abc import Sequence
from typing import Any

import click

from mraa.aws import Clock
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import StackError, UsageError
from mraa.settings import Settings
from mraa.stacks.destroy.deployment import DestroyResult, destroy_deployment
from mraa.stacks.models import Leftover


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
    _require_confirmation(ui, settings, confirm, delete_data=delete_data)
    result = destroy_deployment(make_aws(settings), Clock(), ui, settings, with_data=delete_data)
    again = f"mraa destroy --stack-name {settings.stack_name} --delete-data --confirm {settings.stack_name}"
    if result.action == "unchanged":
        ui.say(f"Nothing to do: stack {settings.stack_name} does not exist and left nothing behind.")
    elif result.action == "deleted":
        _show(ui, result, again, delete_data=delete_data)
    ui.result(result)
    if delete_data and result.action == "deleted" and result.left:
        raise StackError(f"{len(result.left)} resources were not deleted (listed above).", f"Run again: {again}")


def _require_confirmation(ui: Ui, settings: Settings, confirm: str | None, *, delete_data: bool) -> None:
    if confirm is not None and confirm != settings.stack_name:
        raise UsageError(f"--confirm {confirm} is not the stack's name, {settings.stack_name}.", "No changes made.")
    if delete_data and confirm is None and not ui.dry_run:
        raise UsageError(
            "--delete-data permanently deletes all tables, objects and logs in both Regions.",
            f"Give --confirm {settings.stack_name} as well, or see what it deletes with --dry-run.",
        )


def _show(ui: Ui, result: DestroyResult, again: str, *, delete_data: bool) -> None:
    """What was deleted, what is left and why, and how to delete it."""
    for name in result.stacks:
        ui.say(f"Stack {name} deleted.")
    left, earlier = result.left, result.left_by_earlier_stacks
    _list(ui, "Left" if delete_data else "Retained data", left)
    _list(ui, "Left by earlier stacks of this name", earlier)
    if (left and not delete_data) or earlier:
        ui.say(f"To delete it: {again}")
    if not left and not earlier:
        ui.say("Nothing is left.")


def _list(ui: Ui, title: str, items: Sequence[Leftover]) -> None:
    if items:
        rows = [[item.kind, item.name, item.region, item.reason] for item in items]
        has_reasons = any(item.reason for item in items)
        ui.table(["kind", "name", "Region", "reason" if has_reasons else ""], rows, title=title)
