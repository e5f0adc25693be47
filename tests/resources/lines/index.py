"""An order with one line, in two tables: written and removed in one transaction that checks a fence."""

import json
import os
import random
import time
from typing import Any

import boto3
from botocore.exceptions import ClientError

_dynamodb = boto3.client("dynamodb")
_TRIES = 20


def handle(event: Any, context: Any) -> Any:
    order_id = event["pathParameters"]["orderId"]
    if event["httpMethod"] == "GET":
        return answer(*read(order_id))
    items = orders_put(order_id, event) if event["httpMethod"] == "PUT" else orders_deleted(order_id)
    for _ in range(_TRIES):
        try:
            _dynamodb.transact_write_items(TransactItems=[check(), *items])
        except ClientError as error:
            reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
            if "ConditionalCheckFailed" in reasons[:1]:
                return answer(409, {"error": {"code": "RegionFenced", "message": "Another Region writes."}})
            if "TransactionConflict" not in reasons:
                raise
            time.sleep(random.uniform(0, 0.05))
        else:
            return answer(200, {"orderId": order_id})
    return answer(503, {"error": {"code": "Busy", "message": "Retry the request."}})


def check() -> Any:
    number = random.randrange(int(os.environ["FENCES"]))
    return {
        "ConditionCheck": {
            "TableName": os.environ["APP_CONFIG_TABLE"],
            "Key": {"appId": {"S": f"{os.environ['APP_ID']}#fence#{number:02x}"}},
            "ConditionExpression": "writableRegion = :region",
            "ExpressionAttributeValues": {":region": {"S": os.environ["AWS_REGION"]}},
        }
    }


def orders_put(order_id: str, event: Any) -> Any:
    note = json.loads(event["body"])["note"]
    order = {"orderId": {"S": order_id}, "note": {"S": note}, "writtenIn": {"S": os.environ["AWS_REGION"]}}
    line = {**key(order_id), "line": {"N": "1"}, "sku": {"S": "x"}}
    return [
        {"Put": {"TableName": os.environ["ORDERS_TABLE"], "Item": order}},
        {"Put": {"TableName": os.environ["LINES_TABLE"], "Item": line}},
    ]


def orders_deleted(order_id: str) -> Any:
    return [
        {"Delete": {"TableName": os.environ["ORDERS_TABLE"], "Key": key(order_id)}},
        {"Delete": {"TableName": os.environ["LINES_TABLE"], "Key": {**key(order_id), "line": {"N": "1"}}}},
    ]


def read(order_id: str) -> tuple[int, Any]:
    found = _dynamodb.get_item(TableName=os.environ["ORDERS_TABLE"], Key=key(order_id), ConsistentRead=True)
    if "Item" not in found:
        return 404, {"error": {"code": "NotFound", "message": "There is no such order."}}
    return 200, {"orderId": order_id, "note": found["Item"]["note"]["S"]}


def key(order_id: str) -> Any:
    return {"orderId": {"S": order_id}}


def answer(status: int, body: Any) -> Any:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
