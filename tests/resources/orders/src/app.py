"""Writes one order, if this Region may write."""

import os

import boto3

from mraa_fence import Fence

_fence = Fence.from_environment(boto3.client("dynamodb"))


def handle(event, context):
    _fence.write([{"Put": {"TableName": os.environ["ORDERS_TABLE"], "Item": {"orderId": {"S": event["orderId"]}}}}])
    return {"role": os.environ["ROLE"], "routingLayer": os.environ["ROUTING_LAYER_URL"]}
