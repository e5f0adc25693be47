"""DynamoDB as two small Regions have it: items under keys as text, conditions, transactions and pages."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.errors import client_error

Values = dict[str, Any]
Stamp = tuple[float, int]

_NOT_EXISTS = re.compile(r"attribute_not_exists\((\S+)\)")
_CONTAINS = re.compile(r"contains\((\S+), (\S+)\)")


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values in DynamoDB's typed form."""
    return {name: _typed(value) for name, value in values.items()}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, frozenset):
        return {"SS": sorted(value)}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def plain(item: Mapping[str, Any]) -> Values:
    """And back."""
    return {name: _plain(of) for name, of in item.items()}


def _plain(of: Mapping[str, Any]) -> Any:
    if "SS" in of:
        return frozenset(of["SS"])
    return int(of["N"]) if "N" in of else of["S"]


def _with_set_changed(item: Mapping[str, Any], expression: str, of: Mapping[str, Any]) -> dict[str, Any]:
    """``ADD #set :values`` and ``DELETE #set :values``: an empty set is no attribute."""
    verb, name, value = expression.split()
    attribute = of["ExpressionAttributeNames"][name]
    before, these = set(item.get(attribute, {}).get("SS", [])), set(of["ExpressionAttributeValues"][value]["SS"])
    after = before | these if verb == "ADD" else before - these
    rest = {key: held for key, held in item.items() if key != attribute}
    return {**rest, attribute: {"SS": sorted(after)}} if after else rest


