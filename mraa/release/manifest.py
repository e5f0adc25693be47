"""The record of a build, ``release.json``, beside the folders that it built.

``publish`` reads it to know for which buckets the templates were rendered, and to verify that the folders are still
what was built: the swap of two folders is two renames, and a build killed between them must not be published.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from mraa.errors import UsageError
from mraa.templates.release import Release

RECORD = "release.json"
GLOBAL_ASSETS = "global-s3-assets"
REGIONAL_ASSETS = "regional-s3-assets"
FOLDERS = (GLOBAL_ASSETS, REGIONAL_ASSETS)

_SCHEMA_VERSION = 1
_CONTENT_ADDRESSED = re.compile(r"-[0-9a-f]{12}\.template$")
_BUILD_AGAIN = "Run `mraa build` again."


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release: ``folder`` is one of ``FOLDERS``, ``path`` is relative to it, with slashes.

    ``md5`` is S3's ETag of what other tools uploaded.
    """

    folder: str
    path: str
    sha256: str
    md5: str
    bytes: int
    content_type: str


@dataclass(frozen=True)
class BuiltRelease:
    """A release on disk: ``target`` contains the two asset folders and ``release.json``.

    ``webapp_sources`` is the hash of what the web app was built from; empty if an older tool built it.
    """

    target: Path
    release: Release
    files: tuple[ReleaseFile, ...]
    webapp_sources: str = ""

    @property
    def global_folder(self) -> Path:
        """``global-s3-assets``: the three templates."""
        return self.target / GLOBAL_ASSETS

    @property
    def regional_folder(self) -> Path:
        """``regional-s3-assets``: the templates again, function zips, console files and their manifest."""
        return self.target / REGIONAL_ASSETS

    def location(self, file: ReleaseFile) -> Path:
        """The path of a file of this release."""
        return self.target / file.folder / file.path


def describe(folder: str, path: str, content: bytes, content_type: str) -> ReleaseFile:
    """The record of one file's content."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return ReleaseFile(folder, path, hashlib.sha256(content).hexdigest(), md5, len(content), content_type)


def is_content_addressed(path: str) -> bool:
    """True for the copy of the regional template that the stack set's TemplateURL names."""
    return bool(_CONTENT_ADDRESSED.search(path))


def write(built: BuiltRelease, folder: Path) -> Path:
    """Write ``release.json`` of ``built`` into ``folder``."""
    release = {**asdict(built.release), "functions": dict(built.release.functions)}
    document = {
        "schemaVersion": _SCHEMA_VERSION,
        "release": release,
        "files": [asdict(file) for file in built.files],
        "webappSources": built.webapp_sources,
    }
    path = folder / RECORD
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path


def read(target: Path) -> BuiltRelease:
    """The release in ``target``, each file verified. UsageError if none was built, or not completely."""
    path = target / RECORD
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        release = Release(**document["release"])
        files = tuple(ReleaseFile(**file) for file in document["files"])
    except FileNotFoundError as error:
        raise UsageError(f"Nothing is built in {target}: no {RECORD}.", "Run `mraa build` first.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as a release: {error!r}.", _BUILD_AGAIN) from error
    built = BuiltRelease(target, release, files, str(document.get("webappSources", "")))
    for file in files:
        opened(built, file).close()
    return built


def opened(built: BuiltRelease, file: ReleaseFile) -> BinaryIO:
    """A file, open for reading; UsageError if its bytes are no longer what was built."""
    location = built.location(file)
    try:
        stream = location.open("rb")
    except OSError as error:
        raise UsageError(f"{location} is missing from the release: {error.strerror}.", _BUILD_AGAIN) from error
    if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
        stream.close()
        raise UsageError(f"{location} is not what was built.", _BUILD_AGAIN)
    stream.seek(0)
    return stream


def differing(one: BuiltRelease, other: BuiltRelease) -> list[str]:
    """``folder/path`` of each file that only one of two releases has, or that has other bytes or another media type."""
    return sorted({f"{file.folder}/{file.path}" for file in {*one.files} ^ {*other.files}})


def require(built: BuiltRelease, *, bucket_prefix: str, solution_name: str, version: str) -> None:
    """UsageError unless ``built`` was built for exactly this place: the templates name it."""
    wanted = (bucket_prefix, solution_name, version)
    found = (built.release.bucket_prefix, built.release.solution_name, built.release.version)
    if found != wanted:
        raise UsageError(
            f"{built.target} was built for {' '.join(found)}, not for {' '.join(wanted)}.",
            f"Run `mraa build --bucket-prefix {bucket_prefix} --solution-name {solution_name}"
            f" --solution-version {version}`, or give the values it was built for.",
        )
