"""`mraa deploy`: the main stack and, through its stack set, both Regions."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mraa import names
from mraa import settings as settings_module
from mraa.aws import Aws, Clock
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.stack_change import Outcome, Wish, attach, bring_about, change_parameters, show_outcome
from mraa.cli.ui import Ui
from mraa.errors import MraaError, UsageError
from mraa.events import Event, Progress
from mraa.settings import Settings
from mraa.stacks import checks, drift, inventory, plan, state
from mraa.stacks.models import StackRequest

PROTECTED = {plan.DELETION_PROTECTION: "Enabled"}


@click.command("deploy")
@deployment_options
@click.option(
    "--replication-time-control",
    type=click.Choice(["Enabled", "Disabled"]),
    help="S3's 15-minute promise; it costs.  [default: as it is; Disabled]",
)
@click.option(
    "--api-gateway-logging-role",
    type=click.Choice(["Create", "Existing"]),
    help="The account's setting for API logs.  [default: as it is; Create]",
)
@click.option("--detach", is_flag=True, help="Start it and do not follow it.")
@click.option("--attach", "is_attach", is_flag=True, help="Change nothing: follow what is running.")
@click.option(
    "--skip-resource", "skip", multiple=True, metavar="LOGICAL_ID", help="A resource that a stuck rollback shall leave."
)
@change_options
def command(
    replication_time_control: str | None,
    api_gateway_logging_role: str | None,
    detach: bool,
    is_attach: bool,
    skip: tuple[str, ...],
    **kwargs: Any,
) -> None:
    """Create or update the main stack and both Regions' stack instances from a published release.

    Shows what will change, asks, and follows it in both Regions. Run again it goes on from whatever it finds: an
    operation that is running, a failed creation, a rollback that got stuck. Writes the settings to mraa.toml.

    \b
    Example:  mraa deploy --secondary-region ap-northeast-1 --bucket-prefix my-bucket
              mraa deploy --dry-run
              mraa deploy --attach
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    if is_attach and (detach or skip):
        raise UsageError(
            "--attach changes nothing: it goes with neither --detach nor --skip-resource.", "Leave one out."
        )
    settings.require("secondary_region", *(() if is_attach else ("bucket_prefix",)))
    given = {
        plan.SECONDARY_REGION: settings.secondary_region,
        "ReplicationTimeControl": replication_time_control,
        "ApiGatewayLoggingRole": api_gateway_logging_role,
    }
    aws, clock = Aws(settings.profile), Clock()
    if is_attach:
        wish = main_stack(ui, aws, settings, {})
        show_outcome(ui, attach(ui, aws, clock, wish), again=wish.follow_again)
        return
    account = checks.check_regions(aws, settings.regions)
    plan.refuse_mirrored(state.find_stack(aws, settings.secondary_region, settings.stack_name), settings.primary_region)
    checks.check_code(aws, settings, settings.regions, account, names.MAIN_TEMPLATE)
    wish = main_stack(ui, aws, settings, {key: value for key, value in given.items() if value})
    wish = replace(wish, skip=skip)
    outcome = bring_about(ui, aws, clock, wish, detach=detach)
    if outcome.action == "created" and outcome.stack:
        ui.heading("Turning on the tables' deletion protection")
        protected = change_parameters(ui, aws, clock, wish, outcome.stack, PROTECTED)
        outcome = Outcome("created", protected.stack, outcome.elapsed_s + protected.elapsed_s)
    elif outcome.action == "detached" and outcome.stack and outcome.stack.status == "CREATE_IN_PROGRESS":
        ui.say("When it is complete, `mraa deploy` once more turns on the tables' deletion protection.")
    show_outcome(ui, outcome, again=wish.follow_again)


def main_stack(ui: Ui, aws: Aws, settings: Settings, parameters: dict[str, str]) -> Wish:
    """The main stack as these settings and parameters want it."""
    primary, secondary = settings.regions
    return Wish(
        request=StackRequest(
            settings.stack_name,
            primary,
            checks.template_url(settings, names.MAIN_TEMPLATE),
            parameters,
            instance_regions=(secondary, primary),
        ),
        refuse_foreign=lambda stack: plan.refuse_foreign_main(stack, secondary),
        again="mraa deploy",
        attach="mraa deploy --attach",
        # not in the creation: it could not be rolled back
        update_parameters=PROTECTED,
        mend=lambda stack: drift.lost_rule_lines(aws, ui.event, stack),
        creation_notes=lambda: _creation_notes(ui, aws, settings),
        on_confirmed=lambda: _save(ui, settings),
    )


def _creation_notes(ui: Ui, aws: Aws, settings: Settings) -> list[str]:
    """What comes after the creation, and what lies about from before."""
    stack_names = settings.stack_name, names.web_stack(settings.stack_name)
    try:
        main, web = (state.find_stack(aws, settings.primary_region, name) for name in stack_names)
        left = inventory.earlier_leftovers(aws, settings.regions, *stack_names, main, web)
    except MraaError as error:
        # it is only good to know
        ui.event(Event(Progress.NOTE, "what earlier stacks left", "cannot be told", reason=error.message))
        left = []
    return ["then an update: deletion protection of the tables on", *plan.leftover_lines(left, settings.stack_name)]


def _save(ui: Ui, settings: Settings) -> None:
    try:
        settings_module.save(settings, Path.cwd())
    except MraaError as error:
        ui.event(Event(Progress.NOTE, settings_module.FILE_NAME, "not written", reason=error.message))
