"""`mraa outputs`: what the stacks export."""

from typing import Any

import click

from mraa import names
from mraa.cli.options import make_ui, one_region_options, output_options, read_settings
from mraa.cli.session import make_aws
from mraa.errors import UsageError
from mraa.stacks.describe import find_stack
from mraa.stacks.preflight.checks import require_answer


@click.command("outputs")
@click.argument("key", default="")
@one_region_options
@output_options
def command(key: str, **kwargs: Any) -> None:
    """Print the outputs of the main stack and of the web app; with KEY only that one's value.

    \b
    Example:  mraa outputs
              mraa outputs PrimaryObjectStoreBucket
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    aws, region = make_aws(settings), settings.primary_region
    require_answer(aws, region)
    names_of_stacks = (settings.stack_name, names.web_stack(settings.stack_name))
    found = [stack for name in names_of_stacks if (stack := find_stack(aws, region, name))]
    if not found:
        raise UsageError(
            f"There is no stack {settings.stack_name} in {region}.",
            "Check --stack-name and --primary-region, or deploy it with `mraa deploy`.",
        )
    outputs = {name: value for stack in found for name, value in sorted(stack.outputs.items())}
    if not key:
        ui.table(["output", "value"], list(outputs.items()))
    elif key in outputs:
        ui.say(outputs[key])
    else:
        raise UsageError(f"No stack has an output {key}.", f"There are: {', '.join(outputs) or 'none'}.")
    ui.result({"outputs": {key: outputs[key]} if key else outputs})
