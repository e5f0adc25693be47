"""The check that the engine is the one we know.

The ports use private names of the engine. These are read from the ports' own sources and looked up before anything is
installed, so that another version of the engine fails with one line and not in the middle of a deployment.
"""

import ast
import importlib
import importlib.metadata
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mraa_local.errors import GET_IT, EngineError

ENGINE = "ministack"
ENGINE_VERSION = "1.5.33"
_LIBRARIES = (ENGINE, "airspeed")


def check() -> None:
    """Raise EngineError unless the engine has the right version and every name that a port uses."""
    absent = missing(used_names())
    if absent or version() != ENGINE_VERSION:
        lacks = ", ".join(absent)
        raise EngineError(
            f"The local cloud needs {ENGINE} {ENGINE_VERSION}, found {version()}{lacks and f'; it lacks {lacks}'}.",
            GET_IT,
        )


def version() -> str:
    """The installed engine's version."""
    try:
        return importlib.metadata.version(ENGINE)
    except importlib.metadata.PackageNotFoundError as error:
        raise EngineError("The local cloud is not installed.", GET_IT) from error


def used_names() -> list[str]:
    """Every name of the libraries that a port uses, as ``package.module.name`` or ``package.module.Class.name``."""
    sources = (path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))
    return sorted({name for source in sources for name in names_in(source)})


def names_in(source: str) -> Iterator[str]:
    """The libraries' names in one module's source: what it imports, and the attributes of that it reads or replaces."""
    imported: dict[str, str] = {}
    attributes = []  # most nodes are others, and each start waits for this
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            attributes.append(node)
        elif isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    ours = {alias: name for alias, name in imported.items() if name.split(".")[0] in _LIBRARIES}
    yield from ours.values()
    for attribute in attributes:
        match attribute.value:
            case ast.Attribute(value=ast.Name(id=alias), attr=outer) if alias in ours:
                if outer[0].isupper():  # of a class: its attributes are looked up too
                    yield f"{ours[alias]}.{outer}.{attribute.attr}"
            case ast.Name(id=alias) if alias in ours:
                yield f"{ours[alias]}.{attribute.attr}"


def missing(names: Iterable[str]) -> list[str]:
    """Those of the dotted names that the installed libraries do not have."""
    absent = []
    for name in names:
        try:
            resolve(name)
        except LookupError:
            absent.append(name)
    return absent


def resolve(dotted: str) -> Any:
    """The object behind ``package.module.name[.attribute]``; raises LookupError if it does not exist."""
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


def rebind(old: Any, new: Any) -> None:
    """Put ``new`` wherever a loaded module of the engine has ``old``: many import each other's functions by name."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == ENGINE:
            for attribute, value in list(vars(module).items()):
                if value is old:
                    setattr(module, attribute, new)
