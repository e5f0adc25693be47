"""The web app as the static files that a browser loads: built once for the same sources, kept by their hash.

A web app without a ``package.json`` is taken as it is: bring your own static site.

``python -m mraa.release.webapp WORDS`` is ``npm WORDS`` in the checkout's ``webapp/``, with this environment's Node
and the lock file's packages.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.release import npm
from mraa.release.npm import Npm

INDEX = "index.html"

# beside webapp/, ignored by git
_CACHE = Path("build") / "webapp"
_LOCK = "lock"
_STAGING = ".making-"
_HASH_LENGTH = 16
_KEPT_SITES = 3
_NO_SOURCES = {npm.PACKAGES, "dist"}


def site(webapp: Path, on_event: OnEvent) -> Path:
    """The folder of the finished site of ``webapp``; built first where its sources are not those of a kept one.

    MraaError in one line where it cannot be built. Safe to run twice at once, and to kill at any time.
    """
    if not (webapp / npm.PACKAGE).is_file():
        return webapp
    cache = webapp.absolute().parent / _CACHE
    try:
        finished = cache / sources_hash(webapp)
        if not finished.is_dir():
            with _locked(cache, on_event) as lock:
                finished = _built(webapp, cache, Npm(npm.find(), webapp, cache, (lock,)), on_event)
                _remove_old(cache, finished)
        else:
            on_event(Event(Progress.DONE, "webapp", "unchanged since it was built"))
    except OSError as error:
        raise MraaError(f"The web app cannot be built in {cache}: {error}.") from error
    with suppress(OSError):  # a checkout that may only be read
        os.utime(finished)  # used last: what _remove_old goes by
    return finished


def install(webapp: Path, on_event: OnEvent) -> Path:
    """Get the lock file's packages into ``webapp/node_modules``; the npm to run there."""
    cache = webapp.absolute().parent / _CACHE
    program = npm.find()
    try:
        with _locked(cache, on_event) as lock:
            Npm(program, webapp, cache, (lock,)).install(on_event)
    except OSError as error:
        raise MraaError(f"The web app's packages cannot be installed in {webapp}: {error}.") from error
    return program


def sources_hash(webapp: Path) -> str:
    """Changes with the name or the content of any file that the built site can come of."""
    total = hashlib.sha256()
    for path in sorted(_sources(webapp), key=lambda path: path.relative_to(webapp).as_posix()):
        for part in (os.fsencode(path.relative_to(webapp).as_posix()), path.read_bytes()):
            # the length too: a file's end must not be taken for the next one's name
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()[:_HASH_LENGTH]


def _sources(webapp: Path) -> Iterator[Path]:
    """Every file but packages and hidden ones (editors', the system's); Vite reads settings from ``.env*``."""
    for folder, folders, files in os.walk(webapp):
        folders[:] = [name for name in folders if name not in _NO_SOURCES and not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if path.is_file() and (not name.startswith(".") or name.startswith(".env")):
                yield path


def _built(webapp: Path, cache: Path, program: Npm, on_event: OnEvent) -> Path:
    """Install, build in a folder of its own, and name that by its sources' hash. The lock is held."""
    for leftover in cache.glob(f"{_STAGING}*"):  # of a build that was killed
        shutil.rmtree(leftover)
    key = sources_hash(webapp)
    if (cache / key).is_dir():  # somebody else has built it while this one waited
        return cache / key
    program.install(on_event)
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=cache))
    try:
        made = staging / "site"
        words = ("run", "build", "--", "--outDir", str(made), "--emptyOutDir")
        program.run("building the web app", *words, on_event=on_event)
        if not (made / INDEX).is_file():
            raise MraaError(
                f"The web app's build made no {INDEX}.", f"See the script `build` in {webapp / npm.PACKAGE}."
            )
        if sources_hash(webapp) != key:
            raise MraaError("The web app's sources changed while they were built.", "Run it again.")
        return made.rename(cache / key)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _remove_old(cache: Path, current: Path) -> None:
    """Keep the sites used last: going back to a branch needs no build."""
    sites = [path for path in cache.iterdir() if path.is_dir() and path != current and not path.name.startswith(".")]
    for old in sorted(sites, key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT_SITES - 1 :]:
        shutil.rmtree(old)


@contextmanager
def _locked(cache: Path, on_event: OnEvent) -> Iterator[int]:
    """Hold the cache and ``node_modules`` for this process and the npm it runs; wait for whoever has them."""
    cache.mkdir(parents=True, exist_ok=True)
    lock = os.open(cache / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_event(Event(Progress.NOTE, "webapp", "waiting for another build of it"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def main(words: list[str], webapp: Path = Path(__file__).parents[2] / "webapp") -> int:
    """``npm WORDS`` in ``webapp`` (the checkout's), its packages installed; npm's exit code."""

    def say(event: Event) -> None:
        if event.progress is not Progress.DONE:
            sys.stderr.write(f"{event.subject}: {event.text}\n")

    try:
        program = install(webapp, say)
    except MraaError as error:
        sys.stderr.write("\n       ".join(filter(None, [f"Error: {error.message}", error.hint])) + "\n")
        return error.exit_code
    return subprocess.run([program, *words], cwd=webapp, env=npm.environment(program), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
