"""Retries and time. The clock is an argument, so that tests do not wait."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from shared.aws import codes_of

_CONFLICT = "TransactionConflict"
_TRANSIENT = f"Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|SlowDown|{_CONFLICT}|TransactionInProgress"


@dataclass(frozen=True)
class Clock:
    """Time as the code sees it; ``random`` draws from [0, 1)."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def timestamp(self) -> str:
        """Now as ISO 8601 in UTC with milliseconds: ``2026-11-23T08:00:00.123Z``."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def is_transient(error: ClientError) -> bool:
    """True for throttling and conflicts with other transactions, never for a failed condition."""
    codes = codes_of(error)
    return "ConditionalCheckFailed" not in codes and any(re.match(_TRANSIENT, code) for code in codes)


def is_conflict(error: ClientError) -> bool:
    """True for a single write that met a transaction on its item."""
    return codes_of(error)[0].startswith(_CONFLICT)


def retry(
    call: Callable[[], Any],
    clock: Clock,
    until_s: float,
    first_pause_s: float = 0.025,
    is_retried: Callable[[ClientError], bool] = is_transient,
    longest_pause_s: float | None = None,
) -> Any:
    """Retry ``call`` with exponential backoff and full jitter while ``is_retried`` and before ``until_s`` (monotonic).

    Pauses grow to ``longest_pause_s``, by default a second or four times the first. Raises the last error unchanged.
    """
    longest_s, limit_s = first_pause_s, longest_pause_s or max(1.0, 4 * first_pause_s)
    while True:
        try:
            return call()
        except ClientError as error:
            pause_s = clock.random() * longest_s
            if not is_retried(error) or clock.monotonic() + pause_s > until_s:
                raise
        clock.sleep(pause_s)
        longest_s = min(2 * longest_s, limit_s)
