"""`mraa webapp`: the sample web application, a stack of its own beside the main stack."""

import re
from typing import Any

import click

from mraa import names
from mraa.aws import Aws, Clock
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.stack_change import Wish, bring_about, show_outcome, take_down
from mraa.errors import UsageError
from mraa.settings import Settings
from mraa.stacks import checks, plan, state
from mraa.stacks.models import StackRequest
from mraa.stacks.plan import Action


@click.group("webapp")
def command() -> None:
    """Launch or remove the sample web app.

    \b
    Example:  mraa webapp deploy --admin-name ada --admin-email ada@example.com
    """


@command.command("deploy")
@deployment_options
@click.option("--admin-name", help="Name to sign in with; needed once.")
@click.option("--admin-email", help="Where the first password is sent; needed once.")
@click.option("--detach", is_flag=True, help="Start it and do not follow it.")
@change_options
def deploy(admin_name: str | None, admin_email: str | None, detach: bool, **kwargs: Any) -> None:
    """Create or update the sample web app in the primary Region; ends with the address to open.

    \b
    Example:  mraa webapp deploy --admin-name ada --admin-email ada@example.com
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    settings.require("bucket_prefix")
    given = {"AdminName": admin_name, "AdminEmail": admin_email}
    if admin_email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", admin_email):
        raise UsageError(f"--admin-email {admin_email!r} is not an e-mail address.", "Write it as name@example.com.")
    aws, clock = Aws(settings.profile), Clock()
    region = settings.primary_region
    account = checks.check_regions(aws, [region])
    checks.check_code(aws, settings, [region], account, names.DEMO_UI_TEMPLATE)
    _require_main_stack(aws, settings)
    web = state.find_stack(aws, region, names.web_stack(settings.stack_name))
    if plan.next_for_deploy(names.web_stack(settings.stack_name), web).action in (Action.CREATE, Action.RECREATE):
        for name, value in (("--admin-name", admin_name), ("--admin-email", admin_email)):
            if not value:
                raise UsageError(f"{name} is not set.", f"The first deploy of the web app needs {name}.")
    wish = _web_stack(settings, {key: value for key, value in given.items() if value})
    outcome = bring_about(ui, aws, clock, wish, detach=detach)
    show_outcome(ui, outcome, again=wish.again)
    if outcome.action == "created":
        ui.say(f"The first password of {admin_name} is on its way to {admin_email}.")
    if outcome.stack and "ConsoleUrl" in outcome.stack.outputs:
        ui.say(f"Open: {aws.site_url(outcome.stack.outputs['ConsoleUrl'])}")


@command.command("destroy")
@deployment_options
@change_options
def remove(**kwargs: Any) -> None:
    """Remove the sample web app and its users; photos, comments and its access logs stay.

    \b
    Example:  mraa webapp destroy
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    aws, clock = Aws(settings.profile), Clock()
    checks.check_regions(aws, [settings.primary_region])
    name = names.web_stack(settings.stack_name)
    stack = state.find_stack(aws, settings.primary_region, name)
    if stack is not None:
        plan.refuse_foreign_web(stack, settings.stack_name)
    if stack is None or plan.next_for_destroy(name, stack).action is Action.NOTHING:
        ui.say(f"Nothing to do: stack {name} does not exist in {settings.primary_region}.")
        ui.result({"action": "unchanged", "stackName": name})
        return
    lines = [*plan.destroy_lines([stack], [], delete_data=False), "  with its users; photos and comments stay"]
    if not ui.confirm(f"Remove the web app of stack {settings.stack_name}", lines):
        ui.result({"action": "untouched", "stackName": name})
        return
    take_down(ui, aws, clock, stack)
    ui.say(f"Stack {name} is deleted. Its access logs stay; `mraa destroy --delete-data` removes them too.")
    ui.result({"action": "deleted", "stackName": name})


def _web_stack(settings: Settings, parameters: dict[str, str]) -> Wish:
    return Wish(
        request=StackRequest(
            names.web_stack(settings.stack_name),
            settings.primary_region,
            checks.template_url(settings, names.DEMO_UI_TEMPLATE),
            {plan.SOLUTION_STACK_NAME: settings.stack_name, **parameters},
        ),
        refuse_foreign=lambda stack: plan.refuse_foreign_web(stack, settings.stack_name),
        again="mraa webapp deploy",
    )


def _require_main_stack(aws: Aws, settings: Settings) -> None:
    name, region = settings.stack_name, settings.primary_region
    main = state.find_stack(aws, region, name)
    if main is not None:
        plan.refuse_foreign_main(main, settings.secondary_region)
    if main is None or plan.next_for_deploy(name, main).action is not Action.UPDATE:
        status = f" ({main.status})" if main else ""
        raise UsageError(f"There is no deployed stack {name} in {region}{status}.", "Run `mraa deploy` first.")
