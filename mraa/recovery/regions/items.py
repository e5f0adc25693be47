"""Attributes of an item in DynamoDB's typed form, whatever somebody else may have put there."""

from collections.abc import Mapping
from typing import Any


def text(item: Mapping[str, Any], name: str) -> str:
    """A string; empty where there is none."""
    return str(item.get(name, {}).get("S", ""))


def number(item: Mapping[str, Any], name: str) -> int | None:
    """A whole number, zero or more; None where there is none."""
    found = str(item.get(name, {}).get("N", ""))
    return int(found) if found.isdigit() else None
