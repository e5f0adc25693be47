"""Numbers on the command line: bounded on both sides, and refused if they are none.

click's own ranges let `nan` pass, because no comparison with it is true, and `inf` where there is no upper bound: a
wait until `nan` never begins, one until `inf` never ends.
"""

import math
from typing import Any

import click


class Number(click.ParamType):  # type: ignore[type-arg] # click 8.2 has no arguments for it
    """A finite number between two bounds, both included; a whole one if both bounds are integers.

    ``unit`` follows the bounds in the message.
    """

    name = "number"

    def __init__(self, low: float, high: float, unit: str = "") -> None:
        self.low, self.high, self.unit = low, high, unit
        self.is_whole = isinstance(low, int) and isinstance(high, int)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | float:
        """The number, or click's usage error with the bounds."""
        try:
            number = int(value) if self.is_whole else float(value)
        except (ValueError, OverflowError):
            number = math.nan
        # written so that nan fails it
        if not self.low <= number <= self.high:
            kind = "a whole number" if self.is_whole else "a number"
            unit = f" {self.unit}" if self.unit else ""
            self.fail(
                f"{_shortened(value)} is not {kind} between {_shown(self.low)} and {_shown(self.high)}{unit}.",
                param,
                ctx,
            )
        return number


PORT = Number(1, 65535)


def _shown(bound: float) -> str:
    return f"{int(bound) if bound == int(bound) else bound:,}"


def _shortened(value: Any) -> str:
    text = repr(str(value))
    return text if len(text) <= 40 else f"{text[:36]}...'"
