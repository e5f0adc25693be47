"""How often CloudFormation is asked: quickly at first, later with its request limits in mind."""

_MIN_S = 0.2
_MAX_S = 5.0
_GROWTH = 20  # a twentieth of the elapsed time


def poll_interval_s(elapsed_s: float) -> float:
    """The pause before the next call, for an operation followed for ``elapsed_s`` seconds."""
    return min(_MAX_S, _MIN_S + elapsed_s / _GROWTH)
