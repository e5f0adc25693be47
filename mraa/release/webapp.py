"""The web app as static files for browsers, built once for the same sources and cached by their hash.

A web app without a ``package.json`` is used as it is: bring your own static site.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.release import npm
from mraa.release.npm import Npm

_INDEX = "index.html"
_STAGING = ".building"
_HASH_LENGTH = 16
_KEPT_SITES = 3
_NO_SOURCES = {npm.PACKAGES, "dist"}


def built_site(webapp: Path) -> Path:
    """Where the site that is built from the sources as they are now is kept; there is none before it is built."""
    return npm.cache(webapp) / sources_hash(webapp)


def site(webapp: Path, on_event: OnEvent) -> Path:
    """The folder of the built site of ``webapp``; builds it unless a site of the same sources is cached.

    MraaError in one line if it cannot be built. Safe to run concurrently, and to kill at any time.
    """
    if not (webapp / npm.PACKAGE).is_file():
        return webapp
    built = built_site(webapp)
    if built.is_dir():
        on_event(Event(Progress.DONE, "webapp", "unchanged since it was built"))
    else:
        with npm.exclusive(webapp, on_event) as program:
            built = _build(webapp, program, on_event)
            _remove_old(built)
    with suppress(OSError):  # a read-only checkout
        os.utime(built)  # last use, for _remove_old
    return built


def sources_hash(webapp: Path) -> str:
    """Changes with the name or the content of any file that the site may be built from."""
    total = hashlib.sha256()
    for path in sorted(_sources(webapp), key=lambda path: path.relative_to(webapp).as_posix()):
        for part in (os.fsencode(path.relative_to(webapp).as_posix()), path.read_bytes()):
            # the length too, so that the end of a file is not read as the next one's name
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()[:_HASH_LENGTH]


def _sources(webapp: Path) -> Iterator[Path]:
    """All files except packages and hidden ones (editors', the system's); Vite reads settings from ``.env*``."""
    for folder, folders, files in os.walk(webapp):
        folders[:] = [name for name in folders if name not in _NO_SOURCES and not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if path.is_file() and (not name.startswith(".") or name.startswith(".env")):
                yield path


def _build(webapp: Path, program: Npm, on_event: OnEvent) -> Path:
    """Install, build in a staging folder, and rename that to the sources' hash."""
    built, staging = built_site(webapp), npm.cache(webapp) / _STAGING
    if built.is_dir():  # by another process, while this one waited for the lock
        return built
    program.install(on_event)
    shutil.rmtree(staging, ignore_errors=True)  # of a build that was killed
    try:
        program.run(
            "building the web app", "run", "build", "--", "--outDir", str(staging), "--emptyOutDir", on_event=on_event
        )
        if not (staging / _INDEX).is_file():
            raise MraaError(
                f"The web app's build created no {_INDEX}.", f"See the script `build` in {webapp / npm.PACKAGE}."
            )
        if sources_hash(webapp) != built.name:
            raise MraaError("The web app's sources changed during the build.", "Run it again.")
        return staging.rename(built)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _remove_old(built: Path) -> None:
    """Keep the sites used last, so that switching back to a branch requires no build."""
    others = [path for path in built.parent.iterdir() if path.is_dir() and path != built]
    for old in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT_SITES - 1 :]:
        shutil.rmtree(old)
