"""The clock that schedules go by: the time, until it is sped up."""

import time

FASTEST = 120.0

_speed = 1.0
# the schedules' time and the process's at the last change of speed
_began: tuple[float, float] | None = None


def now() -> float:
    """The schedules' time in seconds since 1970."""
    if _began is None:
        return time.time()
    schedule_time, process_time = _began
    return schedule_time + (time.monotonic() - process_time) * _speed


def ahead_s() -> float:
    """By how much the schedules' time is ahead; 0 until it is sped up."""
    return 0.0 if _began is None else round(now() - time.time(), 3)


def speed() -> float:
    """How many seconds pass for schedules in one second."""
    return _speed


def set_speed(factor: float) -> None:
    """Let so many seconds pass in one; what has passed stays passed."""
    global _speed, _began
    _began = now(), time.monotonic()
    _speed = factor
