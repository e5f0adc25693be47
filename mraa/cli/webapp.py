"""`mraa webapp`: the sample web application, a stack of its own beside the main stack."""

from typing import Any

import click

from mraa import names
from mraa.aws import Clock
from mraa.cli.deploy_result import show_deploy_result
from mraa.cli.options import change_options, make_ui, one_region_options, read_settings
from mraa.cli.session import make_aws
from mraa.stacks.deployer.web_app import AGAIN, deploy_web_app
from mraa.stacks.destroy.web_app import destroy_web_app


@click.group("webapp")
def command() -> None:
    """Deploy or delete the sample web app.

    \b
    Example:  mraa webapp deploy --admin-name ada --admin-email ada@example.com
    """


@command.command("deploy")
@one_region_options
@click.option("--admin-name", help="User name of the administrator; required once.")
@click.option("--admin-email", help="Where the first password is sent; required once.")
@click.option("--detach", is_flag=True, help="Start it and do not follow it.")
@change_options
def deploy(admin_name: str | None, admin_email: str | None, detach: bool, **kwargs: Any) -> None:
    """Create or update the sample web app in the primary Region; prints its address at the end.

    \b
    Example:  mraa webapp deploy --admin-name ada --admin-email ada@example.com
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    aws = make_aws(settings)
    result = deploy_web_app(aws, Clock(), ui, settings, admin_name=admin_name, admin_email=admin_email, detach=detach)
    show_deploy_result(ui, result, again=AGAIN)
    if result.action == "created":
        ui.say(f"The first password of {admin_name} was sent to {admin_email}.")
    if result.stack and "ConsoleUrl" in result.stack.outputs:
        ui.say(f"Open: {aws.site_url(result.stack.outputs['ConsoleUrl'])}")


@command.command("destroy")
@one_region_options
@change_options
def remove(**kwargs: Any) -> None:
    """Delete the sample web app and its users; photos, comments and its access logs are retained.

    \b
    Example:  mraa webapp destroy
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    name = names.web_stack(settings.stack_name)
    action = destroy_web_app(make_aws(settings), Clock(), ui, settings)
    if action == "unchanged":
        ui.say(f"Nothing to do: stack {name} does not exist in {settings.primary_region}.")
    elif action == "deleted":
        ui.say(f"Stack {name} deleted. Its access logs are retained; `mraa destroy --delete-data` deletes them too.")
    ui.result({"action": action, "stackName": name})
