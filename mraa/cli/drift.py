"""`mraa drift`: what was changed outside the templates."""

from typing import Any

import click

from mraa.aws import Clock
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import NotReadyError
from mraa.events import Event, Progress
from mraa.settings import Settings
from mraa.stacks import describe
from mraa.stacks.drift import detect_drift, drifted
from mraa.stacks.models import ResourceDrift
from mraa.stacks.reverse_rule import REVERSE_REPLICATION

_FIXES = {
    REVERSE_REPLICATION: "`mraa deploy` restores the replication rule.",
    describe.INSTANCE: "`mraa deploy` updates a stack instance, or reports what blocks it.",
}
_OTHER_FIX = "Revert it manually, or change the template to match: CloudFormation updates only what a template changes."


@click.command("drift")
@deployment_options
@output_options
def command(**kwargs: Any) -> None:
    """Detect drift in all stacks and Regions: main stack, both stack instances, web app, reverse replication rule.

    CloudFormation checks each resource property by property; it does not support every resource type. Exit code 3 if
    anything has drifted or could not be checked.

    \b
    Example:  mraa drift
              mraa drift --json
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    _show(ui, settings, detect_drift(make_aws(settings), Clock(), ui.event, settings))


def _show(ui: Ui, settings: Settings, found: list[ResourceDrift]) -> None:
    different = drifted(found)
    for item in different if not ui.as_json else ():
        _show_one(ui, item)
    ui.result(
        {
            "stackName": settings.stack_name,
            "isDrifted": bool(different),
            "checked": len(found),
            "drifted": different,
        }
    )
    if different:
        raise NotReadyError(
            f"{len(different)} of {len(found)} resources checked have drifted.",
            "\n       ".join(dict.fromkeys(_FIXES.get(item.logical_id, _OTHER_FIX) for item in different)),
        )
    ui.say(f"\nNo drift in {len(found)} resources checked.")


def _show_one(ui: Ui, item: ResourceDrift) -> None:
    name = f"{item.stack_name}: {item.logical_id} ({item.resource_type})"
    ui.event(Event(Progress.FAILED, name, item.status, item.region, item.reason))
    for difference in item.differences:
        ui.say(f"    {difference.path}: {difference.expected or 'none'} -> {difference.actual or 'none'}")
