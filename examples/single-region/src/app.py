"""Notes over HTTP: PUT, GET and DELETE of /notes/{id}."""

import json
import os

import boto3

dynamodb = boto3.client("dynamodb")
table = os.environ["TABLE"]


def handle(event, context):
    key = {"id": {"S": event["pathParameters"]["id"]}}
    if event["httpMethod"] == "GET":
        return get(key)
    return delete(key) if event["httpMethod"] == "DELETE" else put(key, event["body"])


def get(key):
    found = dynamodb.get_item(TableName=table, Key=key).get("Item")
    return answer(200, {"text": found["text"]["S"]}) if found else answer(404, {})


def put(key, body):
    try:
        text = json.loads(body or "")["text"]
    except (ValueError, KeyError, TypeError):
        text = None
    if not isinstance(text, str):
        return answer(400, {"error": "The body must be {text: a text}."})
    dynamodb.put_item(TableName=table, Item={**key, "text": {"S": text}})
    return answer(200, {})


def delete(key):
    dynamodb.delete_item(TableName=table, Key=key)
    return answer(200, {})


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
