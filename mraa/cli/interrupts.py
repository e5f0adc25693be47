"""Signals that end the tool as Ctrl-C does: what has been begun is put back first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)  # `kill`, a build server that cancels; a terminal that is closed


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt for them, named in it, while the block runs; those that are ignored stay ignored."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    previous = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = {number: handler for number, handler in previous.items() if handler is not signal.SIG_IGN}
    for number in taken:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)
