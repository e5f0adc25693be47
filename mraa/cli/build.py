"""`mraa build`: build a release into the two folders that are uploaded."""

import functools
import shlex
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from mraa.application_settings import ApplicationSettings, read_applications
from mraa.cli import own_tool
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings, repeat_flags
from mraa.cli.ui import Ui
from mraa.errors import NotReadyError
from mraa.release import build, manifest, origin
from mraa.release.manifest import BuiltRelease
from mraa.settings import Settings
from mraa.templates.release import Release


@click.command("build")
@deployment_options
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Output folder.  [default: deployment/ of the checkout, or of the current folder]",
)
@click.option("--check", "is_check", is_flag=True, help="Build and compare, change nothing; exit 3 if it differs.")
@output_options
def command(output: Path | None, is_check: bool, **kwargs: Any) -> None:
    """Build a release: templates, function zips, web app, and your applications.

    Writes global-s3-assets/ and regional-s3-assets/. The templates name the code buckets, so a release is built for
    one bucket prefix, solution name and version. In a checkout of the repository it is built from that, elsewhere from
    the sources that came with the tool. The same sources give the same bytes everywhere: --check builds again and
    compares.

    \b
    Example:  mraa build --bucket-prefix my-bucket --solution-version v1.0.0
    """
    from mraa import templates

    own_tool.take_over()
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    settings.require("bucket_prefix")
    applications = read_applications(settings.file)
    source = origin.find_sources(Path.cwd())
    target = output.absolute() if output else built_in(settings)
    place = Release(settings.bucket_prefix, settings.solution_name, settings.solution_version, {}, "")
    make = functools.partial(
        build.build,
        source,
        bucket_prefix=settings.bucket_prefix,
        solution_name=settings.solution_name,
        version=settings.solution_version,
        render=templates.render,
        on_event=ui.event,
        applications=_packaged(applications, place) if applications else {},
    )
    if is_check:
        _check(ui, target, make)
        return
    built = make(target)
    ui.say(f"Built {built.release.solution_name} {built.release.version}: {len(built.files)} files from {source} in")
    ui.say(f"  {built.global_folder}")
    ui.say(f"  {built.regional_folder}")
    region = "" if settings.secondary_region else " --secondary-region REGION"
    folder = "" if target.resolve() == built_in(settings).resolve() else f" --from {shlex.quote(str(target))}"
    ui.say(f"Next: mraa publish{repeat_flags()}{region}{folder} --create-buckets")
    ui.result(
        {
            "globalAssets": str(built.global_folder),
            "regionalAssets": str(built.regional_folder),
            "bucketPrefix": built.release.bucket_prefix,
            "solutionName": built.release.solution_name,
            "version": built.release.version,
            "source": str(source),
            "functions": dict(built.release.functions),
            "consoleHash": built.release.console_hash,
            "applications": sorted(applications),
            "files": [f"{file.folder}/{file.path}" for file in built.files],
        }
    )


def built_in(settings: Settings) -> Path:
    """Where a release is built by itself: in the checkout around the current folder, or beside ``mraa.toml``."""
    here = Path.cwd()
    return origin.default_target(here if origin.find_checkout(here) else settings.file.parent)


def _packaged(applications: Mapping[str, ApplicationSettings], place: Release) -> dict[str, bytes]:
    # loads what reads templates, which nobody else waits for
    from mraa.release.applications.package import package_all

    return package_all(applications, place)


def _check(ui: Ui, target: Path, make: Callable[[Path], BuiltRelease]) -> None:
    """NotReadyError names the files of the release in ``target`` that a build would make otherwise now."""
    there = manifest.read(target)
    with tempfile.TemporaryDirectory(prefix="mraa-build-") as folder:
        differing = manifest.differing(there, make(Path(folder)))
    ui.result({"release": str(target), "isCurrent": not differing, "differing": differing})
    if differing:
        raise NotReadyError(
            f"{target} is not what is built here now: {len(differing)} of its files differ: {', '.join(differing)}.",
            "Run `mraa build` with the same options.",
        )
    ui.say(f"{target} is what is built here now: {len(there.files)} files, byte for byte.")
