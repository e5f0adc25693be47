"""`mraa drift`: what was changed outside the templates."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from mraa.aws import Clock
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import NotReadyError
from mraa.events import Event, Progress
from mraa.settings import Settings
from mraa.stacks.drift.detect import detect_drift, drifted, not_checked
from mraa.stacks.models import DriftReport, ResourceDrift

_FIX = "Revert {} manually, or change the template to match: CloudFormation updates only what a template changes."


@click.command("drift")
@deployment_options
@output_options
def command(**kwargs: Any) -> None:
    """Detect drift in all stacks and Regions: main stack, both stack instances, web app.

    CloudFormation checks each resource property by property; it does not support every type. What matters for
    safety is read as well: bucket policies, replication rules, deletion protection, the state guard's event source.
    Exit code 3 if anything has drifted or could not be read.

    \b
    Example:  mraa drift
              mraa drift --json
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    _show(ui, settings, detect_drift(make_aws(settings), Clock(), ui.event, settings))


def _show(ui: Ui, settings: Settings, report: DriftReport) -> None:
    different, unchecked = drifted(report), not_checked(report)
    unknown = sum(item.status == "UNKNOWN" for item in different)
    checked = len(report.resources) - len(unchecked) - unknown
    beside = f"; {len(unchecked)} not checked by CloudFormation" if unchecked else ""
    if not ui.as_json:
        for item in different:
            _show_one(ui, item)
        for note in report.notes:
            ui.event(Event(Progress.NOTE, note.logical_id, note.text, note.region))
            ui.say(f"    To change it: {note.fix}")
        if unchecked:
            ui.say("\nNot checked: CloudFormation's drift detection does not support them.")
            ui.table(["type", "resources"], [(kind, str(count)) for kind, count in _types(unchecked)])
    ui.result(
        {
            "stackName": settings.stack_name,
            "isDrifted": bool(different),
            "checked": checked,
            "drifted": different,
            "notChecked": unchecked,
            "notes": report.notes,
        }
    )
    if different:
        count = len(different) - unknown
        result = f"{count} of {checked} resources checked have drifted" if count else f"No drift in {checked} resources"
        failed = f"; {unknown} could not be checked" if unknown else ""
        raise NotReadyError(f"{result}{failed}{beside}.", "What to do is said below each of them.")
    ui.say(f"\nNo drift in {checked} resources{beside}.")


def _types(unchecked: Sequence[ResourceDrift]) -> list[tuple[str, int]]:
    return sorted(Counter(of.resource_type for of in unchecked).items())


def _show_one(ui: Ui, item: ResourceDrift) -> None:
    name = f"{item.stack_name}: {item.logical_id} ({item.resource_type})"
    ui.event(Event(Progress.FAILED, name, item.status, item.region, item.reason))
    for difference in item.differences:
        ui.say(f"    {difference.path}: {difference.expected or 'none'} -> {difference.actual or 'none'}")
    ui.say(f"    What to do: {item.fix or _FIX.format(item.physical_id or 'it')}")
