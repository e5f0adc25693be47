"""Options with the same meaning on every verb, as decorators."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mraa import settings as settings_module
from mraa.cli import completion
from mraa.cli.ui import Ui
from mraa.errors import UsageError
from mraa.settings import Settings
from mraa.settings_file import FILE_NAME, find_file

F = TypeVar("F", bound=Callable[..., Any])

_COMPLETE = {
    "stack_name": completion.stacks,
    "primary_region": completion.regions,
    "secondary_region": completion.regions,
    "profile": completion.profiles,
}
_HELP = {
    "stack_name": "Main stack's name.",
    "primary_region": "Region that is writable at first.",
    "secondary_region": "Region to fail over to.",
    "bucket_prefix": "Code buckets are <prefix>-<region>.",
    "solution_name": "First folder of a release.",
    "solution_version": "Second folder of a release.",
    "profile": "AWS profile.",
}


def config_option(function: F) -> F:
    """``--config``; find the file with ``config_file(kwargs)``."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"Settings file.  [default: {FILE_NAME} in this folder or the nearest parent]",
    )(function)


def deployment_options(function: F) -> F:
    """``--config`` and the settings as flags; read them with ``read_settings(kwargs)``."""
    return setting_options(config_option(function))


def one_region_options(function: F) -> F:
    """The settings, and ``--region``: on verbs that ask one Region alone, the primary."""
    return click.option(
        "--region",
        shell_complete=completion.regions,
        help="The Region of the stack; the same as --primary-region.",
    )(deployment_options(function))


def setting_options(function: F) -> F:
    """The settings as flags alone."""
    for name in reversed(settings_module.NAMES):
        default = getattr(Settings, name, "")
        text = f"{_HELP[name]}{f'  [default: {default}]' if default else ''}"
        function = click.option(settings_module.flag(name), name, help=text, shell_complete=_COMPLETE.get(name))(
            function
        )
    return function


def output_options(function: F) -> F:
    """``--json``; make the Ui with ``make_ui(kwargs)``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")(function)


def change_options(function: F) -> F:
    """``--yes``, ``--dry-run`` and ``--json``, the same on every verb that changes something."""
    function = click.option("--dry-run", is_flag=True, help="Show the plan and stop.")(function)
    return output_options(yes_option(function))


def yes_option(function: F) -> F:
    """``--yes``."""
    return click.option("-y", "--yes", is_flag=True, help="Proceed without asking.")(function)


def read_settings(kwargs: dict[str, Any]) -> Settings:
    """Take the settings' flags out of a command's ``kwargs``, merged with environment and file."""
    flags = {name: kwargs.pop(name, None) for name in settings_module.NAMES}
    region, file = kwargs.pop("region", None), config_file(kwargs)
    settings = settings_module.load(flags, file)
    if region is None:
        return settings
    if region == settings.secondary_region:
        raise UsageError(
            f"{region} is the secondary Region; the stack is in the primary, {settings.primary_region}.",
            "Leave --region out.",
        )
    if flags["primary_region"] not in (None, region):
        raise UsageError("--region and --primary-region name different Regions.", "Give one of them.")
    return settings_module.load({**flags, "primary_region": region}, file)


def repeat_flags() -> str:
    """The settings' flags that this command was given, as the next command takes them; it begins with a space."""
    context = click.get_current_context()
    given = {name: context.params.get(name) for name in ("config", *settings_module.NAMES)}
    flags = [(settings_module.flag(name), shlex.quote(str(value))) for name, value in given.items() if value]
    return "".join(f" {flag} {value}" for flag, value in flags)


def config_file(kwargs: dict[str, Any]) -> Path:
    """Take ``--config`` out of a command's ``kwargs``; without it the current folder's file, which need not exist."""
    given: Path | None = kwargs.pop("config", None)
    folder = current_folder()
    if given is None:
        return find_file(folder)
    if not given.exists():
        raise UsageError(
            f"--config: {given} does not exist.", f"Write it: mraa init --config {shlex.quote(str(given))}"
        )
    return folder / given


def current_folder() -> Path:
    """UsageError if it was deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("The current folder no longer exists.", "Change to another folder.") from error


def make_ui(kwargs: dict[str, Any]) -> Ui:
    """Take the output and change options out of a command's ``kwargs`` and make the Ui they ask for."""
    return Ui(
        as_json=kwargs.pop("as_json", False),
        assume_yes=kwargs.pop("yes", False),
        dry_run=kwargs.pop("dry_run", False),
    )
