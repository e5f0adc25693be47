"""`mraa build`: build a checkout into the two folders that are uploaded."""

from pathlib import Path
from typing import Any

import click

from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.release import build


@click.command("build")
@deployment_options
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Output folder.  [default: deployment/ of the checkout]",
)
@output_options
def command(output: Path | None, **kwargs: Any) -> None:
    """Build a release from the current checkout: templates, function zips, web app.

    Writes global-s3-assets/ and regional-s3-assets/. The templates name the code buckets, so a release is built for
    one bucket prefix, solution name and version.

    \b
    Example:  mraa build --bucket-prefix my-bucket --solution-version v1.0.0
    """
    from mraa import templates

    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    settings.require("bucket_prefix")
    source = build.find_checkout(Path.cwd())
    built = build.build(
        source,
        output.absolute() if output else source / build.DEPLOYMENT,
        bucket_prefix=settings.bucket_prefix,
        solution_name=settings.solution_name,
        version=settings.solution_version,
        render=templates.render,
        on_event=ui.event,
    )
    ui.say(f"Built {built.release.solution_name} {built.release.version}: {len(built.files)} files in")
    ui.say(f"  {built.global_folder}")
    ui.say(f"  {built.regional_folder}")
    ui.say("Next: mraa publish --create-buckets")
    ui.result(
        {
            "globalAssets": str(built.global_folder),
            "regionalAssets": str(built.regional_folder),
            "bucketPrefix": built.release.bucket_prefix,
            "solutionName": built.release.solution_name,
            "version": built.release.version,
            "functions": dict(built.release.functions),
            "consoleHash": built.release.console_hash,
            "files": [f"{file.folder}/{file.path}" for file in built.files],
        }
    )
