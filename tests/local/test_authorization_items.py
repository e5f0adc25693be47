"""What DynamoDB requests need: each item of a transaction, and the partition keys that are named."""

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from mraa_local.environment import ACCOUNT_ID
from mraa_local.process import LocalCloud
from tests.local.identities import allow, code_of
from tests.local.requests import signed
from tests.regions import PRIMARY

FENCES, RECORDS = "fences", "records"


@pytest.fixture(scope="module")
def tables(client: Callable[..., Any]) -> None:
    for name in (FENCES, RECORDS):
        client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )


@pytest.fixture(scope="module")
def writer(tables: None, identity: Callable[..., Credentials], as_user: Callable[..., Any]) -> Any:
    """May check ``app#fence#...`` and write ``record#...``."""
    arn = f"arn:aws:dynamodb:{PRIMARY}:{ACCOUNT_ID}:table/"
    keys = identity(
        "writer",
        allow(
            "dynamodb:ConditionCheckItem",
            on=f"{arn}{FENCES}",
            ForAllValues_StringLike={"dynamodb:LeadingKeys": ["app#fence#*"]},
        ),
        allow(
            *(f"dynamodb:{name}" for name in ("PutItem", "GetItem", "Query", "BatchWriteItem", "BatchGetItem")),
            on=f"{arn}{RECORDS}",
            ForAllValues_StringLike={"dynamodb:LeadingKeys": ["record#*"]},
        ),
    )
    return as_user("dynamodb", keys)


def transaction(fence: str, record: str) -> list[dict[str, Any]]:
    check = {
        "TableName": FENCES,
        "Key": {"id": {"S": fence}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    return [{"ConditionCheck": check}, {"Put": {"TableName": RECORDS, "Item": {"id": {"S": record}}}}]


def test_each_item_of_a_transaction_is_evaluated_with_its_own_key(writer: Any) -> None:
    writer.transact_write_items(TransactItems=transaction("app#fence#00", "record#1"))
    with pytest.raises(ClientError, match="dynamodb:ConditionCheckItem"):
        writer.transact_write_items(TransactItems=transaction("app", "record#1"))
    with pytest.raises(ClientError, match="dynamodb:PutItem"):
        writer.transact_write_items(TransactItems=transaction("app#fence#00", "other#1"))
    get = {"Get": {"TableName": RECORDS, "Key": {"id": {"S": "other#1"}}}}
    with pytest.raises(ClientError, match="dynamodb:GetItem"):
        writer.transact_get_items(TransactItems=[get])


def key(value: str) -> dict[str, Any]:
    return {"id": {"S": value}}


def test_every_operation_on_items_is_evaluated_with_their_keys(writer: Any) -> None:
    condition: dict[str, Any] = {"KeyConditionExpression": "#k = :v", "ExpressionAttributeNames": {"#k": "id"}}
    for value, is_allowed in (("record#2", True), ("other#2", False)):
        batch = [{"PutRequest": {"Item": key("record#1")}}, {"PutRequest": {"Item": key(value)}}]
        calls = (
            functools.partial(writer.put_item, TableName=RECORDS, Item=key(value)),
            functools.partial(writer.get_item, TableName=RECORDS, Key=key(value)),
            functools.partial(
                writer.query, TableName=RECORDS, ExpressionAttributeValues={":v": {"S": value}}, **condition
            ),
            functools.partial(writer.batch_get_item, RequestItems={RECORDS: {"Keys": [key("record#1"), key(value)]}}),
            functools.partial(writer.batch_write_item, RequestItems={RECORDS: batch}),
        )
        for call in calls:
            if is_allowed:
                call()
            else:
                with pytest.raises(ClientError) as refused:
                    call()
                assert code_of(refused) == "AccessDeniedException"


def test_keys_that_an_operation_ignores_do_not_stand_for_those_it_uses(cloud: LocalCloud, writer: Any) -> None:
    credentials = writer._request_signer._credentials
    forged = {
        "TableName": RECORDS,
        "Item": key("other#3"),
        "KeyConditionExpression": "id = :v",
        "ExpressionAttributeValues": {":v": {"S": "record#1"}},
    }
    headers = {"X-Amz-Target": "DynamoDB_20120810.PutItem", "Content-Type": "application/x-amz-json-1.0"}
    answer = signed(cloud, "dynamodb", "POST", "/", headers, json.dumps(forged), credentials=credentials)
    assert "AccessDenied" in answer.text
    forged = {"TableName": RECORDS, "RequestItems": {FENCES: {"Keys": [key("app")]}}}
    headers["X-Amz-Target"] = "DynamoDB_20120810.BatchGetItem"
    answer = signed(cloud, "dynamodb", "POST", "/", headers, json.dumps(forged), credentials=credentials)
    assert "AccessDenied" in answer.text


def test_partiql_is_refused(client: Callable[..., Any], tables: None) -> None:
    with pytest.raises(ClientError, match="dynamodb:ExecuteStatement is not supported"):
        client("dynamodb").execute_statement(Statement="SELECT * FROM records")
