"""Transactions that take time, so that they conflict as on AWS; the engine's are over at once and never do.

On request (a fault) a TransactWriteItems holds its items, those that it only checks included, for some milliseconds, or
until the fault ends.
Another one that names one of them is cancelled with ``TransactionConflict``, a PutItem, UpdateItem or DeleteItem is
refused with TransactionConflictException, a TransactGetItems is cancelled; reads, batches and replication are not held
up. AWS: "Transaction conflict handling", https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
transaction-apis.html. It says of an item "within" a request that it conflicts, whatever the request does with it; so
two condition checks conflict here too, which AWS does not spell out.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from mraa_local.engine import items, tables
from mraa_local.engine.scope import Answer, account_id, region

_CONFLICT = "Transaction is ongoing for the item"
_SINGLE_WRITES = {"PutItem": "Item", "UpdateItem": "Key", "DeleteItem": "Key"}

_Item = tuple[str, ...]  # account, Region, table, key

# whose request holds it: the client's token, which an SDK sends again with a retry
_held: dict[_Item, str] = {}
_duration_ms = 0
_over = asyncio.Event()


def install() -> None:
    """Check each request before the engine serves it."""
    tables.around_request(_served)


def set_duration(ms: int) -> None:
    """How long a transaction holds its items; without conflicts at 0, which ends those that hold some."""
    global _duration_ms, _over
    _duration_ms = ms
    if not ms:
        _over.set()
        _over = asyncio.Event()


def duration_ms() -> int:
    """How long a transaction holds its items."""
    return _duration_ms


async def _served(action: str, request: dict[str, Any], proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    if action == "TransactWriteItems" and _duration_ms:
        return await _transaction(request, proceed)
    if action == "TransactGetItems":
        named = [_item(entry.get("Get") or {}, "Key") for entry in request.get("TransactItems") or ()]
        if not _held.keys().isdisjoint(named):
            return _cancelled(named)
    if action in _SINGLE_WRITES and _item(request, _SINGLE_WRITES[action]) in _held:
        return tables.refusal("TransactionConflictException", _CONFLICT)
    return await proceed()


async def _transaction(request: dict[str, Any], proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    named, token = list(_named(request)), str(request.get("ClientRequestToken") or "")
    if not _held.keys().isdisjoint(named):
        if token and all(_held.get(item) == token for item in named):
            return tables.refusal("TransactionInProgressException", "The transaction is in progress.")
        return _cancelled(named)
    held = set(filter(None, named))
    _held.update(dict.fromkeys(held, token))
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_over.wait(), _duration_ms / 1000)
        return await proceed()
    finally:
        for item in held:
            del _held[item]


def _named(request: dict[str, Any]) -> Iterator[_Item]:
    for entry in request.get("TransactItems") or ():
        kind, operation = next(iter(entry.items()), ("", {}))
        yield _item(operation, "Item" if kind == "Put" else "Key")


def _item(operation: dict[str, Any], attributes: str) -> _Item:
    """The item that an operation names; empty if its table or its key does not exist, which the engine refuses."""
    table_name = str(operation.get("TableName") or "")
    key = items.key_of(table_name, operation.get(attributes))
    return (account_id(), region(), *key) if key else ()


def _cancelled(named: list[_Item]) -> Answer:
    reasons = [
        {"Code": "TransactionConflict", "Message": _CONFLICT} if of in _held else {"Code": "None"} for of in named
    ]
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return tables.refusal("TransactionCanceledException", message, {"CancellationReasons": reasons})
