"""`mraa publish`: upload a built release to one bucket per Region."""

from pathlib import Path
from typing import Any

import click

from mraa.application_settings import read_applications
from mraa.cli.build import built_in
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings, repeat_flags
from mraa.cli.session import make_aws
from mraa.partitions import require_known_regions
from mraa.release import manifest, publish


@click.command("publish")
@deployment_options
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that `mraa build` wrote to.  [default: deployment/ of the checkout, or of the current folder]",
)
@click.option("--create-buckets", is_flag=True, help="Create the code buckets: private, encrypted, versioned.")
@change_options
def command(folder: Path | None, create_buckets: bool, **kwargs: Any) -> None:
    """Upload a built release to both Regions' code buckets, <prefix>-<region>.

    Uploads only what changed, verifies each file by its checksum, and uploads the templates last. Deletes nothing.

    \b
    Example:  mraa publish --bucket-prefix my-bucket --secondary-region ap-northeast-1 --create-buckets
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    settings.require("bucket_prefix", "secondary_region")
    require_known_regions(*settings.regions)
    built = manifest.read(folder.absolute() if folder else built_in(settings))
    manifest.require(
        built,
        bucket_prefix=settings.bucket_prefix,
        solution_name=settings.solution_name,
        version=settings.solution_version,
    )
    aws = make_aws(settings)
    publish_plan = publish.plan(aws, built, settings.regions, create_buckets=create_buckets)
    if not publish_plan.is_empty:
        title = f"Publish {settings.solution_name} {settings.solution_version} to {' and '.join(settings.regions)}"
        if not ui.confirm(title, publish_plan.lines()):
            return
        publish.execute(aws, publish_plan, ui.event)
        ui.say(f"Published: {len(publish_plan.uploads)} of {publish_plan.file_count} objects uploaded.")
        applications = [f"mraa app deploy {name}" for name in read_applications(settings.file)]
        # which writes the flags to the settings
        ui.say(f"Next: {', then '.join([f'mraa deploy{repeat_flags()}', *applications])}")
    else:
        ui.say("No changes: both Regions' buckets contain this release.")
    ui.result(
        {
            "buckets": [bucket.name for bucket in publish_plan.buckets],
            "created": [bucket.name for bucket in publish_plan.buckets if not bucket.exists],
            "uploaded": [f"s3://{upload.bucket.name}/{upload.key}" for upload in publish_plan.uploads],
            "unchanged": publish_plan.file_count - len(publish_plan.uploads),
        }
    )
