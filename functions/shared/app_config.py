"""Items of the app-config table in DynamoDB's typed form, for every function that reads them."""

from typing import Any


def text(item: dict[str, Any], name: str) -> str:
    """A string; empty if there is none."""
    return str(item.get(name, {}).get("S", ""))


def number(item: dict[str, Any], name: str) -> int:
    """A whole number; 0 if there is none."""
    return int(item.get(name, {}).get("N", "0"))
