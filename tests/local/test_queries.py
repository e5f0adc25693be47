"""Queries by partition key alone, which the local cloud answers in its own way."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def dynamodb(client: Callable[..., Any]) -> Any:
    made = client("dynamodb")
    made.create_table(
        TableName="records",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    for pk in ("A", "B"):
        for number in range(5):
            made.put_item(TableName="records", Item={"pk": {"S": pk}, "sk": {"S": str(number)}})
    return made


@pytest.mark.parametrize(
    ("condition", "names"), [("pk = :pk", {}), (" #k=:pk ", {"ExpressionAttributeNames": {"#k": "pk"}})]
)
@pytest.mark.parametrize("forward", [True, False])
def test_a_partition_is_read_in_order_and_page_by_page(
    dynamodb: Any, condition: str, names: dict[str, Any], forward: bool
) -> None:
    query = {
        "TableName": "records",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {":pk": {"S": "A"}},
        "ScanIndexForward": forward,
        "Limit": 2,
        **names,
    }
    pages = list(dynamodb.get_paginator("query").paginate(**query))

    found = [(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"]]
    assert found == sorted([("A", str(number)) for number in range(5)], reverse=not forward)
    assert [len(page["Items"]) for page in pages][:2] == [2, 2]


def test_a_partition_without_items_is_empty(dynamodb: Any) -> None:
    answer = dynamodb.query(
        TableName="records", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "none"}}
    )
    assert answer["Items"] == []


def test_a_condition_on_both_keys_is_still_evaluated_by_the_engine(dynamodb: Any) -> None:
    answer = dynamodb.query(
        TableName="records",
        KeyConditionExpression="pk = :pk AND sk > :sk",
        ExpressionAttributeValues={":pk": {"S": "B"}, ":sk": {"S": "2"}},
    )
    assert [item["sk"]["S"] for item in answer["Items"]] == ["3", "4"]
