"""Options with the same meaning on every verb, as decorators."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mraa import settings as settings_module
from mraa.cli.ui import Ui
from mraa.errors import UsageError
from mraa.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_HELP = {
    "stack_name": "Main stack's name.",
    "primary_region": "Region that is writable at first.",
    "secondary_region": "Region to fail over to.",
    "bucket_prefix": "Code buckets are <prefix>-<region>.",
    "solution_name": "First folder of a release.",
    "solution_version": "Second folder of a release.",
    "profile": "AWS profile.",
}


def deployment_options(function: F) -> F:
    """The settings as flags; read them with ``read_settings(kwargs)``."""
    for name in reversed(settings_module.NAMES):
        default = getattr(Settings, name, "")
        text = f"{_HELP[name]}{f'  [default: {default}]' if default else ''}"
        function = click.option(settings_module.flag(name), name, help=text)(function)
    return function


def output_options(function: F) -> F:
    """``--json``; make the Ui with ``make_ui(kwargs)``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")(function)


def change_options(function: F) -> F:
    """``--yes``, ``--dry-run`` and ``--json``, the same on every verb that changes something."""
    function = click.option("--dry-run", is_flag=True, help="Show the plan and stop.")(function)
    function = click.option("-y", "--yes", is_flag=True, help="Proceed without asking.")(function)
    return output_options(function)


def read_settings(kwargs: dict[str, Any]) -> Settings:
    """Take the settings' flags out of a command's ``kwargs``, merged with environment and file."""
    flags = {name: kwargs.pop(name, None) for name in settings_module.NAMES}
    try:
        folder = Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("The current folder no longer exists.", "Change to another folder.") from error
    return settings_module.load(flags, folder)


def make_ui(kwargs: dict[str, Any]) -> Ui:
    """Take the output and change options out of a command's ``kwargs`` and make the Ui they ask for."""
    return Ui(
        as_json=kwargs.pop("as_json", False),
        assume_yes=kwargs.pop("yes", False),
        dry_run=kwargs.pop("dry_run", False),
    )
