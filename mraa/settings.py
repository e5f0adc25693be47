"""Settings: flag > ``MRAA_*`` > ``mraa.toml`` > default, validated here.

In ``mraa.toml`` they are the table ``[deployment]``, with the flags' names and underscores.
"""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mraa.errors import UsageError
from mraa.names import REGION_PATTERN
from mraa.settings_file import FILE_NAME, read_document, write_deployment

_SHOWN = 60  # characters of a bad value

# setting -> pattern of its values, and what that means
RULES: Mapping[str, tuple[str, str]] = {
    "stack_name": (
        r"^[A-Za-z][A-Za-z0-9-]{0,127}$",
        "letters, digits and hyphens, starting with a letter, at most 128",
    ),
    "primary_region": (REGION_PATTERN, "a Region name such as us-east-1"),
    "secondary_region": (REGION_PATTERN, "a Region name such as ap-northeast-1"),
    # a bucket name is prefix, hyphen, Region: 63 characters at most, so the prefix may have 45
    "bucket_prefix": (
        r"^[a-z0-9][a-z0-9-]{1,43}[a-z0-9]$",
        "3 to 45 lower-case letters, digits and hyphens (bucket names are <prefix>-<region>)",
    ),
    "solution_name": (r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", "letters, digits, dots, hyphens; no slash"),
    "solution_version": (
        r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        "letters, digits, dots, hyphens such as v1.0.0; no slash",
    ),
    # TOML text cannot hold control characters, nor UTF-8 half of a surrogate pair
    "profile": (
        r"^[^\s\"\\\x00-\x1f\x7f\ud800-\udfff]+$",
        "a profile name without spaces, quotes, backslashes and control characters",
    ),
}


@dataclass(frozen=True)
class Settings:
    """What to deploy and where. ``secondary_region`` and ``bucket_prefix`` are empty until given once.

    ``file`` is the ``mraa.toml`` that they belong to; it need not exist.
    """

    stack_name: str = "mraa"
    primary_region: str = "us-east-1"
    secondary_region: str = ""
    bucket_prefix: str = ""
    solution_name: str = "multi-region-application-architecture"
    solution_version: str = "v1.0.0"
    profile: str = ""
    file: Path = field(default=Path(FILE_NAME), compare=False)

    def __post_init__(self) -> None:
        for name in RULES:
            require_valid(name, getattr(self, name), flag(name))
        if self.secondary_region and self.secondary_region == self.primary_region:
            raise UsageError(
                f"The primary and the secondary Region are the same: {self.primary_region}.",
                "Give another --secondary-region.",
            )

    @property
    def regions(self) -> tuple[str, str]:
        """Primary and secondary Region; UsageError if the secondary is not set."""
        self.require("secondary_region")
        return self.primary_region, self.secondary_region

    def require(self, *names: str) -> None:
        """Raise UsageError for the first of ``names`` that has no value."""
        for name in names:
            if not getattr(self, name):
                raise UsageError(
                    f"{flag(name)} is not set.",
                    f"Give {flag(name)}, set {variable(name)}, or add {name} to {self.file.name}."
                    if self.file.is_file()
                    else f"There is no {self.file.name} here: run this in the folder that has one, give {flag(name)}, "
                    f"or set {variable(name)}.",
                )


NAMES = tuple(RULES)


def flag(name: str) -> str:
    """The flag of a setting: ``--stack-name``."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """The environment variable of a setting: ``MRAA_STACK_NAME``."""
    return "MRAA_" + name.upper()


def seconds(name: str, default: float, *, most: float, environment: Mapping[str, str] | None = None) -> float:
    """The environment variable ``name`` as a number of seconds above 0; ``default`` if it is not set."""
    text = (os.environ if environment is None else environment).get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= most:  # written so that nan fails it
        raise UsageError(f"{name} is {text[:40]!r}, not a number of seconds up to {most:g}.", f"Fix or unset {name}.")
    return value


def load(flags: Mapping[str, str | None], file: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Merge flags, environment, the file ``mraa.toml`` and defaults into valid settings.

    UsageError names where a bad value comes from.
    """
    environment = os.environ if environment is None else environment
    values = read_file(file)
    origins = {name: f"{name} in {file}" for name in values}
    for name in NAMES:
        if environment.get(variable(name)):
            values[name], origins[name] = environment[variable(name)], variable(name)
        if (given := flags.get(name)) is not None:
            if not given:
                raise UsageError(f"{flag(name)} is empty.", f"Give {flag(name)} a value or leave it out.")
            values[name], origins[name] = given, flag(name)
    for name, value in values.items():
        require_valid(name, value, origins[name])
    primary, secondary = (values.get(name, getattr(Settings, name)) for name in ("primary_region", "secondary_region"))
    if primary == secondary:
        where = ", ".join(origins[name] for name in ("primary_region", "secondary_region") if name in origins)
        raise UsageError(f"The primary and the secondary Region are the same: {primary} (from {where}).", "Fix one.")
    return Settings(**values, file=file)


def require_valid(name: str, value: str, origin: str) -> None:
    """UsageError unless the setting may have the value; ``origin`` is where it comes from."""
    pattern, meaning = RULES[name]
    # a setting without a default may be empty until it is required
    if (value or getattr(Settings, name)) and not re.fullmatch(pattern, value):
        # "stack_name in mraa.toml" is the value's place, not its name
        label, _, place = origin.partition(" in ")
        where = f" in {place}" if place else ""
        raise UsageError(f"{label} {_shown(value)}{where} is not valid: it must be {meaning}.", f"Fix {origin}.")


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}..."


def read_file(path: Path) -> dict[str, str]:
    """The settings of a ``mraa.toml``; empty if it does not exist. UsageError names what is wrong in it."""
    table = read_document(path).get("deployment", {})
    for name, value in table.items():
        if name not in NAMES:
            raise UsageError(f"{path}: {_shown(name)} is not a setting.", f"Settings are: {', '.join(NAMES)}.")
        if not isinstance(value, str):
            raise UsageError(f"{path}: {name} must be a string.", f'Write {name} = "...".')
    return dict(table)


def save(settings: Settings) -> None:
    """Write the settings to their file atomically, keeping its other tables. MraaError if it cannot be written."""
    # every value matches its pattern, none of which allows a quote, backslash or control character
    lines = [f'{name} = "{getattr(settings, name)}"' for name in NAMES if getattr(settings, name)]
    write_deployment(lines, settings.file)
