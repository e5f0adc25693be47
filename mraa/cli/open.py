"""`mraa open`: the web app in the browser."""

import webbrowser
from typing import Any

import click

from mraa import names
from mraa.aws import Aws
from mraa.cli.options import make_ui, one_region_options, output_options, read_settings
from mraa.cli.session import make_aws
from mraa.errors import UsageError
from mraa.settings import Settings
from mraa.stacks.describe import find_stack
from mraa.stacks.preflight.checks import require_answer


@click.command("open")
@click.option("--print", "is_printed", is_flag=True, help="Only print the address.")
@one_region_options
@output_options
def command(is_printed: bool, **kwargs: Any) -> None:
    """Open the sample web app in the browser, and print its address.

    \b
    Example:  mraa open
              mraa open --print
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    url = web_app_url(make_aws(settings), settings)
    ui.say(url)
    if not is_printed and not ui.as_json and not webbrowser.open(url):
        ui.warn("No browser could be started: open the address by hand.")
    ui.result({"url": url})


def web_app_url(aws: Aws, settings: Settings) -> str:
    """The web app's address, from its stack. UsageError if it is not deployed."""
    name = names.web_stack(settings.stack_name)
    require_answer(aws, settings.primary_region)
    stack = find_stack(aws, settings.primary_region, name)
    if stack is None or "ConsoleUrl" not in stack.outputs:
        raise UsageError(
            f"There is no web app: no stack {name} with an address in {settings.primary_region}.",
            "Deploy it with `mraa webapp deploy`, or check --stack-name and --primary-region.",
        )
    return aws.site_url(stack.outputs["ConsoleUrl"])
