"""Faults of a drill: only the local cloud has any, so they come in as callables, and all that were set are removed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Faults:
    """The faults that the cloud under test can inject."""

    lose: Callable[[str], None]  # a Region
    regain: Callable[[str], None]
    cut: Callable[[str, str], None]  # replication from one Region to another
    heal: Callable[[str, str], None]
    lag: Callable[[str, str], int]  # milliseconds
    set_lag: Callable[[str, str, int], None]


@contextmanager
def lagging(faults: Faults | None, primary: str, secondary: str, lag_ms: int | None) -> Iterator[None]:
    """The requested lag while the block runs, and at its end no fault that the drill set.

    Each is removed whatever becomes of the others.
    """
    with ExitStack() as healing:
        if faults is not None:
            for link in ((primary, secondary), (secondary, primary)) if lag_ms is not None else ():
                healing.callback(faults.set_lag, *link, faults.lag(*link))
                faults.set_lag(*link, lag_ms or 0)
            healing.callback(faults.heal, primary, secondary)
            healing.callback(faults.regain, primary)
        yield
