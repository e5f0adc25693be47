"""Time of day beside the clock of retries."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from mraa_fence import retries


@dataclass(frozen=True)
class Clock(retries.Clock):
    """Time as the functions see it; ``now`` is in seconds since 1970."""

    now: Callable[[], float] = time.time

    def timestamp(self) -> str:
        """Now as ISO 8601 in UTC with milliseconds: ``2026-11-23T08:00:00.123Z``."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