class FakeTables:
    """The tables of both Regions. ``keys``: each table's key attributes with their types, partition key first.

    An item is kept as ``stores[region][table]["partition/sort"]``: its other attributes, and the stamp of its write.
    """

    keys: dict[str, dict[str, str]]
    stores: dict[str, dict[str, dict[str, tuple[Any, Stamp]]]]
    write: Callable[[str, str, str, Any], None]

    def items(self, region: str, table: str) -> dict[str, dict[str, Any]]:
        """Every item by its key as text, typed."""
        return {
            key: self._typed_key(table, key) | typed(values)
            for key, (values, _) in self._table(region, table).items()
            if values is not None
        }

    def _table(self, region: str, table: str) -> dict[str, tuple[Any, Stamp]]:
        found = self.stores[region].get(table)
        if found is None:
            raise client_error("ResourceNotFoundException")
        return found

    def _item(self, region: str, table: str, key: Mapping[str, Any]) -> dict[str, Any]:
        """One item, typed; empty if it does not exist."""
        text = self._key(table, key)
        values = self.stores[region][table].get(text, (None,))[0]
        return {} if values is None else self._typed_key(table, text) | typed(values)

    def _typed_key(self, table: str, key: str) -> dict[str, Any]:
        parts = key.split("/") if len(self.keys[table]) > 1 else [key]
        return {name: {kind: part} for (name, kind), part in zip(self.keys[table].items(), parts, strict=True)}

    def _key(self, table: str, item: Mapping[str, Any]) -> str:
        return "/".join(str(item[name][kind]) for name, kind in self.keys[table].items())

    def _put(self, region: str, table: str, item: Mapping[str, Any]) -> None:
        values = {name: value for name, value in plain(item).items() if name not in self.keys[table]}
        self.write(region, table, self._key(table, item), values)

    def _is_met(self, region: str, of: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
        """Whether a condition holds.

        ``attribute_not_exists(a)``, ``contains(a, :b)``, ``a = :b``, ``a < :b``, AND within OR.
        """
        found = plain(self._item(region, of["TableName"], item))
        names, values = of.get("ExpressionAttributeNames", {}), plain(of.get("ExpressionAttributeValues", {}))

        def clause(text: str) -> bool:
            if missing := _NOT_EXISTS.fullmatch(text):
                return names.get(missing[1], missing[1]) not in found
            if within := _CONTAINS.fullmatch(text):
                return values[within[2]] in found.get(names.get(within[1], within[1]), ())
            name, operator, value = text.split()
            left = found.get(names.get(name, name))
            return left is not None and (left == values[value] if operator == "=" else left < values[value])

        condition = of.get("ConditionExpression", "")
        return not condition or any(
            all(clause(text) for text in part.split(" AND ")) for part in condition.split(" OR ")
        )

    # --- the operations ---------------------------------------------------------------------------------------------

    def _dynamodb_list_tables(self, region: str, **_: Any) -> Any:
        return {"TableNames": sorted(name for name in self.stores[region] if name in self.keys)}

    def _dynamodb_describe_table(self, region: str, TableName: str) -> Any:
        self.items(region, TableName)
        replicas = [other for other in self.stores if other != region and TableName in self.stores[other]]
        kinds = ("HASH", "RANGE")
        return {
            "Table": {
                "KeySchema": [
                    {"AttributeName": name, "KeyType": kind}
                    for name, kind in zip(self.keys[TableName], kinds, strict=False)
                ][::-1],
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": kind} for name, kind in self.keys[TableName].items()
                ],
                "Replicas": [{"RegionName": replica} for replica in replicas],
            }
        }

    def _dynamodb_scan(self, region: str, TableName: str, ExclusiveStartKey: int = 0, **_: Any) -> Any:
        # typed page by page: of a whole table at each page, a scan would take the square of its items
        found = [(key, values) for key, (values, _) in self._table(region, TableName).items() if values is not None]
        end = ExclusiveStartKey + 3
        items = [self._typed_key(TableName, key) | typed(values) for key, values in found[ExclusiveStartKey:end]]
        return {"Items": items, **({"LastEvaluatedKey": end} if len(found) > end else {})}

    def _dynamodb_query(self, region: str, TableName: str, ExpressionAttributeValues: Any, **_: Any) -> Any:
        (partition,) = plain(ExpressionAttributeValues).values()
        found = self.items(region, TableName)
        return {"Items": [item for key, item in found.items() if key.startswith(f"{partition}/")]}

    def _dynamodb_batch_get_item(self, region: str, RequestItems: Any) -> Any:
        answers = {}
        for table, wanted in RequestItems.items():
            found = self.items(region, table)
            keys = [self._key(table, key) for key in wanted["Keys"]]
            answers[table] = [found[key] for key in keys if key in found]
        return {"Responses": answers, "UnprocessedKeys": {}}

    def _dynamodb_get_item(self, region: str, TableName: str, Key: Any, **_: Any) -> Any:
        found = self._item(region, TableName, Key)
        return {"Item": found} if found else {}

    def _dynamodb_put_item(self, region: str, Item: Any, **of: Any) -> None:
        if not self._is_met(region, of, Item):
            raise client_error("ConditionalCheckFailedException")
        self._put(region, of["TableName"], Item)

    def _dynamodb_delete_item(self, region: str, TableName: str, Key: Any, **of: Any) -> None:
        if not self._is_met(region, {"TableName": TableName, **of}, Key):
            raise client_error("ConditionalCheckFailedException")
        self.write(region, TableName, self._key(TableName, Key), None)

    def _dynamodb_batch_write_item(self, region: str, RequestItems: Any) -> Any:
        for table, requests in RequestItems.items():
            for request in requests:
                self._dynamodb_delete_item(region, table, request["DeleteRequest"]["Key"])
        return {"UnprocessedItems": {}}

    def _dynamodb_update_item(self, region: str, Key: Any, UpdateExpression: str, **of: Any) -> None:
        if not self._is_met(region, of, Key):
            raise client_error("ConditionalCheckFailedException")
        names, item = of.get("ExpressionAttributeNames", {}), {**Key, **self._item(region, of["TableName"], Key)}
        if UpdateExpression.startswith(("ADD ", "DELETE ")):
            self._put(region, of["TableName"], _with_set_changed(item, UpdateExpression, of))
            return
        for assignment in UpdateExpression.removeprefix("SET ").split(", "):
            name, value = assignment.split(" = ")
            item[names.get(name, name)] = of["ExpressionAttributeValues"][value]
        self._put(region, of["TableName"], item)

    def _dynamodb_transact_write_items(self, region: str, TransactItems: Any) -> None:
        actions = [(kind, of) for item in TransactItems for kind, of in item.items()]
        are_met = [self._is_met(region, of, of.get("Item") or of["Key"]) for _, of in actions]
        if not all(are_met):
            reasons = ["None" if is_met else "ConditionalCheckFailed" for is_met in are_met]
            raise client_error("TransactionCanceledException", reasons=reasons)
        for kind, of in actions:
            if kind == "Put":
                self._put(region, of["TableName"], of["Item"])
