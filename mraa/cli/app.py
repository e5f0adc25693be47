"""`mraa app`: applications of one's own, each a stack of its own beside the main stack."""

from typing import Any

import click

from mraa.application_settings import find_application, read_applications, require_name, require_stack_name
from mraa.aws import Clock
from mraa.cli import completion
from mraa.cli.build import built_in
from mraa.cli.deploy_result import show_deploy_result
from mraa.cli.destroy_result import require_confirmation, show_destroy_result
from mraa.cli.options import (
    change_options,
    config_file,
    config_option,
    deployment_options,
    make_ui,
    output_options,
    read_settings,
)
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import UsageError
from mraa.events import Event, Progress
from mraa.release.applications.edits import edited_since_build
from mraa.release.applications.findings import Grade
from mraa.release.applications.package import Checked, check
from mraa.release.applications.policy import policy_lines
from mraa.release.applications.skeleton import init
from mraa.settings import Settings
from mraa.stacks.deployer.application import again, deploy_application
from mraa.stacks.destroy.application import destroy_application
from mraa.templates.release import Release


@click.group("app")
def command() -> None:
    """Begin, check, deploy or delete an application of your own.

    \b
    Example:  mraa app init orders
              mraa app check orders
              mraa build && mraa publish && mraa app deploy orders
    """


@command.command("init")
@click.argument("name")
@config_option
@output_options
def begin(name: str, **kwargs: Any) -> None:
    """Write the smallest application that works into a new folder NAME, and its table into mraa.toml.

    Overwrites nothing.

    \b
    Example:  mraa app init orders
    """
    ui = make_ui(kwargs)
    file = config_file(kwargs)
    written = init(file, name)
    for path in written:
        ui.event(Event(Progress.DONE, path, "written"))
    ui.say(f"Next: mraa app check {name}")
    ui.result({"name": name, "written": written})


@command.command("check")
@click.argument("name", shell_complete=completion.applications)
@config_option
@output_options
def look(name: str, **kwargs: Any) -> None:
    """Check an application's templates, and show the permissions derived for them. Asks AWS nothing.

    Finds parameters that nobody gives, names that would be taken twice, stores that are not replicated, functions that
    write without the right to check a fence. Exit code 2 if something would be refused.

    \b
    Example:  mraa app check orders
    """
    ui = make_ui(kwargs)
    file = config_file(kwargs)
    find_application(file, name)
    checked = check(read_applications(file), name)
    _show(ui, checked)
    errors = [of for of in checked.findings if of.grade is Grade.ERROR]
    underived = {} if checked.policy else checked.derived.underived
    ui.result(
        {
            "name": name,
            "findings": checked.findings,
            "permissions": {} if checked.policy else checked.derived.permissions.actions,
            "iam": [] if checked.policy else sorted(checked.derived.permissions.iam),
            "boundary": [] if checked.policy else checked.derived.permissions.boundary,
            "policy": checked.policy,
            "underived": underived,
        }
    )
    if errors or underived:
        count = len(errors) + len(underived)
        raise UsageError(f"{count} of these would be refused.", "What to do is said below each of them.")


@command.command("deploy")
@click.argument("name", shell_complete=completion.applications)
@deployment_options
@click.option("--detach", is_flag=True, help="Start it and do not follow it.")
@click.option("--skip-resource", "skip", multiple=True, metavar="LOGICAL_ID", help="Skip it in a failed rollback.")
@change_options
def deploy(name: str, detach: bool, skip: tuple[str, ...], **kwargs: Any) -> None:
    """Create or update an application on the deployed main stack, in both Regions, from a published release.

    Shows what will change, in nested stacks too, and the permissions that CloudFormation gets; asks, and follows it in
    both Regions. Run again, it resumes from whatever it finds.

    \b
    Example:  mraa build && mraa publish && mraa app deploy orders
              mraa app deploy orders --dry-run
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    settings.require("secondary_region", "bucket_prefix")
    application = find_application(settings.file, name)
    require_stack_name(settings.stack_name, name)
    result = deploy_application(
        make_aws(settings),
        Clock(),
        ui,
        settings,
        application.name,
        skip=skip,
        detach=detach,
        on_checked=lambda: _warn_of_edits(ui, settings, name),
    )
    show_deploy_result(ui, result, again=again(name))


@command.command("destroy")
@click.argument("name", shell_complete=completion.applications)
@deployment_options
@click.option("--delete-data", is_flag=True, help="Delete its tables, buckets and logs too, in both Regions.")
@click.option("--confirm", metavar="NAME", help="The application's name again; required by --delete-data.")
@change_options
def remove(name: str, delete_data: bool, confirm: str | None, **kwargs: Any) -> None:
    """Delete an application's stacks in both Regions. Tables and buckets are retained unless --delete-data.

    Run again after an interruption, or long after the stacks were deleted, it finishes. Lists what is left.

    \b
    Example:  mraa app destroy orders
              mraa app destroy orders --delete-data --confirm orders
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    require_name(name, "mraa app destroy")
    require_confirmation(ui, name, confirm, delete_data=delete_data)
    result = destroy_application(make_aws(settings), Clock(), ui, settings, name, with_data=delete_data)
    command_again = f"mraa app destroy {name} --delete-data --confirm {name}"
    if result.action == "unchanged":
        left = "" if result.left else " and left nothing behind"
        ui.say(f"Nothing to do: application {name} is not deployed{left}.")
        if not result.left:
            known = ", ".join(sorted(read_applications(settings.file)))
            ui.say(
                f"Applications in {settings.file.name} are: {known}."
                if known
                else f"{settings.file.name} has no applications."
            )
    show_destroy_result(ui, result, command_again, delete_data=delete_data)


def _warn_of_edits(ui: Ui, settings: Settings, name: str) -> None:
    """What is deployed is the published release, not what the project contains."""
    place = Release(settings.bucket_prefix, settings.solution_name, settings.solution_version, {}, "")
    if edited_since_build(settings.file, built_in(settings), place, name):
        ui.warn(
            f"Warning: application {name} was edited since `mraa build`; what is deployed now is what was built.\n"
            "         To deploy it as it is, first run: mraa build, mraa publish"
        )


def _show(ui: Ui, checked: Checked) -> None:
    if ui.as_json:
        return
    for finding in checked.findings:
        progress = Progress.FAILED if finding.grade is Grade.ERROR else Progress.UNCONFIRMED
        ui.event(Event(progress, f"{finding.file}: {finding.subject}", finding.text))
        ui.say(f"    What to do: {finding.fix}")
    if not checked.findings and not checked.derived.underived:
        ui.say("No findings.")
    if checked.policy:
        ui.say(f"CloudFormation's permissions in both Regions are those of {checked.settings.policy}.")
        return
    for subject, why in checked.derived.underived.items():
        ui.event(Event(Progress.FAILED, f"{checked.templates.regional.label}: {subject}", why))
        ui.say('    What to do: write the permissions in a policy of your own: policy = "policy.json".')
    ui.say("CloudFormation's permissions in both Regions, derived from the types of the regional template:")
    for line in policy_lines(checked.derived.permissions):
        ui.say(f"  {line}")
    ui.say("Its roles may have at most:")
    ui.say(f"  {' '.join(checked.derived.permissions.boundary) or 'nothing'}")
