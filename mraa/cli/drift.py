"""`mraa drift`: what somebody changed past the templates."""

import dataclasses
from collections.abc import Callable
from typing import Any

import click

from mraa import names
from mraa.aws import Aws, Clock
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.ui import Ui
from mraa.errors import AwsError, NotReadyError, StackError
from mraa.events import Event, Progress
from mraa.settings import Settings
from mraa.stacks import checks, drift, plan, state
from mraa.stacks.models import ResourceDrift

_MEND = {
    drift.REVERSE_RULE: "`mraa deploy` puts the replication rule again.",
    state.INSTANCE: "`mraa deploy` brings a stack instance up to date, or says what is in the way.",
}
_MEND_ELSEWHERE = (
    "Put it back by hand, or change the template to match: CloudFormation leaves alone what a template does not change."
)


@click.command("drift")
@deployment_options
@output_options
def command(**kwargs: Any) -> None:
    """Compare what there is with the templates: main stack, both stack instances, web app, the S3 rule back.

    CloudFormation looks, resource by resource and property by property; not every type of resource can be looked at.
    Exit code 3 where anything differs, or could not be told.

    \b
    Example:  mraa drift
              mraa drift --json
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    aws, clock = Aws(settings.profile), Clock()
    checks.check_regions(aws, [settings.primary_region])
    main = state.find_stack(aws, settings.primary_region, settings.stack_name)
    if main is None:
        raise StackError(
            f"Stack {settings.stack_name} does not exist in {settings.primary_region}.", "Run `mraa deploy` first."
        )
    plan.refuse_foreign_main(main, settings.secondary_region)
    if plan.next_for_deploy(main.name, main).action is not plan.Action.UPDATE:
        raise StackError(f"Stack {main.name} is in {main.status}.", "Run `mraa deploy` to bring it to an end first.")
    web = state.find_stack(aws, settings.primary_region, names.web_stack(settings.stack_name))
    found = drift.detect_stack(aws, clock, ui.event, main)
    if web is not None and web.parameters.get(plan.SOLUTION_STACK_NAME) == main.name:
        found += drift.detect_stack(aws, clock, ui.event, web)
    looks: dict[str, Callable[[], list[ResourceDrift]]] = {
        state.INSTANCE: lambda: drift.detect_stack_set(aws, clock, ui.event, main),
        drift.REVERSE_RULE: lambda: [drift.reverse_rule(aws, main)],
    }
    for name, look in looks.items():
        try:
            found += look()
        except AwsError as error:
            # a Region that does not answer: what was found elsewhere is worth knowing all the same
            region = main.outputs["SecondaryRegion"]
            found.append(ResourceDrift(region, main.name, name, "not looked at", "UNKNOWN", reason=error.message))
    _show(ui, settings, found)


def _show(ui: Ui, settings: Settings, found: list[ResourceDrift]) -> None:
    different = drift.drifted(found)
    for item in different if not ui.as_json else ():
        _say(ui, item)
    ui.result(
        {
            "stackName": settings.stack_name,
            "isDrifted": bool(different),
            "checked": len(found),
            "drifted": [dataclasses.asdict(item) for item in different],
        }
    )
    if different:
        raise NotReadyError(
            f"{len(different)} of {len(found)} resources looked at are not as the templates say.",
            "\n       ".join(dict.fromkeys(_MEND.get(item.logical_id, _MEND_ELSEWHERE) for item in different)),
        )
    ui.say(f"\nNo drift: {len(found)} resources looked at are as the templates say.")


def _say(ui: Ui, item: ResourceDrift) -> None:
    name = f"{item.stack_name}: {item.logical_id} ({item.resource_type})"
    ui.event(Event(Progress.FAILED, name, item.status, item.region, item.reason))
    for difference in item.differences:
        ui.say(f"    {difference.path}: {difference.expected or 'nothing'} -> {difference.actual or 'nothing'}")
