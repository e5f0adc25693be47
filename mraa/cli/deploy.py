"""`mraa deploy`: the main stack and, through its stack set, both Regions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from mraa import names
from mraa import settings as settings_module
from mraa.aws import Clock
from mraa.cli.deploy_result import show_deploy_result
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import MraaError, UsageError
from mraa.events import Event, Progress
from mraa.release.edits import edited_since_build
from mraa.settings import Settings
from mraa.settings_file import read_text
from mraa.stacks.deployer.main_stack import ATTACH, attach_to_main_stack, deploy_main_stack
from mraa.stacks.plan.given import read_parameters, read_tags, require_role
from mraa.stacks.plan.parameters import DELETION_PROTECTION, REPLICATION_TIME_CONTROL, topic_parameters

# the values of the main stack's parameters
_CHOICES: Mapping[str, Sequence[str]] = {
    REPLICATION_TIME_CONTROL: ("Enabled", "Disabled"),
    names.LOGGING_ROLE: names.LOGGING_ROLE_CHOICES,
    names.FENCES: names.FENCE_COUNTS,
    names.PHOTOS_RATE: names.PHOTOS_RATES,
}


@click.command("deploy")
@deployment_options
@click.option(
    "--replication-time-control",
    type=click.Choice(_CHOICES[REPLICATION_TIME_CONTROL]),
    help="S3 Replication Time Control; it costs.  [default: unchanged; Disabled]",
)
@click.option(
    "--api-gateway-logging-role",
    type=click.Choice(_CHOICES[names.LOGGING_ROLE]),
    help="API Gateway's logging role of the account and Region.  [default: unchanged; created where none is set]",
)
@click.option(
    "--fences",
    type=click.Choice(_CHOICES[names.FENCES]),
    metavar="NUMBER",
    help="Fence items, a power of two to 1024; fixed at creation.  [default: 64]",
)
@click.option(
    "--photos-requests-per-second",
    "photos_rate",
    type=click.Choice(_CHOICES[names.PHOTOS_RATE]),
    metavar="NUMBER",
    help=f"Limit of the photos API in each Region: {', '.join(names.PHOTOS_RATES)}.  [default: unchanged; 200]",
)
@click.option(
    "--alarm-topics",
    nargs=2,
    metavar="PRIMARY_ARN SECONDARY_ARN",
    help='SNS topics that the alarms of each Region notify; "" for none.  [default: unchanged; none]',
)
@click.option(
    "--parameters-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The stack's parameters as JSON, as the AWS CLI takes them or {NAME: VALUE}; flags win over it.",
)
@click.option(
    "--tags",
    multiple=True,
    metavar="KEY=VALUE",
    help="Tag of the stack and of what is created in both Regions; may be repeated.  [default: unchanged]",
)
@click.option(
    "--role-arn",
    metavar="ARN",
    help="Service role that CloudFormation assumes for the main stack.  [default: the previous one; the caller]",
)
@click.option("--detach", is_flag=True, help="Start it and do not follow it.")
@click.option("--attach", "is_attach", is_flag=True, help="Only follow what is running.")
@click.option("--skip-resource", "skip", multiple=True, metavar="LOGICAL_ID", help="Skip it in a failed rollback.")
@change_options
def command(
    replication_time_control: str | None,
    api_gateway_logging_role: str | None,
    fences: str | None,
    photos_rate: str | None,
    alarm_topics: tuple[str, str] | None,
    parameters_file: Path | None,
    tags: tuple[str, ...],
    role_arn: str | None,
    detach: bool,
    is_attach: bool,
    skip: tuple[str, ...],
    **kwargs: Any,
) -> None:
    """Create or update the main stack and both Regions' stack instances from a published release.

    Shows what will change, asks, and follows it in both Regions. Run again, it resumes from whatever it finds: a
    running operation, a failed creation, a failed rollback. Writes the settings to mraa.toml.

    --tags replaces all tags that the stack has. CloudFormation gives them to what supports tags: to the stack set and
    its instances too. A service role is kept for every later operation on the stack.

    \b
    Example:  mraa deploy --secondary-region ap-northeast-1 --bucket-prefix my-bucket
              mraa deploy --dry-run
              mraa deploy --tags team=photos --tags cost-center=42
              mraa deploy --attach
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    if is_attach and (detach or skip):
        raise UsageError(
            "--attach changes nothing: it cannot be combined with --detach or --skip-resource.", "Leave one out."
        )
    settings.require("secondary_region", *(() if is_attach else ("bucket_prefix",)))
    aws, clock = make_aws(settings), Clock()
    if is_attach:
        attached = attach_to_main_stack(aws, clock, ui, settings)
        show_deploy_result(ui, attached, again=ATTACH)
        stack = attached.stack
        if stack and stack.status == "CREATE_COMPLETE" and stack.parameters.get(DELETION_PROTECTION) == "Disabled":
            ui.say("Run `mraa deploy` again to enable deletion protection of the tables.")
        return
    if role_arn is not None:
        require_role(role_arn)
    given = {
        REPLICATION_TIME_CONTROL: replication_time_control,
        names.LOGGING_ROLE: api_gateway_logging_role,
        names.FENCES: fences,
        names.PHOTOS_RATE: photos_rate,
        **(topic_parameters(settings.regions, alarm_topics) if alarm_topics else {}),
    }
    result = deploy_main_stack(
        aws,
        clock,
        ui,
        settings,
        {
            **(_read_parameters(parameters_file, settings.regions) if parameters_file else {}),
            **{key: value for key, value in given.items() if value is not None},
        },
        tags=read_tags(tags),
        role_arn=role_arn or "",
        skip=skip,
        detach=detach,
        recorded_primary=_recorded_primary(settings),
        on_checked=lambda: _warn_of_edits(ui, settings),
        on_confirmed=lambda: _save(ui, settings),
    )
    if result.action == "detached" and result.stack and result.stack.status == "CREATE_IN_PROGRESS":
        ui.say("When it is complete, run `mraa deploy` again to enable deletion protection of the tables.")
    show_deploy_result(ui, result, again=ATTACH)


def _read_parameters(file: Path, regions: tuple[str, str]) -> dict[str, str]:
    return read_parameters(read_text(file), f"--parameters-file {file}", regions, _CHOICES)


def _recorded_primary(settings: Settings) -> str:
    """The primary Region that the last deployment of this stack wrote to ``mraa.toml``; empty without one."""
    recorded = settings_module.read_file(settings.file)
    if not recorded or recorded.get("stack_name", Settings.stack_name) != settings.stack_name:
        return ""
    return recorded.get("primary_region", Settings.primary_region)


def _warn_of_edits(ui: Ui, settings: Settings) -> None:
    """What is deployed is the published release, not what a checkout contains."""
    from mraa import templates

    edited = edited_since_build(
        Path.cwd(),
        bucket_prefix=settings.bucket_prefix,
        solution_name=settings.solution_name,
        version=settings.solution_version,
        render=templates.render,
    )
    if edited:
        ui.warn(
            f"Warning: edited since `mraa build`, and not deployed now: {', '.join(edited)}.\n"
            "         To deploy it, first run: mraa build, mraa publish"
        )


def _save(ui: Ui, settings: Settings) -> None:
    try:
        settings_module.save(settings)
    except MraaError as error:
        ui.event(Event(Progress.NOTE, settings.file.name, "not written", reason=error.message))
