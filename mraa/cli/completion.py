"""What the shell completes besides verbs, flags and choices: Regions, stacks, applications, profiles.

Whatever is wrong, a shell that completes prints nothing of it and does not wait: only stacks are asked of AWS, within
two seconds, and without credentials there are none.
"""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mraa.errors import MraaError

if TYPE_CHECKING:
    from mraa.settings import Settings

LIMIT_S = 2.0

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def _quiet(candidates: Callable[[click.Context, str], Iterable[str]]) -> Complete:
    """The candidates that begin as what was typed; none where something is wrong."""

    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
        try:
            return [text for text in dict.fromkeys(candidates(context, incomplete)) if text.startswith(incomplete)]
        except (MraaError, OSError):
            return []

    return complete


@_quiet
def regions(context: click.Context, _: str) -> Iterable[str]:
    """The deployment's Regions, then all that AWS has."""
    from mraa.partitions import known_regions

    settings = _settings(context)
    own = (settings.primary_region, settings.secondary_region) if settings else ()
    return [*own, *known_regions()]


@_quiet
def stacks(context: click.Context, incomplete: str) -> Iterable[str]:
    """The stack of the settings, and those in the primary Region."""
    settings = _settings(context)
    if settings is None:
        return []
    found: list[str] = []

    def ask() -> None:
        from mraa.aws import Aws
        from mraa.stacks.describe import stack_names

        try:
            names = stack_names(
                Aws(settings.profile, credentials_timeout_s=LIMIT_S), settings.primary_region, incomplete
            )
        except (MraaError, OSError):
            return
        # a stack set makes those, and its main stack is the one to name
        found.extend(name for name in names if not name.startswith("StackSet-"))

    # a daemon: the shell waits for this process
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    return [settings.stack_name, *sorted(found)]


@_quiet
def applications(context: click.Context, _: str) -> Iterable[str]:
    """Those of ``mraa.toml``."""
    from mraa.application_settings import read_applications

    return sorted(read_applications(_file(context)))


@_quiet
def profiles(*_: Any) -> Iterable[str]:
    """Those of AWS's own files."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        return map(str, Session().available_profiles)
    except BotoCoreError:  # a file that cannot be read
        return []


def _settings(context: click.Context) -> "Settings | None":
    """As what is typed so far says; None if that is not valid."""
    from mraa import settings

    given = {**context.find_root().params, **context.params}
    flags = {name: given.get(name) or None for name in settings.NAMES}
    flags["primary_region"] = flags["primary_region"] or given.get("region")
    try:
        return settings.load(flags, _file(context))
    except MraaError:
        return None


def _file(context: click.Context) -> Path:
    from mraa.settings_file import find_file

    given = context.params.get("config")
    return Path.cwd() / given if given else find_file(Path.cwd())
