"""Which of AWS's errors may be retried, and how. The clock is an argument, so that tests do not wait."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

_CONFLICT = "TransactionConflict"
_IN_PROGRESS = "TransactionInProgressException"
_TRANSIENT = f"Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|SlowDown|{_CONFLICT}|{_IN_PROGRESS}"

T = TypeVar("T")


@dataclass(frozen=True)
class Clock:
    """Time as the code sees it; ``random`` draws from [0, 1)."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


def codes_of(error: Exception) -> list[str]:
    """AWS's error code, and for a cancelled transaction the codes of its reasons in the order of its items.

    One empty code if AWS did not answer.
    """
    answer: dict[str, Any] = error.response if isinstance(error, ClientError) else {}
    return [str(found.get("Code", "")) for found in (answer.get("Error", {}), *answer.get("CancellationReasons", []))]


def is_transient(error: Exception) -> bool:
    """True for throttling and conflicts with other transactions, and for nothing else that cancelled a transaction."""
    code, *reasons = codes_of(error)
    return all(re.match(_TRANSIENT, found) for found in {*reasons} - {"None"} or {code})


def is_unanswered(error: Exception) -> bool:
    """True if AWS did not say what became of the request: it may have been carried out."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return bool(status >= 500) or codes_of(error)[0] == _IN_PROGRESS
    return isinstance(error, ConnectionError | HTTPClientError)


def is_conflict(error: Exception) -> bool:
    """True for a single write that met a transaction on its item."""
    return codes_of(error)[0].startswith(_CONFLICT)


def retry(
    call: Callable[[], T],
    clock: Clock,
    until_s: float,
    first_pause_s: float = 0.025,
    is_retried: Callable[[Exception], bool] = is_transient,
    longest_pause_s: float | None = None,
) -> T:
    """Retry ``call`` with exponential backoff and full jitter while ``is_retried`` and before ``until_s`` (monotonic).

    Pauses grow to ``longest_pause_s``, by default a second or four times the first. Raises the last error unchanged.
    """
    longest_s, limit_s = first_pause_s, longest_pause_s or max(1.0, 4 * first_pause_s)
    while True:
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            pause_s = clock.random() * longest_s
            if not is_retried(error) or clock.monotonic() + pause_s > until_s:
                raise
        clock.sleep(pause_s)
        longest_s = min(2 * longest_s, limit_s)
