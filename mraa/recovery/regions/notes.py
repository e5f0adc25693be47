"""Notes of what a command has begun, for the next one to clean up after it if it is killed.

They are kept where canaries are: in a table that the application names, under a key of the tool's own (``DRILL#``), so
that whoever may drain may also drill, and nobody needs to write to the app-config table but the state function. One
item holds the ids of all runs that have not ended.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mraa.aws import Aws, call
from mraa.errors import AwsError
from mraa.recovery.application import Application
from mraa.recovery.models import RegionInfo, Table
from mraa.recovery.regions.canary import canary_tables
from mraa.recovery.regions.items import text

_KEY = "DRILL#"
_RUNS = "runs"


def is_note(table: Table, item: Mapping[str, Any]) -> bool:
    """True for the item that holds the notes."""
    return text(item, table.key[0].name) == _KEY


def add_note(aws: Aws, application: Application, info: RegionInfo, run_id: str) -> bool:
    """Note a run in this Region; False if the application has no table whose key is text."""
    doing = "Noting the run"
    return _change(aws, application, info, "update_item", doing, **_runs("ADD #runs :these", these={"SS": [run_id]}))


def remove_note(aws: Aws, application: Application, info: RegionInfo, run_id: str) -> None:
    """Remove a run's note from this Region's own replica, and the item with the last one."""
    doing, is_noted = "Removing the note of the run", {"ConditionExpression": "contains(#runs, :this)"}
    with _unless_condition_fails():
        removal = _runs("DELETE #runs :these", these={"SS": [run_id]}, this={"S": run_id})
        _change(aws, application, info, "update_item", doing, **removal, **is_noted)
    with _unless_condition_fails():
        is_empty = {"ConditionExpression": "attribute_not_exists(#runs)", "ExpressionAttributeNames": {"#runs": _RUNS}}
        _change(aws, application, info, "delete_item", doing, **is_empty)


def read_notes(aws: Aws, application: Application, info: RegionInfo) -> list[str]:
    """The ids of the runs that are noted in this Region."""
    tables = canary_tables(application, info)
    if not tables:
        return []
    table, client = tables[0], aws.client("dynamodb", info.region)
    answer = call(
        client.get_item,
        "Reading the notes of runs",
        info.region,
        TableName=table.name,
        Key=_key(table),
        ConsistentRead=True,
    )
    runs = answer.get("Item", {}).get(_RUNS, {}).get("SS", [])
    return sorted(map(str, runs)) if isinstance(runs, list) else []


def _change(aws: Aws, application: Application, info: RegionInfo, operation: str, doing: str, **arguments: Any) -> bool:
    tables = canary_tables(application, info)
    if tables:
        method = getattr(aws.client("dynamodb", info.region), operation)
        call(method, doing, info.region, TableName=tables[0].name, Key=_key(tables[0]), **arguments)
    return bool(tables)


def _runs(expression: str, **values: Any) -> dict[str, Any]:
    return {
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {"#runs": _RUNS},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }


@contextmanager
def _unless_condition_fails() -> Iterator[None]:
    try:
        yield
    except AwsError as error:
        if error.code != "ConditionalCheckFailedException":
            raise


def _key(table: Table) -> dict[str, Any]:
    return {attribute.name: {"S": _KEY} for attribute in table.key}
