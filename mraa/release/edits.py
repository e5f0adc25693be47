"""Whether the sources in a checkout were edited since its release was built: what is deployed is the release."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from mraa.errors import UsageError
from mraa.release import manifest, origin, webapp, zips
from mraa.release.build import Render
from mraa.release.manifest import GLOBAL_ASSETS, BuiltRelease


def edited_since_build(
    start: Path, *, bucket_prefix: str, solution_name: str, version: str, render: Render
) -> list[str]:
    """What a build would make otherwise now: functions, ``webapp``, templates.

    Empty also if nothing is known: ``start`` is in no checkout, none was built there for this place, or another tool
    than this one builds there.
    """
    checkout = origin.find_checkout(start)
    if checkout is None or origin.has_another_tool(checkout):
        return []
    try:
        built = manifest.read(checkout / origin.DEPLOYMENT)
        manifest.require(built, bucket_prefix=bucket_prefix, solution_name=solution_name, version=version)
        return [*_functions(checkout, built), *_webapp(checkout, built), *_templates(built, render)]
    except (UsageError, OSError):  # a deployment does not need the checkout
        return []


def _functions(checkout: Path, built: BuiltRelease) -> Iterator[str]:
    folder = checkout / origin.FUNCTIONS
    for name in sorted({*zips.function_names(folder), *built.release.functions}):
        if _zip_name(folder, name) != built.release.functions.get(name):
            yield f"{origin.FUNCTIONS}/{name}"


def _zip_name(folder: Path, name: str) -> str:
    """The name of the function's zip; empty if there is none."""
    if not (folder / name / zips.ENTRY).is_file():
        return ""
    try:
        return zips.zip_name(name, zips.zip_function(folder, name))
    except UsageError:  # no Python: edited just now
        return ""


def _webapp(checkout: Path, built: BuiltRelease) -> Iterator[str]:
    if built.webapp_sources not in ("", webapp.sources_hash(checkout / origin.WEBAPP)):
        yield origin.WEBAPP


def _templates(built: BuiltRelease, render: Render) -> Iterator[str]:
    """Of the same functions: a template that names another zip was not edited."""
    rendered = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in render(built.release).items()}
    for file in built.files:
        if file.folder == GLOBAL_ASSETS and rendered.get(file.path) != file.sha256:
            yield file.path
