"""What ``--json`` prints: one object a line, each with its ``type`` and its time, and the result, always, as the last.

A verb that fails has a result too: what it has to say so far, with ``error``. So the result is held back until the verb
has ended, and is printed here.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from mraa.errors import AwsError, MraaError

_ASKED = "mraa.json"
_RESULT = "mraa.result"


def begin(context: click.Context, arguments: list[str]) -> None:
    """Note whether the command line asks for JSON: an error of the command line itself is an object as well."""
    context.meta[_ASKED] = "--json" in arguments


def write(kind: str, values: Mapping[str, Any]) -> None:
    """Print one object."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # ASCII: the same JSON whatever encoding its reader expects
    sys.stdout.write(json.dumps({"type": kind, "at": at, **values}, default=str) + "\n")
    sys.stdout.flush()


def hold(values: Mapping[str, Any]) -> None:
    """Keep the result until the verb has ended; a later one takes its place."""
    context = click.get_current_context(silent=True)
    if context is None or _ASKED not in context.meta:
        write("result", values)  # used without the command line
    else:
        context.meta[_RESULT] = dict(values)


def end(context: click.Context, error: BaseException | None) -> None:
    """Print the result of a verb that has ended, with the error that ended it."""
    if not context.meta.get(_ASKED) or isinstance(error, click.exceptions.Exit):
        return
    held = context.meta.pop(_RESULT, {})
    write("result", held if error is None else held | {"error": error_document(error)})


def error_document(error: BaseException) -> dict[str, Any]:
    """``code``, ``message``, ``hint`` and ``exitCode``; of a refusal by AWS its own code as ``awsCode``."""
    document: dict[str, Any]
    match error:
        case MraaError():
            code = _code(error) if type(error) is not MraaError else "failed"
            document = {"code": code, "message": error.message, "hint": _plain(error.hint), "exitCode": error.exit_code}
            if isinstance(error, AwsError) and error.code:
                document["awsCode"] = error.code
        case click.Abort() | KeyboardInterrupt():
            document = {"code": "interrupted", "message": "Interrupted.", "hint": "", "exitCode": 130}
        case click.ClickException():
            context = getattr(error, "ctx", None)
            hint = f"See `{context.command_path} --help`." if context else ""
            document = {"code": "usage", "message": error.format_message(), "hint": hint, "exitCode": 2}
        case OSError():
            message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            document = {"code": "system", "message": message, "hint": "", "exitCode": 1}
        case _:
            message = f"This is a bug in mraa: {type(error).__name__}: {error}"
            document = {"code": "bug", "message": message, "hint": "Please report it.", "exitCode": 1}
    return document


def _code(error: MraaError) -> str:
    """``StateConflictError`` as ``stateConflict``."""
    name = type(error).__name__.removesuffix("Error")
    return name[0].lower() + name[1:]


def _plain(hint: str) -> str:
    """The lines of a hint without the indent that a terminal needs."""
    return "\n".join(line.strip() for line in hint.splitlines())
