"""``mraa.toml``: where it is found, and how it is read and written; what its tables mean is not known here.

Its table ``[deployment]`` is ``mraa.settings``', the tables ``[application.NAME]`` ``mraa.application_settings``'.
"""

import os
import re
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mraa.errors import MraaError, UsageError

FILE_NAME = "mraa.toml"
TRUSTED = {os.geteuid(), 0}  # whose files count in parent folders: one's own, and root's
_FILE_LIMIT = 20_000  # the time for a key with dots grows with the square of its length: seconds at most
_SHOWN = 60  # characters of a bad value
_TABLES = {"deployment", "application"}
_DEPLOYMENT = re.compile(r"\[\s*[\"']?deployment[\"']?\s*\]")


def find_file(folder: Path) -> Path:
    """The ``mraa.toml`` of ``folder`` or of its nearest parent; that of ``folder`` itself, if there is none.

    Parents are looked at up to the root of the repository or the home folder. A file there that belongs to another user
    is none: anybody may write one to ``/tmp``.
    """
    own = folder / FILE_NAME
    if os.path.lexists(own):
        return own
    for parent in folder.parents if not _is_top(folder) else ():
        if _is_trusted(parent / FILE_NAME):
            return parent / FILE_NAME
        if _is_top(parent):
            break
    return own


def _is_trusted(path: Path) -> bool:
    try:
        return path.lstat().st_uid in TRUSTED
    except OSError:  # there is none, or nobody may know
        return False


def _is_top(folder: Path) -> bool:
    return (folder / ".git").exists() or folder == Path(os.path.expanduser("~"))  # noqa: PTH111 - a user without a home


def read_document(path: Path) -> dict[str, dict[str, Any]]:
    """The tables of a ``mraa.toml`` by name; none if it does not exist. UsageError names what is wrong in it."""
    text = read_text(path)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of too many digits is no TOMLDecodeError
        why = str(error)
        if len(why) > 2 * _SHOWN:  # it repeats a key, however long
            why = f"{why[:_SHOWN]}...{why[-_SHOWN:]}"
        raise UsageError(f"{path} is not valid TOML: {why}.", "Fix or remove the file.") from error
    if document.keys() - _TABLES or not all(isinstance(table, dict) for table in document.values()):
        raise UsageError(
            f"{path} may contain only the tables [deployment] and [application.NAME].",
            "Move the settings into [deployment].",
        )
    return document


def read_text(path: Path) -> str:
    """The file's text; empty if it does not exist."""
    try:
        # looked at before it is opened: opening a pipe waits for a writer, and some devices never end
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{path} is not a regular file.", "Remove it, or work in another folder.")
        with path.open("rb") as file:
            content = file.read(_FILE_LIMIT + 1)
        if len(content) > _FILE_LIMIT:
            raise UsageError(f"{path} is larger than {_FILE_LIMIT:,} bytes.", "Fix or remove the file.")
        # some editors begin a file with a byte order mark
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError as error:
        if path.is_symlink():
            raise UsageError(
                f"{path} is a link to {path.readlink()}, which does not exist.", "Restore that file or remove the link."
            ) from error
        return ""
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read: it is not UTF-8.", "Fix or remove the file.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Fix or remove the file.") from error


def add_tables(text: str, path: Path) -> None:
    """Append tables, as TOML text, to the file. MraaError if it cannot be written."""
    before = read_text(path)
    _write(path, f"{before.rstrip()}\n\n{text}" if before.strip() else text)


def write_deployment(lines: Sequence[str], path: Path) -> None:
    """Write ``[deployment]`` of the file atomically, keeping its other tables. MraaError if it cannot be written."""
    _write(path, "\n".join(["[deployment]", *lines, ""]) + _others(path))


def _others(path: Path) -> str:
    """What the file contains below and above ``[deployment]``, to be written after that table.

    MraaError if the table is not written as a table of its own: what is kept could not be told from it.
    """
    document = read_document(path)
    document.pop("deployment", None)
    if not document:
        return ""
    kept = "".join(part for part in _parts(read_text(path)) if not _DEPLOYMENT.match(part)).strip()
    if tomllib.loads(kept) != document:
        raise MraaError(
            f"[deployment] in {path} cannot be rewritten without losing other tables.",
            "Write it as a table of its own, one setting a line; until then, give the settings as flags.",
        )
    return f"\n{kept}\n"


def _parts(text: str) -> list[str]:
    """The text cut before every table and its comments, and (harmlessly) within longer values."""
    return re.split(r"^(?=(?:#.*\n)*\[)", text, flags=re.MULTILINE)


def _write(path: Path, text: str) -> None:
    draft = path.parent / f".{path.name}-{os.getpid()}"
    try:
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)  # on a full disk it is written in part
    except OSError as error:
        raise MraaError(f"{path} cannot be written: {error}.", "Give the settings as flags next time.") from error
