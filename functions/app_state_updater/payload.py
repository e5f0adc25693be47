"""The payload of a direct invocation, validated before anything is read."""

import json
import re
from dataclasses import dataclass
from typing import Any

STATES = ("active", "fenced", "failover")
REASON_LIMIT = 1000
REQUESTED_BY_LIMIT = 256
EPOCH_LIMIT = 2**53  # JSON readers keep no larger integer exactly


class InvalidPayload(Exception):
    """A field is missing or not valid; nothing was read or written."""


@dataclass(frozen=True)
class ChangeRequest:
    """A requested change of state. ``expected_*`` are None if the caller gave none.

    ``above_epoch`` is the highest epoch that the caller saw in either Region. ``authority`` names the Region in which
    the next change is to be made; empty: as before.
    """

    app_id: str
    table_name: str
    new_state: str
    expected_state: str | None = None
    expected_epoch: int | None = None
    is_forced: bool = False
    reason: str = ""
    requested_by: str = "unknown"
    above_epoch: int = 0
    authority: str = ""

    def payload(self) -> str:
        """The payload that asks for this change."""
        fields = {
            "AppId": self.app_id,
            "TableName": self.table_name,
            "NewState": self.new_state,
            "ExpectedState": self.expected_state,
            "ExpectedEpoch": self.expected_epoch,
            "Authority": self.authority,
            "AboveEpoch": self.above_epoch,
            "Force": self.is_forced,
            "Reason": self.reason,
        }
        return json.dumps({name: value for name, value in fields.items() if value})


def parse(event: Any) -> ChangeRequest:
    """Validate the payload of a direct invocation. The error messages are part of the contract."""
    payload: dict[str, Any] = event if isinstance(event, dict) else {}
    for name in ("AppId", "TableName", "NewState"):
        if payload.get(name) in (None, ""):
            raise InvalidPayload(f"{name} was not found in the event payload")
    # only these characters: an id with # would name one of the application's own items
    for name, pattern in (("AppId", "[A-Za-z0-9-]{1,64}"), ("TableName", "[A-Za-z0-9_.-]{3,255}")):
        if not re.fullmatch(pattern, _string(payload, name)):
            raise InvalidPayload(f"{name} is not valid: it must match {pattern}")
    expected, is_forced = payload.get("ExpectedState"), payload.get("Force")
    if is_forced is not None and type(is_forced) is not bool:
        raise InvalidPayload("Force must be true or false")
    return ChangeRequest(
        app_id=payload["AppId"],
        table_name=payload["TableName"],
        new_state=_state(payload["NewState"]),
        expected_state=None if expected is None else _state(expected),
        expected_epoch=_epoch(payload, "ExpectedEpoch"),
        is_forced=bool(is_forced),
        # truncated: no failover may fail because its reason is too long
        reason=_string(payload, "Reason")[:REASON_LIMIT],
        requested_by=_string(payload, "RequestedBy")[:REQUESTED_BY_LIMIT] or "unknown",
        above_epoch=_epoch(payload, "AboveEpoch") or 0,
        authority=_string(payload, "Authority"),
    )


def _state(value: Any) -> str:
    if isinstance(value, str) and (name := value.strip().lower()) in STATES:
        return name
    shown = (value if isinstance(value, str) else json.dumps(value))[:100]
    accepted = json.dumps(STATES, separators=(",", ":"))
    raise InvalidPayload(f"{shown} is not a valid state. Accepted values are: {accepted}")


def _epoch(payload: dict[str, Any], name: str) -> int | None:
    value = payload.get(name)
    if value is not None and (type(value) is not int or not 0 <= value <= EPOCH_LIMIT):  # True is an int to isinstance
        raise InvalidPayload(f"{name} must be an integer from 0 to {EPOCH_LIMIT}")
    return value


def _string(payload: dict[str, Any], name: str) -> str:
    value = payload.get(name) or ""
    if not isinstance(value, str):
        raise InvalidPayload(f"{name} must be a string")
    return value.encode("utf-8", "replace").decode()  # DynamoDB accepts no lone surrogates
