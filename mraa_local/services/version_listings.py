"""Listings of object versions continue after a version that has been deleted since, as S3's do.

The engine looks for the version that the last page ended with; if it is gone, the rest of its key is missing from the
next page, so that a bucket which is emptied page by page keeps old versions.
"""

from collections import OrderedDict
from collections.abc import Callable

from mraa_local.engine import object_versions
from mraa_local.engine.object_versions import Marker
from mraa_local.engine.scope import Answer

_KEPT = 1_000  # pages that were cut off, the latest ones

_older: OrderedDict[Marker, frozenset[str]] = OrderedDict()


def install() -> None:
    """Remember where pages end, and continue there."""
    object_versions.around_listing(_list)


def _list(bucket: str, marker: Marker | None, proceed: Callable[[], tuple[Answer, Marker | None]]) -> Answer:
    if marker is None or object_versions.find(*marker) is not None:
        answer, end = proceed()
    else:
        with object_versions.placeholder(marker, _older.get(marker, frozenset())):
            answer, end = proceed()
    if end is not None:
        _older[end] = frozenset(object_versions.older_than(*end))
        _older.move_to_end(end)
        while len(_older) > _KEPT:
            _older.popitem(last=False)
    return answer
