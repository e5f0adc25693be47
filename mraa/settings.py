"""Settings: flag > ``MRAA_*`` > ``mraa.toml`` > default, validated here.

``mraa.toml`` has one table, ``[deployment]``, with the flags' names and underscores. ``deploy`` writes it.
"""

import math
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from mraa.errors import MraaError, UsageError
from mraa.names import REGION_PATTERN

FILE_NAME = "mraa.toml"
_FILE_LIMIT = 20_000  # the time for a key with dots grows with the square of its length: seconds at most
_SHOWN = 60  # characters of a bad value

_PATTERNS: Mapping[str, tuple[str, str]] = {
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
    """What to deploy and where. ``secondary_region`` and ``bucket_prefix`` are empty until given once."""

    stack_name: str = "mraa"
    primary_region: str = "us-east-1"
    secondary_region: str = ""
    bucket_prefix: str = ""
    solution_name: str = "multi-region-application-architecture"
    solution_version: str = "v1.0.0"
    profile: str = ""

    def __post_init__(self) -> None:
        for name in _PATTERNS:
            _require_valid(name, getattr(self, name), flag(name))
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
                    f"Give {flag(name)}, set {variable(name)}, or add {name} to {FILE_NAME}.",
                )


NAMES = tuple(f.name for f in fields(Settings))


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


def load(flags: Mapping[str, str | None], folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Merge flags, environment, ``folder/mraa.toml`` and defaults into valid settings.

    UsageError names where a bad value comes from.
    """
    environment = os.environ if environment is None else environment
    values = read_file(folder / FILE_NAME)
    origins = {name: f"{name} in {folder / FILE_NAME}" for name in values}
    for name in NAMES:
        if environment.get(variable(name)):
            values[name], origins[name] = environment[variable(name)], variable(name)
        if (given := flags.get(name)) is not None:
            if not given:
                raise UsageError(f"{flag(name)} is empty.", f"Give {flag(name)} a value or leave it out.")
            values[name], origins[name] = given, flag(name)
    for name, value in values.items():
        _require_valid(name, value, origins[name])
    primary, secondary = (values.get(name, getattr(Settings, name)) for name in ("primary_region", "secondary_region"))
    if primary == secondary:
        where = ", ".join(origins[name] for name in ("primary_region", "secondary_region") if name in origins)
        raise UsageError(f"The primary and the secondary Region are the same: {primary} (from {where}).", "Fix one.")
    return Settings(**values)


def _require_valid(name: str, value: str, origin: str) -> None:
    pattern, meaning = _PATTERNS[name]
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
    try:
        # looked at before it is opened: opening a pipe waits for a writer, and some devices never end
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{path} is not a regular file.", "Remove it, or work in another folder.")
        with path.open("rb") as file:
            content = file.read(_FILE_LIMIT + 1)
        if len(content) > _FILE_LIMIT:
            raise UsageError(f"{path} is larger than {_FILE_LIMIT:,} bytes.", "Fix or remove the file.")
        # some editors begin a file with a byte order mark
        document = tomllib.loads(content.decode("utf-8-sig"))
    except FileNotFoundError as error:
        if path.is_symlink():
            raise UsageError(
                f"{path} is a link to {path.readlink()}, which does not exist.", "Restore that file or remove the link."
            ) from error
        return {}
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read: it is not UTF-8.", "Fix or remove the file.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Fix or remove the file.") from error
    except (ValueError, RecursionError) as error:  # a number of too many digits is no TOMLDecodeError
        raise UsageError(f"{path} is not valid TOML: {error}.", "Fix or remove the file.") from error
    table = document.pop("deployment", {})
    if document or not isinstance(table, dict):
        raise UsageError(f"{path} may contain only one table, [deployment].", "Move the settings into [deployment].")
    for name, value in table.items():
        if name not in NAMES:
            raise UsageError(f"{path}: {_shown(name)} is not a setting.", f"Settings are: {', '.join(NAMES)}.")
        if not isinstance(value, str):
            raise UsageError(f"{path}: {name} must be a string.", f'Write {name} = "...".')
    return dict(table)


def save(settings: Settings, folder: Path) -> Path:
    """Write ``folder/mraa.toml`` atomically and return its path. MraaError if it cannot be written."""
    path = folder / FILE_NAME
    # every value matches its pattern, none of which allows a quote, backslash or control character
    lines = [f'{name} = "{getattr(settings, name)}"' for name in NAMES if getattr(settings, name)]
    draft = folder / f".{FILE_NAME}-{os.getpid()}"
    try:
        try:
            draft.write_text("[deployment]\n" + "\n".join(lines) + "\n", encoding="utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)  # on a full disk it is written in part
    except OSError as error:
        raise MraaError(f"{path} cannot be written: {error}.", "Give the settings as flags next time.") from error
    return path
