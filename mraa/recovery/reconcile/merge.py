"""Comparing two Regions by merging two sorted streams: pure, and as small in memory as one entry of each.

A table or a bucket may have more in it than fits on this machine. Both sides arrive in the order of their keys, and
the two foremost entries show what one side lacks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from mraa.recovery.models import Key


@dataclass(frozen=True)
class Entry:
    """One record or one object as one Region has it.

    Equal ``digest`` means equal content. ``written_in``, ``created_at`` (ISO 8601) and ``object_key`` (of the object
    that belongs to a record) are empty if unknown. ``is_tombstone``: it says that the record was deleted.
    """

    key: Key
    digest: str
    written_in: str = ""
    created_at: str = ""
    object_key: str = ""
    is_tombstone: bool = False


class Side(StrEnum):
    """Which of the two streams."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """The opposite one."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


@dataclass(frozen=True)
class Difference:
    """One key that is not the same on both sides; a side that does not have it is None."""

    left: Entry | None
    right: Entry | None

    @property
    def key(self) -> Key:
        """The key that differs."""
        return self.there.key

    @property
    def there(self) -> Entry:
        """The entry of a side that has it, a record rather than its tombstone."""
        entry = self.right if self.deleted_on is Side.LEFT else self.left or self.right
        assert entry is not None, "a difference has at least one side"
        return entry

    @property
    def deleted_on(self) -> Side | None:
        """The side that has a tombstone where the other one has the record; None if neither or both have one."""
        if not self.left or not self.right or self.left.is_tombstone == self.right.is_tombstone:
            return None
        return Side.LEFT if self.left.is_tombstone else Side.RIGHT

    @property
    def missing_on(self) -> Side | None:
        """The side that lacks it; None for a conflict: both have it, not the same."""
        if self.left is None:
            return Side.LEFT
        return Side.RIGHT if self.right is None else None


class UnsortedError(ValueError):
    """A stream is not in the order of its keys: any result of comparing it would be wrong."""


def differences(left: Iterable[Entry], right: Iterable[Entry]) -> Iterator[Difference]:
    """Every key that only one side has, or that both have with different content, in the order of keys."""
    lefts, rights = _in_order(left), _in_order(right)
    here, there = next(lefts, None), next(rights, None)
    while here or there:
        if there is None or (here and here.key < there.key):
            yield Difference(here, None)
            here = next(lefts, None)
        elif here is None or there.key < here.key:
            yield Difference(None, there)
            there = next(rights, None)
        else:
            if here.digest != there.digest:
                yield Difference(here, there)
            here, there = next(lefts, None), next(rights, None)


def without_match(entries: Iterable[Entry], keys: Iterable[Key]) -> Iterator[Entry]:
    """The entries whose key is not among ``keys``; both sorted."""
    for difference in differences(
        (Entry(entry.key, "", entry.written_in, entry.created_at) for entry in entries),
        (Entry(key, "") for key in keys),
    ):
        if difference.right is None and difference.left:
            yield difference.left


def _in_order(entries: Iterable[Entry]) -> Iterator[Entry]:
    last: Key | None = None
    for entry in entries:
        if last is not None and entry.key <= last:
            raise UnsortedError(f"{entry.key!r} comes after {last!r}")
        last = entry.key
        yield entry
