"""Ctrl-C and the signals that end the tool as it does: what has been begun is put back first."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)  # `kill`, a build server that cancels; a terminal that is closed


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt for them, named in it, while the block runs; those that are ignored stay ignored."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    with _handled_by(interrupt, _SIGNALS):
        yield


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Interrupt when the block has ended, not in it: between two of its steps something could be lost."""
    if threading.current_thread() is not threading.main_thread():  # no other thread is ever interrupted
        yield
        return
    received: list[int] = []
    try:
        with _handled_by(lambda number, frame: received.append(number), (signal.SIGINT, *_SIGNALS)):
            yield
    finally:
        for number in received:
            signal.raise_signal(number)


@contextmanager
def _handled_by(handler: Callable[[int, Any], None], numbers: tuple[signal.Signals, ...]) -> Iterator[None]:
    previous = {number: signal.getsignal(number) for number in numbers}
    taken = {number: handled for number, handled in previous.items() if handled is not signal.SIG_IGN}
    try:
        for number in taken:
            signal.signal(number, handler)
        yield
    finally:
        for number, handled in taken.items():
            signal.signal(number, handled)
