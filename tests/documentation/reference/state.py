"""Which changes of state are accepted where: the state function's own rules, tried in every combination."""

from collections.abc import Iterator

from app_state_updater.payload import STATES, ChangeRequest
from app_state_updater.rules import (
    NOBODY,
    Fence,
    HandOverIncomplete,
    Regions,
    StateRecord,
    TransitionRefused,
    next_record,
)
from tests.documentation.reference.markdown import code, document, table

_PRIMARY, _SECONDARY = "primary", "secondary"
_ABOUT = """# Application state

An application is in one of three states, and one Region, or none, is writable in it. [Architecture](../architecture.md)
says why the rules are as they are.
"""
_CHANGES = """## Changes

Without force a change is made in the Region that is the record's `authority`; only `fenced` may be set in the other one
too, which leaves the authority where it is. Between `active` and `failover` the way leads over `fenced`. With
`Force` any change may be made in either Region, and takes the authority there: that is an unplanned failover.

The table is what the state function answers where a record has arrived whole: the change is accepted with the state's
next epoch, or refused with this error. Another expected state or epoch is `StateConflict`; fences of the Region that do
not agree with the record yet are `HandOverIncomplete`.
"""


def page() -> str:
    """The whole page."""
    writable = ([code(name), _regions(_PRIMARY).writable_in(name)] for name in STATES)
    states = table(["state", "writable Region"], writable)
    heads = ["from", "to", "in the authority", "in the other Region", "with force"]
    return document(_ABOUT, states, _CHANGES, table(heads, _rows()))


def _rows() -> Iterator[list[str]]:
    for old in STATES:
        for new in STATES:
            writable = _regions(_PRIMARY).writable_in(old)
            authority = _PRIMARY if writable == NOBODY else writable
            other = _SECONDARY if authority == _PRIMARY else _PRIMARY
            yield [
                code(old),
                code(new),
                outcome(old, new, authority, own=authority),
                outcome(old, new, authority, own=other),
                outcome(old, new, authority, own=other, is_forced=True),
            ]


def outcome(old: str, new: str, authority: str, *, own: str, is_forced: bool = False) -> str:
    """What the rules answer to the change from ``old`` to ``new``, made in the Region ``own``; all fences agree."""
    regions = _regions(own)
    epoch = 2 if authority == _PRIMARY else 3
    found = StateRecord(old, regions.writable_in(old), epoch, "", "", "", "active", authority, fences=1)
    fences = [Fence(found.writableRegion, epoch)]
    change = ChangeRequest("app", "table", new, is_forced=is_forced)
    try:
        record = next_record(found, authority, fences, change, regions, "")
    except (TransitionRefused, HandOverIncomplete) as error:
        return code(type(error).__name__)
    return f"epoch +{record.epoch - epoch}"


def _regions(own: str) -> Regions:
    return Regions(own, _PRIMARY, _SECONDARY)
