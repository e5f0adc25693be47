"""``[application.NAME]`` of ``mraa.toml``: an application of one's own, which stands on the deployment.

[application.orders]
global   = "global.yaml"       # optional: what exists once, in the primary Region
regional = "regional.yaml"     # what exists in each Region
policy   = "policy.json"       # optional: the execution role's permissions, in place of the derived ones
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mraa.errors import UsageError
from mraa.settings_file import read_document

# in the names of stacks, of published files and of an SSM parameter
NAME_PATTERN = r"[a-z][a-z0-9-]{0,30}[a-z0-9]"
_STACK_NAME_LIMIT = 128
_NAME_MEANING = "2 to 32 lower-case letters, digits and hyphens, beginning with a letter"
# a stack of this name is the sample web app's
_TAKEN = {"web"}
_FILES = ("global", "regional", "policy")


@dataclass(frozen=True)
class ApplicationSettings:
    """One application. Paths are as written, relative to ``folder``; empty for a file that there is not.

    ``drill`` describes how a drill writes to it, as written: who drills reads it.
    """

    name: str
    folder: Path
    regional: str
    global_: str = ""
    policy: str = ""
    drill: Mapping[str, Any] = field(default_factory=dict)


def read_applications(file: Path) -> dict[str, ApplicationSettings]:
    """The applications in a ``mraa.toml`` by name. UsageError names what is wrong in it."""
    tables = read_document(file).get("application", {})
    return {name: _application(file, name, table) for name, table in tables.items()}


def find_application(file: Path, name: str) -> ApplicationSettings:
    """The application of that name. UsageError, with the names that there are, for another."""
    known = read_applications(file)
    if name not in known:
        raise UsageError(
            f"{file.name} has no application {name!r}.",
            f"Applications are: {', '.join(sorted(known))}." if known else f"Begin one: mraa app init {name}",
        )
    return known[name]


def require_name(name: str, origin: str) -> None:
    """UsageError unless an application may have that name; ``origin`` is where it comes from."""
    if not re.fullmatch(NAME_PATTERN, name):
        shown = repr(name) if len(name) <= 60 else f"{name[:60]!r}..."
        raise UsageError(f"{origin}: {shown} is not a name: it must be {_NAME_MEANING}.", "Give it another name.")
    if name in _TAKEN:
        raise UsageError(f"{origin}: the name {name} is the sample web app's.", "Give it another name.")


def require_stack_name(stack_name: str, name: str) -> None:
    """UsageError if the application's stack would have a name that is too long for CloudFormation."""
    if len(stack_name) + 1 + len(name) > _STACK_NAME_LIMIT:
        raise UsageError(
            f"The application's stack {stack_name}-{name} would have a name of more than {_STACK_NAME_LIMIT} "
            "characters.",
            "Give the application, or the main stack, a shorter name.",
        )


def _application(path: Path, name: str, table: Any) -> ApplicationSettings:
    where = f"{path}: [application.{name}]"
    require_name(name, f"{path}: application")
    if not isinstance(table, dict):
        raise UsageError(f"{path}: application.{name} must be a table.", f"Write [application.{name}].")
    for key, value in table.items():
        if key not in (*_FILES, "drill"):
            raise UsageError(f"{where}: {key[:60]!r} is not a setting.", f"Settings are: {', '.join(_FILES)}, drill.")
        if key != "drill" and not (isinstance(value, str) and value):
            raise UsageError(f"{where}: {key} must be the path of a file.", f'Write {key} = "...".')
    if "regional" not in table:
        raise UsageError(f"{where} has no regional template.", 'Write regional = "regional.yaml".')
    drill = table.get("drill", {})
    if not isinstance(drill, dict):
        raise UsageError(f"{where}: drill must be a table.", f"Write [application.{name}.drill].")
    return ApplicationSettings(
        name, path.parent, table["regional"], table.get("global", ""), table.get("policy", ""), drill
    )
