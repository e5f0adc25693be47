"""Which tables a DynamoDB request is about, and the partition keys that it names (``dynamodb:LeadingKeys``).

A transaction is no action: AWS evaluates each of its items as the operation that it performs, with that item's key.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mraa_local.engine import tables
from mraa_local.engine.authorization import Check, UndeterminedError

_OF_TRANSACTIONS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
_LEADING = "dynamodb:LeadingKeys"
_NAME = r"[#\w.-]+"


@dataclass(frozen=True)
class _Query:
    """A request that may be a query."""

    request: dict[str, Any]

    def partition_values(self, name: str) -> list[Any]:
        """The values that the condition compares the partition key with."""
        if "KeyConditionExpression" in self.request:
            return [self._value_in_expression(str(self.request["KeyConditionExpression"]), name)]
        conditions = self.request.get("KeyConditions")
        condition = conditions.get(name) if isinstance(conditions, dict) else None
        return list(condition.get("AttributeValueList") or []) if isinstance(condition, dict) else []

    def _value_in_expression(self, expression: str, name: str) -> Any:
        names = self.request.get("ExpressionAttributeNames") or {}
        found = re.findall(rf"({_NAME})\s*=\s*(:\w+)", expression)
        found += [(left, value) for value, left in re.findall(rf"(:\w+)\s*=\s*({_NAME})", expression)]
        matching = {value for left, value in found if names.get(left, left) == name}
        if len(matching) != 1:
            raise UndeterminedError("dynamodb", f"the partition key {name} is not found in {expression!r}")
        return (self.request.get("ExpressionAttributeValues") or {}).get(matching.pop())


def checks_of(operation: str, body: bytes, region: str, account_id: str) -> list[Check]:
    """The checks of a transaction's items; of any other request (operation empty) its tables, without an action."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return []
    if not isinstance(request, dict):
        return []
    if operation:
        return list(_of_transaction(request, region, account_id))
    return [
        Check("", _arn(table, region, account_id, index), _keys(table, index, named, region, account_id))
        for table, index, named in (*_single(request), *_batches(request))
    ]


def _of_transaction(request: dict[str, Any], region: str, account_id: str) -> Iterator[Check]:
    for item in _dicts(request.get("TransactItems")):
        for kind, action in _OF_TRANSACTIONS.items():
            of = item.get(kind)
            if isinstance(of, dict) and isinstance(table := of.get("TableName"), str):
                named = [of.get("Item") if kind == "Put" else of.get("Key")]
                keys = _keys(table, "", named, region, account_id)
                yield Check(action, _arn(table, region, account_id), keys)


def _single(request: dict[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    """The table that the request names, and everything in it that may name items: which of that counts is not said."""
    table, index = request.get("TableName"), request.get("IndexName")
    if isinstance(table, str):
        yield table, index if isinstance(index, str) else "", [request.get("Key"), request.get("Item"), _Query(request)]


def _batches(request: dict[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    of_tables = request.get("RequestItems")
    if isinstance(of_tables, dict):
        yield from ((table, "", list(_batch(of))) for table, of in of_tables.items())


def _batch(of_table: Any) -> Iterator[Any]:
    if isinstance(of_table, dict):  # BatchGetItem
        yield from _dicts(of_table.get("Keys"))
    for write in _dicts(of_table):  # BatchWriteItem
        yield from (of.get("Item") or of.get("Key") for of in _dicts(write.values()))


def _keys(table: str, index: str, named: list[Any], region: str, account_id: str) -> dict[str, Any]:
    """The condition keys; none where no item is named, as in a scan."""
    name = tables.partition_key_name(account_id, region, table.rpartition("table/")[2], index)
    if not name:
        return {}  # no such table: the request fails for that
    values = [_text(value) for of in named for value in _partition_values(of, name)]
    return {_LEADING: values} if values else {}


def _partition_values(of: Any, name: str) -> list[Any]:
    if isinstance(of, _Query):
        return of.partition_values(name)
    return [of[name]] if isinstance(of, dict) and name in of else []


def _text(value: Any) -> str:
    """An attribute value as policies compare it."""
    return str(next(iter(value.values()), "")) if isinstance(value, dict) else ""


def _dicts(values: Any) -> Iterator[dict[str, Any]]:
    found: Iterable[Any] = values if isinstance(values, Iterable) and not isinstance(values, str | dict) else ()
    return (value for value in found if isinstance(value, dict))


def _arn(table: str, region: str, account_id: str, index: str = "") -> str:
    arn = table if table.startswith("arn:") else f"arn:aws:dynamodb:{region}:{account_id}:table/{table}"
    return f"{arn}/index/{index}" if index else arn
