"""Build a release: templates, function zips, console files, in the two folders that are uploaded.

The same checkout gives the same bytes. Everything is built in a temporary folder beside the old release and swapped in
at the end: a build that fails or is killed leaves the old release, and no stale file survives a new one.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mraa import names
from mraa.errors import MraaError, UsageError
from mraa.events import Event, OnEvent, Progress
from mraa.release import console, manifest, sbom, sources, webapp, zips
from mraa.release.manifest import FOLDERS, GLOBAL_ASSETS, RECORD, REGIONAL_ASSETS, BuiltRelease, ReleaseFile
from mraa.templates.release import Release

FUNCTIONS = "functions"
WEBAPP = "webapp"
DEPLOYMENT = "deployment"

Render = Callable[[Release], Mapping[str, str]]

_STAGING = ".build-"


def find_checkout(start: Path) -> Path:
    """The checkout of this repository that contains ``start``. UsageError if there is none."""
    for folder in (start, *start.parents):
        if (folder / FUNCTIONS / sources.SHARED).is_dir() and (folder / WEBAPP).is_dir():
            return folder
    raise UsageError(
        f"{start} is not in a checkout of the repository: found no {FUNCTIONS}/ and {WEBAPP}/ to build from.",
        "Clone the repository and run it there.",
    )


def build(
    source: Path,
    target: Path,
    *,
    bucket_prefix: str,
    solution_name: str,
    version: str,
    render: Render,
    on_event: OnEvent,
) -> BuiltRelease:
    """Build the checkout ``source`` into ``target``, for buckets ``<bucket_prefix>-<region>``.

    ``render`` is ``mraa.templates.render``: file name -> template text; it takes the release with the names of zips and
    console. Raises UsageError if the checkout is incomplete or another build is running, MraaError if the web app
    cannot be built.
    """
    place = Release(bucket_prefix, solution_name, version, functions={}, console_hash="")
    with _locked(target):
        _remove_leftovers(target)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=target))
        try:
            # before it is read: an edit during the build counts as one after it
            webapp_sources = webapp.sources_hash(source / WEBAPP)
            release, files = _build(staging, source, place, render, on_event)
            built = BuiltRelease(target, release, files, webapp_sources)
            manifest.write(built, staging)
            _swap(staging, target)
        except OSError as error:
            raise MraaError(
                f"The release cannot be built in {target}: {error}.",
                "Check the folder's permissions and the disk, or give another --output.",
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return built


def _build(
    staging: Path, source: Path, place: Release, render: Render, on_event: OnEvent
) -> tuple[Release, tuple[ReleaseFile, ...]]:
    """Functions -> console -> templates, which name both. ``place`` is the release without what is built here."""
    files: list[ReleaseFile] = []

    def add(folder: str, path: str, content: bytes, content_type: str) -> ReleaseFile:
        location = staging / folder / path
        location.parent.mkdir(parents=True, exist_ok=True)
        location.write_bytes(content)
        files.append(manifest.describe(folder, path, content, content_type))
        return files[-1]

    functions, built_zips = {}, {}
    for name in zips.function_names(source / FUNCTIONS):
        content = zips.zip_function(source / FUNCTIONS, name)
        functions[name] = zips.zip_name(name, content)
        built_zips[name] = add(REGIONAL_ASSETS, functions[name], content, "application/zip")
        on_event(Event(Progress.DONE, functions[name], f"{len(content)} bytes"))

    pages = console.read(webapp.site(source / WEBAPP, on_event))
    for page in pages:
        add(REGIONAL_ASSETS, f"{names.CONSOLE_FOLDER}/{page.path}", page.content, page.content_type)
    manifest_text = console.manifest(pages)
    add(REGIONAL_ASSETS, names.MANIFEST, manifest_text.encode(), "application/json")
    on_event(Event(Progress.DONE, names.CONSOLE_FOLDER, f"{len(pages)} files"))

    release = replace(place, functions=functions, console_hash=console.console_hash(manifest_text))
    bill = sbom.bill_of_materials(release, built_zips, source / WEBAPP)
    add(REGIONAL_ASSETS, sbom.FILE_NAME, bill.encode(), "application/json")
    on_event(Event(Progress.DONE, sbom.FILE_NAME, f"{len(bill.encode())} bytes"))
    for name, text in sorted(render(release).items()):
        add(REGIONAL_ASSETS, name, text.encode(), "application/json")
        if not manifest.is_content_addressed(name):
            add(GLOBAL_ASSETS, name, text.encode(), "application/json")
        on_event(Event(Progress.DONE, name, f"{len(text.encode())} bytes"))
    return release, tuple(sorted(files, key=lambda file: (file.folder, file.path)))


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Lock ``target`` for this build; the lock ends with the process, however it ends."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        folder = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UsageError(
            f"{target} is not a folder that a release can be built into: {error}.", "Give another --output."
        ) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UsageError(f"Another build is writing to {target}.", "Wait for it to finish.") from error
    finally:
        os.close(folder)


def _remove_leftovers(target: Path) -> None:
    """Remove what a killed build left; the lock is held, so no other build uses it."""
    for leftover in target.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover)


def _swap(staging: Path, target: Path) -> None:
    """Replace the old folders with the new ones, the record last: it lists the files of both."""
    old = staging / "old"
    old.mkdir()
    for folder in FOLDERS:
        if (target / folder).exists():
            (target / folder).rename(old / folder)
        (staging / folder).rename(target / folder)
    (staging / RECORD).replace(target / RECORD)
