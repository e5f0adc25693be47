"""Sets the application state for two callers: CloudFormation (the first state), and the console, tool or recovery plan.

Requires on the app-config table: dynamodb:BatchGetItem, PutItem, UpdateItem.
"""

import json
import os
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app_state_updater import payload
from app_state_updater.change import change_state, set_first_state
from app_state_updater.rules import Regions
from app_state_updater.table import StateTable
from mraa_fence.keys import DEFAULT_FENCES, FENCE_COUNTS
from shared import aws, cloudformation
from shared.aws import log, remaining_s
from shared.clock import Clock
from shared.cloudformation import InvalidRequest, Request, text

_MARGIN_S = 2.0  # left for the answer when retries end
_CLOCK = Clock()


class StateChangeFailed(Exception):
    """An AWS call failed; the message says which."""


def handle(event: Any, context: Any) -> dict[str, Any] | None:
    """Entry point. Errors of a direct invocation are exceptions: Lambda returns their messages to the caller."""
    if isinstance(event, dict) and {"RequestType", "ResponseURL"} & event.keys():
        cloudformation.run(event, context, _on_custom_resource, "AppId")
        return None
    change = payload.parse(event)
    table = _table(change.app_id, change.table_name, remaining_s(context))
    try:
        record = change_state(table, change, _regions(), _CLOCK.timestamp())
    except (ClientError, BotoCoreError, TimeoutError) as error:
        raise StateChangeFailed(
            f"The state of {change.app_id} in {change.table_name} ({table.region}) could not be changed: {error} "
            "Running it again is safe."
        ) from error
    log("state changed", appId=change.app_id, state=record.state, epoch=record.epoch, by=record.updatedBy)
    return {"statusCode": 200, "body": json.dumps(f"Successfully updated application state to '{record.state}'")}


def _on_custom_resource(request: Request) -> dict[str, str]:
    if request.type == "Create":
        app_id, table_name = text(request.properties, "AppId"), text(request.properties, "TableName")
        table = _table(app_id, table_name, request.remaining_s())
        set_first_state(table, _regions(), _fences(request.properties), _CLOCK.timestamp())
    return {}


def _fences(properties: dict[str, Any]) -> int:
    """How many fence items to write; CloudFormation sends numbers as text."""
    wanted, accepted = properties.get("Fences", str(DEFAULT_FENCES)), [str(count) for count in FENCE_COUNTS]
    if wanted not in accepted:
        raise InvalidRequest(f"The property Fences must be one of {', '.join(accepted)}.")
    return int(wanted)


def _regions() -> Regions:
    return Regions(os.environ["AWS_REGION"], os.environ["PRIMARY_REGION"], os.environ["SECONDARY_REGION"])


def _table(app_id: str, table_name: str, left_s: float) -> StateTable:
    until_s = _CLOCK.monotonic() + left_s - _MARGIN_S
    return StateTable(aws.client("dynamodb"), table_name, app_id, os.environ["AWS_REGION"], _CLOCK, until_s)
