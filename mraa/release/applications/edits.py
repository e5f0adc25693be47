"""Whether an application was edited since its release was built: what is deployed is the release."""

from pathlib import Path

from mraa import names
from mraa.application_settings import read_applications
from mraa.errors import UsageError
from mraa.release import manifest
from mraa.release.applications.package import check, package
from mraa.templates.release import Release


def edited_since_build(file: Path, target: Path, place: Release, name: str) -> bool:
    """True if a build would make other files of the application in that ``mraa.toml`` now than are in ``target``.

    False also if nothing is known.
    """
    try:
        built = manifest.read(target)
        where = {"solution_name": place.solution_name, "version": place.version}
        manifest.require(built, bucket_prefix=place.bucket_prefix, **where)
        now = package(check(read_applications(file), name), place)
        # of these the names tell the content
        return now.keys() - {names.application_template(name)} - {file.path for file in built.files} != set()
    except (UsageError, OSError):  # a deployment does not need the sources
        return False
