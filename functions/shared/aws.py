"""The one place that makes boto3 clients, retries, and knows the time; the clock is an argument for the tests' sake."""

import json
import os
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Client = Any  # boto3 makes its clients at run time

_PASSING = (
    "Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|SlowDown|TransactionConflict|TransactionInProgress"
)


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


@cache
def client(service: str, region: str = "", read_timeout_s: int = 5, attempts: int = 3) -> Client:
    """A client that gives up soon, made once a process: a warm function reuses its connections.

    ``region`` is the function's own by default.
    """
    retries = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=2, read_timeout=read_timeout_s, retries=retries, max_pool_connections=32)
    return boto3.client(service, region_name=region or os.environ["AWS_REGION"], config=config)


def codes_of(error: ClientError) -> list[str]:
    """AWS's error code, and for a cancelled transaction the codes of its reasons in the order of its items."""
    reasons = error.response.get("CancellationReasons", [])
    return [str(found.get("Code")) for found in (error.response.get("Error", {}), *reasons)]


def is_passing(error: ClientError) -> bool:
    """Throttling, and conflicts with other transactions; never a failed condition."""
    codes = codes_of(error)
    return "ConditionalCheckFailed" not in codes and any(re.match(_PASSING, code) for code in codes)


def patiently(
    call: Callable[[], Any],
    clock: Clock,
    until_s: float,
    first_pause_s: float = 0.025,
    is_retried: Callable[[ClientError], bool] = is_passing,
) -> Any:
    """Repeat ``call`` with full jitter while it ``is_retried`` and ``until_s`` (monotonic) is not reached.

    The last error is raised as it came.
    """
    longest_s = first_pause_s
    while True:
        try:
            return call()
        except ClientError as error:
            pause_s = clock.random() * longest_s
            if not is_retried(error) or clock.monotonic() + pause_s > until_s:
                raise
        clock.sleep(pause_s)
        longest_s = min(2 * longest_s, max(1.0, 4 * first_pause_s))


def remaining_s(context: Any) -> float:
    """Seconds until Lambda ends this invocation."""
    return float(context.get_remaining_time_in_millis()) / 1000


def log(message: str, **fields: Any) -> None:
    """One JSON line for CloudWatch. Never give it a ResponseURL (a signed secret) or what users wrote."""
    print(json.dumps({"message": message, **fields}, default=str), flush=True)
