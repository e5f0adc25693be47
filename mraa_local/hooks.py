"""The check that the engine is the one we know.

Our extensions replace or call private names of the engine. Each declares them in ``HOOKED``; they are looked up
before anything is installed, so that another version of the engine fails with one line and not in the middle of a
deployment.
"""

import importlib
import importlib.metadata
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from mraa.errors import MraaError

ENGINE = "ministack"
ENGINE_VERSION = "1.5.33"


class EngineError(MraaError):
    """The engine is missing, or is not the version that the extensions were written for."""


def resolve(dotted: str) -> Any:
    """The object behind ``package.module.name[.attribute]``; raises LookupError where there is none."""
    parts = dotted.split(".")
    for split in range(len(parts), 0, -1):
        name = ".".join(parts[:split])
        try:
            found: Any = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
                raise
            continue
        for attribute in parts[split:]:
            if not hasattr(found, attribute):
                raise LookupError(dotted)
            found = getattr(found, attribute)
        return found
    raise LookupError(dotted)


def missing(names: Iterable[str]) -> list[str]:
    """Those of the dotted names that the installed engine does not have."""
    absent = []
    for name in names:
        try:
            resolve(name)
        except LookupError:
            absent.append(name)
    return absent


def rebind(old: Any, new: Any) -> None:
    """Put ``new`` wherever a loaded module of the engine holds ``old``: many import each other's functions by name."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == ENGINE:
            for attribute, value in list(vars(module).items()):
                if value is old:
                    setattr(module, attribute, new)


def check(extensions: Iterable[ModuleType]) -> None:
    """Raise EngineError unless the engine has the right version and every hooked name."""
    absent = missing(name for extension in extensions for name in extension.HOOKED)
    if absent or version() != ENGINE_VERSION:
        raise unfit(absent)


def unfit(absent: Iterable[str]) -> EngineError:
    """The one line about an engine that is not ours."""
    lacks = ", ".join(dict.fromkeys(absent))
    return EngineError(
        f"The local cloud needs {ENGINE} {ENGINE_VERSION}, found {version()}{lacks and f'; it lacks {lacks}'}.",
        "pip install 'mraa[local]'",
    )


def version() -> str:
    """The installed engine's version."""
    try:
        return importlib.metadata.version(ENGINE)
    except importlib.metadata.PackageNotFoundError as error:
        raise EngineError("The local cloud is not installed.", "pip install 'mraa[local]'") from error
