"""The state record, its history and the 64 fence items in the app-config table of this Region."""

from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import ClientError

from shared.aws import Client, codes_of
from shared.retries import Clock, retry

FENCES = 64
HISTORY_SLOTS = 256  # a slot is reused after that many changes, so the history requires no clean-up


@dataclass(frozen=True)
class StateRecord:
    """The state record, its fields named as in the table; ``writableRegion`` is a Region name or ``none``."""

    state: str
    writableRegion: str
    epoch: int
    updatedAt: str
    updatedBy: str
    reason: str
    previousState: str


@dataclass(frozen=True)
class Fence:
    """A fence item: every record write of the sample application checks one of them."""

    writable_region: str
    epoch: int


class RecordChanged(Exception):
    """The compare-and-set failed: the record is no longer what was read."""


@dataclass(frozen=True)
class StateTable:
    """One application's items. ``until_s`` (of ``clock.monotonic``) ends all retries."""

    client: Client
    name: str
    app_id: str
    region: str
    clock: Clock
    until_s: float

    @property
    def fence_ids(self) -> list[str]:
        """``<AppId>#fence#00`` to ``#3f``."""
        return [f"{self.app_id}#fence#{number:02x}" for number in range(FENCES)]

    def read(self) -> tuple[StateRecord | None, dict[str, Fence]]:
        """The record (None if none exists) and the existing fences by id, read consistently."""
        keys = [{"appId": {"S": item_id}} for item_id in (self.app_id, *self.fence_ids)]
        items: dict[str, Any] = {}
        while keys:
            wanted = {self.name: {"ConsistentRead": True, "Keys": keys}}
            answer = self._call("batch_get_item", RequestItems=wanted)
            items |= {item["appId"]["S"]: item for item in answer["Responses"].get(self.name, [])}
            keys = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            if keys:
                if self.clock.monotonic() > self.until_s:
                    raise TimeoutError("DynamoDB did not return all items in time.")
                self.clock.sleep(self.clock.random() / 5)
        record = items.pop(self.app_id, None)
        fences = {key: Fence(_text(item, "writableRegion"), _epoch(item)) for key, item in items.items()}
        return record and _record(record), fences

    def replace_record(self, new: StateRecord, found: StateRecord | None) -> str:
        """Put ``new`` and its history entry if the record still is ``found``; returns the entry's id."""
        values = {
            name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in asdict(new).items()
        }
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(appId)"}
        if found:
            condition = {
                "ConditionExpression": "#state = :state AND #epoch = :epoch",
                "ExpressionAttributeNames": {"#state": "state", "#epoch": "epoch"},
                "ExpressionAttributeValues": {":state": {"S": found.state}, ":epoch": {"N": str(found.epoch)}},
            }
        history_id = f"{self.app_id}#history#{self.region}#{new.epoch % HISTORY_SLOTS}"
        items = [
            {"Put": {"TableName": self.name, "Item": {"appId": {"S": self.app_id}, **values}, **condition}},
            {"Put": {"TableName": self.name, "Item": {"appId": {"S": history_id}, **values}}},
        ]
        try:
            self._call("transact_write_items", TransactItems=items)
        except ClientError as error:
            if "ConditionalCheckFailed" in codes_of(error):
                raise RecordChanged from error
            raise
        return history_id

    def note_duration(self, history_id: str, took_ms: int) -> None:
        """Write how long a change took. Once, without retries: the change itself is done."""
        self.client.update_item(
            TableName=self.name,
            Key={"appId": {"S": history_id}},
            UpdateExpression="SET tookMs = :took",
            ExpressionAttributeValues={":took": {"N": str(took_ms)}},
        )

    def raise_fence(self, fence_id: str, fence: Fence) -> None:
        """Set one fence item unless it has this epoch or a higher one already."""
        try:
            self._call(
                "update_item",
                TableName=self.name,
                Key={"appId": {"S": fence_id}},
                UpdateExpression="SET writableRegion = :region, #epoch = :epoch",
                ConditionExpression="attribute_not_exists(#epoch) OR #epoch < :epoch",
                ExpressionAttributeNames={"#epoch": "epoch"},
                ExpressionAttributeValues={
                    ":region": {"S": fence.writable_region},
                    ":epoch": {"N": str(fence.epoch)},
                },
            )
        except ClientError as error:
            if codes_of(error)[0] != "ConditionalCheckFailedException":
                raise

    def _call(self, operation: str, **arguments: Any) -> Any:
        return retry(lambda: getattr(self.client, operation)(**arguments), self.clock, self.until_s)


def _text(item: dict[str, Any], name: str) -> str:
    return str(item.get(name, {}).get("S", ""))


def _epoch(item: dict[str, Any]) -> int:
    return int(item.get("epoch", {}).get("N", "0"))


def _record(item: dict[str, Any]) -> StateRecord:
    values: dict[str, Any] = {name: _text(item, name) for name in StateRecord.__annotations__}
    return StateRecord(**values | {"epoch": _epoch(item)})
