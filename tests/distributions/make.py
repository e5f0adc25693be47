"""Build wheel and sdist of the files that git tracks, and of the web app that they make: ``make wheel``.

They are built in a copy of those files: what else is in a checkout, a key or an editor's copy, is not released.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mraa.errors import MraaError, UsageError
from mraa.events import Event
from mraa.release import npm, origin, webapp
from tests.checkout import CHECKOUT

_BACKEND = "import sys; from setuptools import build_meta as backend; print(getattr(backend, sys.argv[1])(sys.argv[2]))"
_TIMEOUT_S = 300


def make(target: Path) -> list[Path]:
    """Wheel and sdist, in ``target``. MraaError if the web app cannot be built, or git does not track all of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "mraa")
        _export(folder)
        _add_site(folder)
        return [wheel_of(folder, target), _run("build_sdist", folder, target)]


def wheel_of(folder: Path, target: Path) -> Path:
    """The wheel of the sources in ``folder``, in ``target``."""
    return _run("build_wheel", folder, target)


def _run(hook: str, folder: Path, target: Path) -> Path:
    """What a hook of the build backend makes."""
    target.mkdir(parents=True, exist_ok=True)
    # the entries of a wheel have the time of the commit, so that it can be built again
    commit = ["git", "log", "-1", "--format=%ct"]
    epoch_s = subprocess.run(commit, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run(
        [sys.executable, "-P", "-c", _BACKEND, hook, str(target.absolute())],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch_s},
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
        umask=0o022,
    )
    if done.returncode:
        raise MraaError(f"{hook} failed: {done.stderr[-2000:]}")
    return target / done.stdout.splitlines()[-1]


def tracked() -> list[str]:
    """Every file that git tracks and that is there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split("\0") if path and (CHECKOUT / path).is_file()]


def _export(folder: Path) -> None:
    for path in tracked():
        _copy(CHECKOUT / path, folder / path)


def _add_site(folder: Path) -> None:
    site = webapp.site(CHECKOUT / origin.WEBAPP, _report)
    if site.name != webapp.sources_hash(folder / origin.WEBAPP):
        raise UsageError(f"{CHECKOUT / origin.WEBAPP} contains files that git does not track.", "Add or remove them.")
    for path in site.rglob("*"):
        if path.is_file():
            _copy(path, npm.cache(folder / origin.WEBAPP) / site.name / path.relative_to(site))


def _copy(path: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    copy.chmod(0o755 if os.access(path, os.X_OK) else 0o644)  # whatever the umask


def _report(event: Event) -> None:
    sys.stderr.write(f"{event.subject}: {event.text}\n")


if __name__ == "__main__":
    for built in make(Path(sys.argv[1])):
        sys.stdout.write(f"{built}\n")
