"""Puts a higher epoch back where replication has brought a lower one over it, and tells who listens of a new state.

Global tables keep the item of the last writer. Where two Regions changed the state while they were cut off from each
other, that may be the one of the lower epoch; so each Region's stream of the app-config table, in which replicated
writes appear like its own, is watched, and what a write lowered is put back. Each item is judged by itself and never
raised to another item's epoch: that all fences agree with the record must stay proof that a hand-over arrived whole.

Also a custom resource: it returns the ARN of this Region's stream, which CloudFormation cannot know of a replica, and
the number of fences, which is fixed once a state record exists.

Requires on the app-config table: dynamodb:DescribeTable, GetItem, PutItem; on its stream what Lambda reads;
events:PutEvents on the default bus; sqs:SendMessage on the queue of failed records.
"""

import json
import os
import re
from typing import Any

from botocore.exceptions import ClientError

from mraa_fence.keys import DEFAULT_FENCES
from mraa_fence.retries import Clock, codes_of, retry
from shared import aws, cloudformation
from shared.app_config import number, text
from shared.aws import Client, log, remaining_s
from shared.cloudformation import Request
from shared.cloudformation import text as required

SOURCE, DETAIL_TYPE = "mraa", "Application State Changed"

_MARGIN_S = 2.0  # left for the answer when retries end
_CLOCK = Clock()


class FencesFixed(Exception):
    """Another number of fences than the application has: writers would check fences that nobody sets."""


class EventNotAccepted(Exception):
    """EventBridge did not accept an event; it is sent again with its record."""


def handle(event: Any, context: Any) -> dict[str, Any] | None:
    """Entry point. Records that failed, and all later ones of the batch, are delivered again (ReportBatchItemFailures).

    Doing a record twice is safe: what is there by then has a higher epoch, and events may come more than once.
    """
    if isinstance(event, dict) and {"RequestType", "ResponseURL"} & event.keys():
        cloudformation.run(event, context, _describe, "TableName")
        return None
    until_s = _CLOCK.monotonic() + remaining_s(context) - _MARGIN_S
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list):
        log("not a batch of a stream", type=type(event).__name__)
        return _failure("")
    for record in records:
        try:
            _process(record["dynamodb"], until_s)
        except Exception as error:  # noqa: BLE001 - whatever it is, the record must come again
            change = record.get("dynamodb") if isinstance(record, dict) else None
            change = change if isinstance(change, dict) else {}
            log("record failed", key=change.get("Keys"), error=repr(error))
            return _failure(change.get("SequenceNumber"))
    return {"batchItemFailures": []}


def _failure(number: Any) -> dict[str, Any]:
    """Deliver the record with that sequence number, and all later ones, again; the whole batch without a number.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    return {"batchItemFailures": [{"itemIdentifier": number if isinstance(number, str) else ""}]}


def _process(change: dict[str, Any], until_s: float) -> None:
    app_id = os.environ["APP_ID"]
    item_id, new, old = change["Keys"]["appId"]["S"], change.get("NewImage"), change.get("OldImage")
    is_record = item_id == app_id
    if not new or not (is_record or re.fullmatch(re.escape(app_id) + "#fence#[0-9a-f]+", item_id)):
        return  # deleted, or a history entry: those are each Region's own
    if old and number(new, "epoch") < number(old, "epoch"):
        # under the key that was judged, whatever the image says
        _put_back(old | {"appId": {"S": item_id}}, until_s)
    elif is_record and number(new, "epoch") > number(old or {}, "epoch"):
        _announce(new, old or {}, until_s)


def _put_back(item: dict[str, Any], until_s: float) -> None:
    """Unless the item has reached a higher epoch by now."""
    table = aws.client("dynamodb")
    try:
        retry(
            lambda: table.put_item(
                TableName=os.environ["APP_CONFIG_TABLE"],
                Item=item,
                ConditionExpression="#epoch < :higher",
                ExpressionAttributeNames={"#epoch": "epoch"},
                ExpressionAttributeValues={":higher": item["epoch"]},
            ),
            _CLOCK,
            until_s,
        )
    except ClientError as error:
        if codes_of(error)[0] != "ConditionalCheckFailedException":
            raise
        return
    log("higher epoch put back", key=item["appId"]["S"], epoch=number(item, "epoch"))


def _announce(new: dict[str, Any], old: dict[str, Any], until_s: float) -> None:
    """Put the event on the Region's default bus."""
    content = detail(new, old, app_id=os.environ["APP_ID"], region=os.environ["AWS_REGION"])
    entry = {"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": json.dumps(content)}
    answer = retry(lambda: aws.client("events").put_events(Entries=[entry]), _CLOCK, until_s)
    if answer["FailedEntryCount"]:
        raise EventNotAccepted(answer["Entries"][0].get("ErrorCode", "unknown"))


def detail(new: dict[str, Any], old: dict[str, Any], *, app_id: str, region: str) -> dict[str, Any]:
    """The event's content. ``previousState`` is what this Region saw before."""
    return {
        "appId": app_id,
        "region": region,
        "state": text(new, "state"),
        "writableRegion": text(new, "writableRegion"),
        "epoch": number(new, "epoch"),
        "updatedAt": text(new, "updatedAt"),
        "previousState": text(old, "state"),
        "reason": text(new, "reason"),
    }


def _describe(request: Request) -> dict[str, str]:
    if request.type == "Delete":
        return {}
    dynamodb: Client = aws.client("dynamodb")
    name, wanted = required(request.properties, "TableName"), required(request.properties, "Fences")
    key = {"appId": {"S": required(request.properties, "AppId")}}
    record = dynamodb.get_item(TableName=name, Key=key).get("Item")
    fences = str(number(record, "fences") or DEFAULT_FENCES) if record else wanted
    if fences != wanted:
        raise FencesFixed(f"The application has {fences} fences, which cannot be changed: set Fences to {fences}.")
    return {"StreamArn": dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"], "Fences": fences}
