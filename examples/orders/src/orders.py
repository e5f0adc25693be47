"""Orders in two Regions. Whatever writes checks the fence in its transaction: only the Region that may write handles
anything, whoever calls it.

One function with three sources of events: an API takes orders, a queue has them packed, a schedule notes each minute.
"""

import json
import os
from datetime import UTC, datetime

import boto3
from botocore.exceptions import ClientError

from mraa_fence import Fence, RegionFenced

dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
fence = Fence.from_environment(dynamodb)
table, queue_url = os.environ["ORDERS_TABLE"], os.environ["QUEUE_URL"]

FAILED, TICK = "ConditionalCheckFailed", "tick "


def handle(event, context):
    if "Records" in event:
        return consume(event["Records"])
    return tick(TICK + event["scheduledAt"]) if "scheduledAt" in event else api(event)


def api(event):
    """PUT, GET and DELETE of an order. 409: this Region may not write."""
    order_id = event["pathParameters"]["id"]
    try:
        if event["httpMethod"] == "GET":
            return get(order_id)
        return delete(order_id) if event["httpMethod"] == "DELETE" else put(order_id, event["body"])
    except RegionFenced as refusal:
        return answer(409, {"error": {"code": "RegionFenced", "message": str(refusal)}})


def get(order_id):
    found = dynamodb.get_item(TableName=table, Key=key(order_id), ConsistentRead=True).get("Item")
    return answer(200, {name: value["S"] for name, value in found.items()}) if found else answer(404, {})


def put(order_id, body):
    """Acknowledged once the order is stored and queued; the same request again changes nothing."""
    try:
        note = json.loads(body or "")["note"]
    except (ValueError, KeyError, TypeError):
        note = None
    if not isinstance(note, str) or len(note) > 1000:
        return answer(400, {"error": {"code": "Invalid", "message": "The body must be {note: a text}."}})
    order = {**key(order_id), **origin(), "note": {"S": note}}
    write({"Put": {"TableName": table, "Item": order, "ConditionExpression": "attribute_not_exists(orderId)"}})
    sqs.send_message(QueueUrl=queue_url, MessageBody=order_id)
    return answer(200, {"orderId": order_id})


def delete(order_id):
    write({"Delete": {"TableName": table, "Key": key(order_id)}})
    return answer(200, {})


def consume(records):
    """Pack orders, note minutes. Where this Region may not write they stay in the queue until it may."""
    failures = []
    for record in records:
        handled_by = note_minute if record["body"].startswith(TICK) else pack_order
        try:
            handled_by(record["body"])
        except RegionFenced:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


@fence.active_only
def pack_order(epoch, order_id):
    """The epoch tells a store outside DynamoDB which of two Regions is the later one."""
    packed = {"ExpressionAttributeValues": {":packed": {"S": f"{os.environ['AWS_REGION']} in epoch {epoch}"}}}
    update = {"TableName": table, "Key": key(order_id), "UpdateExpression": "SET packed = :packed", **packed}
    condition = "attribute_exists(orderId) AND attribute_not_exists(packed)"
    if not write({"Update": {**update, "ConditionExpression": condition}}):
        print(f"{order_id} is packed already, or was deleted")


def tick(minute):
    """Note the minute, once in both Regions together; in the midst of a failover, when neither may write, later."""
    try:
        note_minute(minute)
    except RegionFenced as refusal:
        if refusal.writable_region != "none":
            return
        sqs.send_message(QueueUrl=queue_url, MessageBody=minute)
        print(f"{minute} waits in the queue: {refusal}")


@fence.active_only
def note_minute(epoch, minute):
    item = {**key(minute), **origin(), "epoch": {"S": str(epoch)}}
    if not write({"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(orderId)"}}):
        print(f"{minute} is noted already")


def write(item):
    """Whether it was written: False if its condition does not hold. RegionFenced if this Region may not write."""
    try:
        fence.write([item])
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        if reasons and reasons[0].get("Code") == FAILED:
            return False
        raise
    return True


def key(order_id):
    return {"orderId": {"S": order_id}}


def origin():
    """Where and when an item was written: `mraa reconcile` shows it."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"writtenIn": {"S": os.environ["AWS_REGION"]}, "createdAt": {"S": now}}


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
