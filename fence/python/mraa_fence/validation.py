"""What is refused before anything is sent."""

from collections.abc import Iterable, Mapping
from typing import Any

from mraa_fence.keys import FENCE_COUNTS

ITEMS_LIMIT = 99  # DynamoDB's limit of a transaction is 100, and the check is one
TOKEN_VALID_S = 600  # how long DynamoDB knows a transaction by its token

_KINDS = ("ConditionCheck", "Delete", "Put", "Update")

Item = Mapping[str, Any]  # in DynamoDB's typed form


class FenceError(ValueError):
    """Settings or items that cannot be right; nothing was written."""


def require_text(name: str, value: Any) -> None:
    """FenceError unless it is a non-empty string."""
    if not value or not isinstance(value, str):
        raise FenceError(f"{name} must be a non-empty string, not {value!r}.")


def require_count(fences: Any) -> int:
    """A number of fences as the template takes it."""
    if type(fences) is int and fences in FENCE_COUNTS:
        return fences
    raise FenceError(f"The number of fences must be a power of two from 1 to {FENCE_COUNTS[-1]}, not {fences!r}.")


def require_items(items: Iterable[Item]) -> list[Item]:
    """The items as a list, each with exactly one known kind of write."""
    if not isinstance(items, Iterable) or not (writes := list(items)):
        raise FenceError(f"There is nothing to write: give a list of {', '.join(_KINDS)}.")
    if len(writes) > ITEMS_LIMIT:
        raise FenceError(
            f"A transaction has at most {ITEMS_LIMIT + 1} items and the fence's check is one: {len(writes)} items "
            f"leave no room for it."
        )
    for number, write in enumerate(writes, 1):
        kinds = list(write) if isinstance(write, Mapping) else []
        if len(kinds) != 1 or kinds[0] not in _KINDS or not isinstance(write[kinds[0]], Mapping):
            raise FenceError(f"Item {number} is not one of {', '.join(_KINDS)} with its parameters.")
    return writes


def require_timeout(timeout_s: float) -> None:
    """FenceError if DynamoDB would have forgotten the token before the time is up."""
    if not timeout_s < TOKEN_VALID_S:
        raise FenceError(f"timeout_s must be less than {TOKEN_VALID_S}, for which DynamoDB knows a request's token.")
