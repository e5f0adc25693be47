"""`mraa launch-url`: links for launching from the CloudFormation console."""

from typing import Any

import click

from mraa import names
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.partitions import require_known_regions, url_suffix
from mraa.stacks.plan.parameters import SECONDARY_REGION, SOLUTION_STACK_NAME
from mraa.stacks.urls import launch_url, template_url


@click.command("launch-url")
@deployment_options
@click.option("--web", is_flag=True, help="The sample web app's link.")
@output_options
def command(web: bool, **kwargs: Any) -> None:
    """Print a link that opens the CloudFormation console with template, name and parameters filled in.

    \b
    Example:  mraa launch-url --secondary-region ap-northeast-1 --bucket-prefix my-bucket
              mraa launch-url --web
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    settings.require("bucket_prefix")
    if web:
        name, file_name = names.web_stack(settings.stack_name), names.DEMO_UI_TEMPLATE
        parameters = {SOLUTION_STACK_NAME: settings.stack_name}
    else:
        require_known_regions(*settings.regions)
        name, file_name = settings.stack_name, names.MAIN_TEMPLATE
        parameters = {SECONDARY_REGION: settings.secondary_region}
    region = settings.primary_region
    url = launch_url(region, url_suffix(region), template_url(settings, file_name), name, parameters)
    ui.say(url)
    ui.result({"url": url})
