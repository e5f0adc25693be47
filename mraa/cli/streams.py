"""Standard streams that never stop a verb: no failover ends half-way because nobody reads its output."""

import io
import os
import select
import sys
from pathlib import Path
from typing import TextIO


class Sink(io.FileIO):
    """A descriptor to write to. What cannot be written is dropped; ``lost`` is the first reason."""

    lost: OSError | None = None

    def write(self, content: object, /) -> int:
        """Write or drop: the reader has exited (``mraa failover | head``), the disk is full."""
        data = memoryview(content).cast("B")  # type: ignore[arg-type] # typeshed cannot say "anything with a buffer"
        try:
            # None: another process made the shared pipe non-blocking, and it is full
            while (written := super().write(data)) is None:
                select.select([], [self], [])
        except OSError as error:
            self.lost = self.lost or error
            return len(data)
        return written


def make_safe() -> Sink | None:
    """Make the process's own streams safe; the sink of standard output, None if it was replaced.

    A stream that the caller closed (``mraa status >&-``) is opened to the null device, before anything else can get its
    descriptor. What a terminal's encoding does not contain (ISO-8859-1 and the like) becomes a question mark.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - as long as the process lives
    if sys.__stderr__ is not None and sys.stderr is sys.__stderr__:
        sys.stderr = _text(_sink(sys.__stderr__), sys.__stderr__)
    if sys.__stdout__ is None or sys.stdout is not sys.__stdout__:
        return None
    sink = _sink(sys.__stdout__)
    sys.stdout = _text(sink, sys.__stdout__)
    return sink


def is_output_lost() -> bool:
    """True once standard output is lost: what does nothing but print, over and over, may end."""
    sink = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(sink, Sink) and sink.lost is not None


def _sink(stream: TextIO) -> Sink:
    stream.flush()
    return Sink(stream.fileno(), "w", closefd=False)


def _text(sink: Sink, like: TextIO) -> io.TextIOWrapper:
    is_unbuffered = getattr(like, "line_buffering", False) or getattr(like, "write_through", False)
    return io.TextIOWrapper(
        io.BufferedWriter(sink), encoding=like.encoding, errors="replace", line_buffering=is_unbuffered
    )
