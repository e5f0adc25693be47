"""Items of the app-config table in DynamoDB's typed form, for every function that reads them."""

from typing import Any

DEFAULT_FENCES = 64  # records of earlier versions do not say how many there are
FENCE_COUNTS = [str(2**power) for power in range(11)]  # the values of the template's parameter


def text(item: dict[str, Any], name: str) -> str:
    """A string; empty if there is none."""
    return str(item.get(name, {}).get("S", ""))


def number(item: dict[str, Any], name: str) -> int:
    """A whole number; 0 if there is none."""
    return int(item.get(name, {}).get("N", "0"))
