"""Build a release: templates, function zips, console files, in the two folders that are uploaded.

The same sources give the same bytes. Everything is built in a temporary folder beside the old release and swapped in
at the end: a build that fails or is killed leaves the old release, and no stale file survives a new one.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from mraa import names
from mraa.errors import MraaError, UsageError
from mraa.events import Event, OnEvent, Progress
from mraa.release import console, manifest, sbom, webapp, zips
from mraa.release.manifest import FOLDERS, GLOBAL_ASSETS, RECORD, REGIONAL_ASSETS, BuiltRelease, ReleaseFile
from mraa.release.origin import FUNCTIONS, WEBAPP
from mraa.templates.release import Release

Render = Callable[[Release], Mapping[str, str]]

_STAGING = ".build-"
_CONTENT_TYPES = {".jar": "application/zip", ".template": "application/json", ".zip": "application/zip"}


def build(
    source: Path,
    target: Path,
    *,
    bucket_prefix: str,
    solution_name: str,
    version: str,
    render: Render,
    on_event: OnEvent,
    applications: Mapping[str, bytes] = MappingProxyType({}),
) -> BuiltRelease:
    """Build ``source``, laid out as a checkout is, into ``target``, for buckets ``<bucket_prefix>-<region>``.

    ``applications`` are the files of one's own applications, by path.
    ``render`` is ``mraa.templates.render``: file name -> template text; it takes the release with the names of zips and
    console. Raises UsageError if the sources are incomplete or another build is running, MraaError if the web app
    cannot be built.
    """
    place = Release(bucket_prefix, solution_name, version, functions={}, console_hash="")
    with _locked(target):
        _remove_leftovers(target)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=target))
        try:
            # before it is read: an edit during the build counts as one after it
            webapp_sources = webapp.sources_hash(source / WEBAPP)
            draft = _Draft(staging, on_event)
            release = _build(draft, source, place, render)
            for path, content in sorted(applications.items()):
                draft.add(REGIONAL_ASSETS, path, content, _CONTENT_TYPES[Path(path).suffix])
            files = tuple(sorted(draft.files, key=lambda file: (file.folder, file.path)))
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


@dataclass
class _Draft:
    """The release as it grows, in a temporary folder."""

    staging: Path
    on_event: OnEvent
    files: list[ReleaseFile] = field(default_factory=list)

    def __post_init__(self) -> None:
        for folder in FOLDERS:
            (self.staging / folder).mkdir()

    def add(self, folder: str, path: str, content: bytes, content_type: str, *, is_told: bool = True) -> ReleaseFile:
        location = self.staging / folder / path
        location.parent.mkdir(parents=True, exist_ok=True)
        location.write_bytes(content)
        self.files.append(manifest.describe(folder, path, content, content_type))
        if is_told:
            self.on_event(Event(Progress.DONE, path, f"{len(content)} bytes"))
        return self.files[-1]


def _build(draft: _Draft, source: Path, place: Release, render: Render) -> Release:
    """Functions -> console -> templates, which name both. ``place`` is the release without what is built here."""
    functions, built_zips = {}, {}
    for name in zips.function_names(source / FUNCTIONS):
        content = zips.zip_function(source / FUNCTIONS, name)
        functions[name] = zips.zip_name(name, content)
        built_zips[name] = draft.add(REGIONAL_ASSETS, functions[name], content, _CONTENT_TYPES[".zip"])

    pages = console.read(webapp.site(source / WEBAPP, draft.on_event))
    for page in pages:
        path = f"{names.CONSOLE_FOLDER}/{page.path}"
        draft.add(REGIONAL_ASSETS, path, page.content, page.content_type, is_told=False)
    manifest_text = console.manifest(pages)
    draft.add(REGIONAL_ASSETS, names.MANIFEST, manifest_text.encode(), "application/json", is_told=False)
    draft.on_event(Event(Progress.DONE, names.CONSOLE_FOLDER, f"{len(pages)} files"))

    release = replace(place, functions=functions, console_hash=console.console_hash(manifest_text))
    bill = sbom.bill_of_materials(release, built_zips, source / WEBAPP)
    draft.add(REGIONAL_ASSETS, sbom.FILE_NAME, bill.encode(), "application/json")
    for name, text in sorted(render(release).items()):
        if not manifest.is_content_addressed(name):
            draft.add(GLOBAL_ASSETS, name, text.encode(), _CONTENT_TYPES[".template"], is_told=False)
        draft.add(REGIONAL_ASSETS, name, text.encode(), _CONTENT_TYPES[".template"])
    return release


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
