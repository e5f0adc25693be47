"""DynamoDB tables: their records, the API's operations on them, and the price of a query.

A table's record is the engine's own dictionary: ``TableArn``, ``DeletionProtectionEnabled``, ``items``, ...
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core import iam_actions
from ministack.services import dynamodb

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Table = dict[str, Any]


def find(name: str) -> Table | None:
    """The table in the Region of the request."""
    table: Table | None = dynamodb._tables.get(name)
    return table


def find_in(account_id: str, region: str, name: str) -> Table | None:
    """The table, or its replica, in another Region."""
    table: Table | None = dynamodb._tables.get_scoped(account_id, region, name)
    return table


def partition_key_name(account_id: str, region: str, name: str, index: str) -> str:
    """The name of the table's partition key, or its index's; empty if there is no such table or index."""
    table = find_in(account_id, region, name)
    if table is None or not index:
        return str(table["pk_name"]) if table else ""
    indexes = [*(table.get("GlobalSecondaryIndexes") or ()), *(table.get("LocalSecondaryIndexes") or ())]
    schemas = [each["KeySchema"] for each in indexes if each["IndexName"] == index]
    names = [part["AttributeName"] for schema in schemas for part in schema if part["KeyType"] == "HASH"]
    return str(names[0]) if names else ""


def replica_regions(table: Table) -> set[str]:
    """The Regions of a global table; empty for a table without replicas."""
    return set(table.get("_global_regions") or ())


def create(request: dict[str, Any]) -> Answer:
    """CreateTable."""
    answer: Answer = dynamodb._create_table(request)
    return answer


def update(request: dict[str, Any]) -> Answer:
    """UpdateTable; one replica is created or deleted a call."""
    answer: Answer = dynamodb._update_table(request)
    return answer


def delete(name: str) -> Answer:
    """DeleteTable."""
    answer: Answer = dynamodb._delete_table({"TableName": name})
    return answer


def set_time_to_live(name: str, specification: dict[str, Any]) -> Answer:
    """UpdateTimeToLive."""
    answer: Answer = dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": specification})
    return answer


def set_point_in_time_recovery(name: str, *, is_enabled: bool) -> Answer:
    """UpdateContinuousBackups."""
    specification = {"PointInTimeRecoveryEnabled": is_enabled}
    request = {"TableName": name, "PointInTimeRecoverySpecification": specification}
    answer: Answer = dynamodb._update_continuous_backups(request)
    return answer


def set_tags(name: str, tags: list[dict[str, str]]) -> None:
    """Give the table here these tags and no others."""
    dynamodb._tags[dynamodb._tables[name]["TableArn"]] = tags


async def call(action: str, body: bytes) -> Answer:
    """Any action of the API, with the JSON body that it takes."""
    target = {"x-amz-target": f"DynamoDB_20120810.{action}"}
    answer: Answer = await dynamodb.handle_request("POST", "/", target, body, {})
    return answer


def around_request(
    around: Callable[[str, dict[str, Any], Callable[[], Awaitable[Answer]]], Awaitable[Answer]],
) -> None:
    """Have ``around(action, request, go on)`` answer every call of the API that may be served."""
    original = dynamodb.handle_request

    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            request = None
        if not isinstance(request, dict):
            refused: Answer = await original(method, path, headers, body, query)
            return refused
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        return await around(action, request, lambda: original(method, path, headers, body, query))

    dynamodb.handle_request = handle_request


def around_update(around: Callable[[dict[str, Any], Callable[[], Answer]], Answer]) -> None:
    """Have ``around(request, go on)`` answer UpdateTable, whoever calls it."""
    original = dynamodb._update_table
    rebind(original, lambda request: around(request, lambda: original(request)))


def around_delete(around: Callable[[dict[str, Any], Callable[[], Answer]], Answer]) -> None:
    """The same for DeleteTable."""
    original = dynamodb._delete_table
    rebind(original, lambda request: around(request, lambda: original(request)))


def name_of(name_or_arn: Any) -> str:
    """The name of a table that a request names or gives the ARN of."""
    return str(dynamodb._normalize_table_name(name_or_arn))


def refusal(code: str, message: str, more: dict[str, Any] | None = None) -> Answer:
    """DynamoDB's refusal of a request."""
    answer: Answer = dynamodb.error_response_json(code, message, 400, more)
    return answer


def condition_keys(request: bytes) -> dict[str, Any]:
    """DynamoDB's condition keys that policies see of a whole request (``dynamodb:Select``, ``dynamodb:Attributes``)."""
    return dict(iam_actions.dynamodb_service_context(request))


def compare_key_conditions_by(compare: Callable[[str, dict[str, Any], dict[str, Any], dict[str, str]], Any]) -> None:
    """Let ``compare(condition, item, values, names)`` decide key conditions of queries, the engine if it gives None."""
    evaluate = dynamodb._evaluate_condition

    def evaluated(
        expression: str, item: dict[str, Any], values: dict[str, Any], names: dict[str, str], *rest: Any, **named: Any
    ) -> Any:
        if named.get("slot") == "KeyConditionExpression":
            decided = compare(expression, item, values, names)
            if decided is not None:
                return decided
        return evaluate(expression, item, values, names, *rest, **named)

    dynamodb._evaluate_condition = evaluated
