"""`mraa init`: write ``mraa.toml`` by asking."""

import secrets
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mraa import settings as settings_module
from mraa.cli.options import current_folder, make_ui, output_options, setting_options, yes_option
from mraa.errors import MraaError, UsageError
from mraa.settings import Settings
from mraa.settings_file import FILE_NAME, find_file

# in this order; who wants others gives them as flags
_QUESTIONS: Mapping[str, str] = {
    "profile": "AWS profile (empty: the default credentials)",
    "primary_region": "Primary Region, writable at first",
    "secondary_region": "Secondary Region, to fail over to",
    "stack_name": "Name of the main stack",
    "bucket_prefix": "Prefix of the code buckets, <prefix>-<region>",
}
# in one area of the world each, and enabled in every account
_PAIRS: Mapping[str, tuple[str, str]] = {
    "us": ("us-east-1", "us-west-2"),
    "eu": ("eu-west-1", "eu-central-1"),
    "ap": ("ap-northeast-1", "ap-southeast-1"),
    "us-gov": ("us-gov-west-1", "us-gov-east-1"),
    "cn": ("cn-north-1", "cn-northwest-1"),
}


@click.command("init")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write this file.  [default: mraa.toml]",
)
@setting_options
@click.option(
    "--overwrite", is_flag=True, help="Replace the settings of a file that exists; its other tables are kept."
)
@yes_option
@output_options
def command(config: Path | None, overwrite: bool, **kwargs: Any) -> None:
    """Write mraa.toml in the current folder by asking for Regions, names and profile, each answer checked.

    What a flag says is not asked. With --yes nothing is: the rest is the default. A file that exists is not touched
    without --overwrite. Asks AWS nothing.

    \b
    Example:  mraa init
              mraa init --yes --primary-region eu-west-1 --secondary-region eu-central-1
              mraa init --config staging.toml
    """
    ui = make_ui(kwargs)
    file = current_folder() / (config or FILE_NAME)
    if file.exists() and not overwrite:
        raise UsageError(f"{file} exists already.", f"Edit it, or replace its settings: {_again(config)} --overwrite")
    flags = {name: kwargs.pop(name, None) for name in settings_module.NAMES}
    settings = settings_module.load(flags, file)
    if ui.assume_yes:
        settings = _with_defaults(settings)
    elif ui.is_interactive:
        settings = _ask(settings, {name for name, value in flags.items() if value is not None})
    else:
        raise UsageError("No terminal to ask at.", f"Take the defaults: {_again(config)} --yes")
    settings.require("secondary_region")
    _require_known(settings)
    before = find_file(file.parent)
    settings_module.save(settings)
    ui.say(f"Written: {file}")
    if config is None and before != file:
        ui.say(f"In this folder it is used instead of {before}.")
    option = f" --config {shlex.quote(str(config))}" if config else ""
    ui.say(f"Next: mraa build{option} && mraa publish{option} --create-buckets && mraa deploy{option}")
    ui.result({"file": str(file), **{name: getattr(settings, name) for name in settings_module.NAMES}})


def _again(config: Path | None) -> str:
    return f"mraa init --config {shlex.quote(str(config))}" if config else "mraa init"


def _ask(settings: Settings, given: set[str]) -> Settings:
    """Ask for what is not given; the answer to a question is the default of later ones."""
    for name, question in _QUESTIONS.items():
        if name in given:
            continue
        default = getattr(_with_defaults(settings), name)

        def valid(answer: str, name: str = name, settings: Settings = settings) -> Settings:
            try:
                settings_module.require_valid(name, answer, name)
                given: dict[str, Any] = {name: answer}
                changed = replace(settings, **given)
                _require_known(changed)
            except MraaError as error:
                raise click.UsageError(error.message) from error
            return changed

        settings = click.prompt(question, default=default or ("" if name == "profile" else None), value_proc=valid)
    return settings


def _with_defaults(settings: Settings) -> Settings:
    """A second Region in the same area, and a prefix that nobody else's buckets begin with."""
    area = settings.primary_region.rpartition("-")[0].rpartition("-")[0]
    others = [region for region in _PAIRS.get(area, ()) if region != settings.primary_region]
    return replace(
        settings,
        secondary_region=settings.secondary_region or next(iter(others), ""),
        bucket_prefix=settings.bucket_prefix or f"mraa-{secrets.token_hex(4)}",
    )


def _require_known(settings: Settings) -> None:
    """UsageError for a Region or a profile that does not exist."""
    from mraa.cli.session import make_aws
    from mraa.partitions import require_known_regions

    require_known_regions(*(region for region in (settings.primary_region, settings.secondary_region) if region))
    if settings.profile:
        make_aws(settings)
