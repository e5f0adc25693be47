"""Trying again where that can help: throttling, and a Region that did not answer once."""

from collections.abc import Callable
from typing import TypeVar

from mraa.aws import Clock
from mraa.errors import AwsError, UnreachableError

T = TypeVar("T")

# Throttled calls are worth more attempts than silence: each silence costs up to three seconds.
THROTTLED_ATTEMPTS = 5
_PAUSE_S = 0.2

_THROTTLED = {
    "429",  # the answer to a HEAD has no body to name the error in
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


def is_passing(error: AwsError) -> bool:
    """True for what may be gone in a moment: no answer, a 5xx, throttling."""
    return isinstance(error, UnreachableError) or error.code in _THROTTLED


def patiently(clock: Clock, call: Callable[[], T], *, attempts: int) -> T:
    """``call()``, tried ``attempts`` times in all where nothing answers, more often where it is throttled."""
    for attempt in range(1, max(attempts, THROTTLED_ATTEMPTS)):
        try:
            return call()
        except AwsError as error:
            if not is_passing(error) or (isinstance(error, UnreachableError) and attempt >= attempts):
                raise
        clock.sleep(_PAUSE_S * attempt)
    return call()
