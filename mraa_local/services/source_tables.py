"""A table that a replica was made from is not deleted within 24 hours, as long as that replica exists.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html; the replica first, then
the source: without replicas a source can be deleted at once.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.engine import stores, tables
from mraa_local.engine.scope import Answer, account_id, region

_STATE = "mraa_source_tables"
_RULE_S = 24 * 3600.0
_REFUSAL = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in "
    "the last 24 hours."
)

_Made = tuple[str, str, str, str]  # account, table, Region of the source, Region of the replica

_made_at: dict[_Made, float] = {}


def install() -> None:
    """Note which replica is made from which; check before tables and replicas are deleted."""
    tables.around_update(_updated)
    tables.around_delete(_deleted)
    stores.keep_at_stop(_STATE, lambda: {"made": [[*made, at] for made, at in _made_at.items()]})


def started() -> None:
    """Remember what was made before the restart."""
    for *made, at in stores.kept(_STATE).get("made", []):
        account, table, source, replica = made
        _made_at[account, table, source, replica] = at


def _updated(request: dict[str, Any], proceed: Callable[[], Answer]) -> Answer:
    name, here = tables.name_of(request.get("TableName")), region()
    if any(_is_held(name, gone) for gone in _regions(request, "Delete")):
        return tables.refusal("ValidationException", _REFUSAL)
    answer = proceed()
    if answer[0] == 200:
        for replica in _regions(request, "Create"):
            _made_at[account_id(), name, here, replica] = time.time()
        for gone in _regions(request, "Delete"):
            _forget(name, gone)
    return answer


def _deleted(request: dict[str, Any], proceed: Callable[[], Answer]) -> Answer:
    name = tables.name_of(request.get("TableName"))
    if _is_held(name, region()):
        return tables.refusal("ValidationException", _REFUSAL)
    answer = proceed()
    if answer[0] == 200:
        _forget(name, region())
    return answer


def _is_held(name: str, source: str) -> bool:
    """Whether a replica that was made from the table in this Region less than 24 hours ago exists."""
    return any(
        (account, table, of) == (account_id(), name, source)
        and time.time() - at < _RULE_S
        and tables.find_in(account, replica, name) is not None
        for (account, table, of, replica), at in _made_at.items()
    )


def _forget(name: str, gone: str) -> None:
    for made in [made for made in _made_at if made[:2] == (account_id(), name) and gone in made[2:]]:
        del _made_at[made]


def _regions(request: dict[str, Any], what: str) -> Iterator[str]:
    for update in request.get("ReplicaUpdates") or ():
        if isinstance(update, dict) and isinstance(update.get(what), dict):
            yield str(update[what].get("RegionName"))
