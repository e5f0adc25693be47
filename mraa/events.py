"""What long work reports while it runs, for a person at a terminal or a program that reads JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Progress(StrEnum):
    """Where a piece of work is."""

    STARTED = "started"
    RUNNING = "running"
    DONE = "done"
    UNCONFIRMED = "unconfirmed"  # over, but it is not known whether all is well
    FAILED = "failed"
    NOTE = "note"


@dataclass(frozen=True)
class Event:
    """One line of what is happening, for a person or (as JSON) for a program.

    ``subject`` is the thing (a step, a file, a logical id), ``text`` what happens to it.
    """

    progress: Progress
    subject: str
    text: str = ""
    region: str = ""
    reason: str = ""
    done: int | None = None
    total: int | None = None
    elapsed_s: float | None = None


OnEvent = Callable[[Event], None]
