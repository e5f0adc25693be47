"""`mraa render`: write the templates for review."""

from pathlib import Path
from typing import Any

import click

from mraa.cli import own_tool
from mraa.cli.options import make_ui, output_options
from mraa.events import Event, Progress


@click.command("render")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("templates"),
    show_default=True,
    help="Output folder.",
)
@output_options
def command(output: Path, **kwargs: Any) -> None:
    """Write the three CloudFormation templates with placeholders for a release's bucket, version and hashes.

    They are for review; the templates to launch are part of a release (mraa build).

    \b
    Example:  mraa render --output templates
    """
    own_tool.take_over()
    from mraa import templates

    ui = make_ui(kwargs)
    written = templates.render(templates.placeholder_release())
    output.mkdir(parents=True, exist_ok=True)
    for name, text in sorted(written.items()):
        (output / name).write_text(text, encoding="utf-8")
        ui.event(Event(Progress.DONE, name, f"{len(text.encode())} bytes"))
    ui.result({"folder": str(output), "files": sorted(written)})
