"""Faults of a drill: only the local cloud has any, so they come in as callables, and all that were set are removed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from mraa.errors import MraaError
from mraa.events import Progress
from mraa.recovery.drill.target import Target

_ATTEMPTS = 3
_PAUSE_S = 1.0


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
def lagging(target: Target, faults: Faults | None, lag_ms: int | None) -> Iterator[None]:
    """The requested lag while the block runs, and at its end no fault that the drill set.

    One that cannot be removed is reported, and hides neither the others nor why the block has ended.
    """
    primary, secondary = target.primary, target.secondary
    with ExitStack() as healing:
        if faults is not None:
            for link in ((primary, secondary), (secondary, primary)) if lag_ms is not None else ():
                healing.callback(_remove, target, faults.set_lag, *link, faults.lag(*link))
                faults.set_lag(*link, lag_ms or 0)
            healing.callback(_remove, target, faults.heal, primary, secondary)
            healing.callback(_remove, target, faults.regain, primary)
        yield


def _remove(target: Target, remove: Callable[..., None], *of: object) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            return remove(*of)
        except MraaError as error:
            if attempt == _ATTEMPTS - 1:
                target.say(Progress.NOTE, "a fault is left: see `mraa local fault list`", reason=error.message)
            target.clock.sleep(_PAUSE_S)
    return None
