"""The local clouds of this machine: those that run, and what is left of those that were killed."""

from dataclasses import dataclass
from pathlib import Path

from mraa_local import environment as env
from mraa_local import process
from mraa_local.process import LocalCloud


@dataclass(frozen=True)
class Listed:
    """A local cloud that runs; ``since`` when, in seconds since 1970."""

    cloud: LocalCloud
    since: float


def clouds() -> list[Listed]:
    """Those that run, by port."""
    found = []
    for cloud in process.running():
        try:
            since = (cloud.folder / env.STATE_FILE).stat().st_mtime
        except FileNotFoundError:  # it ended just now
            continue
        found.append(Listed(cloud, since))
    return found


def remove_stale() -> list[Path]:
    """Remove the keys and the functions' code of clouds that were killed; the log, and what was to be kept, stays.

    Returns their folders, named by port.
    """
    stale = [
        folder
        for folder in sorted(process.home().glob("*"))
        if folder.name.isdigit() and not process.is_locked(folder) and _has_leftovers(folder)
    ]
    for folder in stale:
        process.sweep(folder)
    return stale


def _has_leftovers(folder: Path) -> bool:
    return (folder / env.STATE_FILE).exists() or (folder / "tmp").exists()
