"""Where what is built comes from: the checkout around the current folder, else the sources that came with the tool.

A wheel carries them in ``carried/``, laid out as in a checkout; a tool that runs from a checkout has that checkout.
Nothing is mixed: in a checkout with a tool of its own, that tool builds (``cli/own_tool.py``).
"""

import os
import shutil
import tempfile
from pathlib import Path

from mraa.errors import MraaError
from mraa.release import sources, webapp

FUNCTIONS = "functions"
WEBAPP = "webapp"
DEPLOYMENT = "deployment"

_PACKAGE = Path(__file__).parents[1]
CARRIED = Path(__file__).parent / "carried"


def find_checkout(start: Path) -> Path | None:
    """The checkout of this repository that contains ``start``, if there is one."""
    return next((folder for folder in (start, *start.parents) if _has_sources(folder)), None)


def find_sources(start: Path) -> Path:
    """The checkout that contains ``start``, or else what came with the tool, where its web app is or can be built."""
    return find_checkout(start) or buildable(came_with_tool())


def has_built_webapp(folder: Path) -> bool:
    """Whether the web app of these sources need not be built any more."""
    return webapp.built_site(folder / WEBAPP).is_dir()


def default_target(start: Path) -> Path:
    """Where ``mraa build`` writes to by itself: in the checkout, or without one in ``start``."""
    return (find_checkout(start) or start) / DEPLOYMENT


def has_another_tool(checkout: Path) -> bool:
    """True if the checkout has a tool of its own, and it is not the one that runs."""
    own = checkout / _PACKAGE.name
    return (own / "__init__.py").is_file() and not own.samefile(_PACKAGE)


def came_with_tool() -> Path:
    """The sources that came with the tool, to be read only. MraaError if its installation is not complete."""
    for folder in (CARRIED, _PACKAGE.parent):
        if _has_sources(folder):
            return folder
    raise MraaError(f"The installation in {_PACKAGE} lacks the sources of a release.", "Install mraa again.")


def buildable(folder: Path) -> Path:
    """``folder`` if its web app is built; else a copy in which it can be: an installation may not be writable.

    The copy is kept, by its content, in ``$MRAA_HOME/sources`` or ``~/.mraa/sources``.
    """
    if folder != CARRIED or has_built_webapp(folder):
        return folder
    try:
        copy = Path(os.environ.get("MRAA_HOME") or Path.home() / ".mraa") / "sources" / webapp.sources_hash(folder)
        if not copy.is_dir():
            copy.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=copy.parent) as staging:
                shutil.copytree(folder, Path(staging, copy.name)).rename(copy)
    except (OSError, RuntimeError) as error:  # no home folder
        raise MraaError(f"The web app's sources cannot be copied to be built: {error}.", "Set MRAA_HOME.") from error
    return copy


def _has_sources(folder: Path) -> bool:
    return (folder / FUNCTIONS / sources.SHARED).is_dir() and (folder / WEBAPP).is_dir()
