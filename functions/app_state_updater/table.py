"""The state record, its history and the fence items in the app-config table of this Region."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from botocore.exceptions import ClientError

from app_state_updater.rules import Fence, StateRecord
from mraa_fence.keys import DEFAULT_FENCES, fence_id
from mraa_fence.retries import Clock, codes_of, is_conflict, retry
from shared.app_config import number, text
from shared.aws import Client

_BATCH = 100  # items of one BatchGetItem
# of a fence that writers hold, each for some 15 ms: whoever waits longer waits for the next ones (docs/fences.md)
_CONFLICT_PAUSE_S = 0.01
HISTORY_SLOTS = 256  # a slot is reused after that many changes, so the history requires no clean-up


class RecordChanged(Exception):
    """The compare-and-set failed: the record is no longer what was read."""


class EpochGivenOut(Exception):
    """This Region gave out the epoch before; nothing was written."""


@dataclass(frozen=True)
class StateTable:
    """One application's items. ``until_s`` (of ``clock.monotonic``) ends all retries."""

    client: Client
    name: str
    app_id: str
    region: str
    clock: Clock
    until_s: float

    def fence_ids(self, fences: int) -> list[str]:
        """``<AppId>#fence#00`` and on, in hexadecimal."""
        return [fence_id(self.app_id, index) for index in range(fences)]

    def read(self, fences: int = DEFAULT_FENCES) -> tuple[StateRecord | None, dict[str, Fence]]:
        """The record (None if none exists) and its existing fences by id, read consistently.

        ``fences`` is how many there are as long as no record says so.
        """
        expected = self.fence_ids(fences)
        items = self._get([self.app_id, *expected])
        found = items.pop(self.app_id, None)
        record = found and _record(found, fences)
        wanted = self.fence_ids(record.fences) if record else expected
        items |= self._get([fence_id for fence_id in wanted if fence_id not in expected])
        return record, {key: _fence(items[key]) for key in wanted if key in items}

    def history_id(self, epoch: int, region: str = "") -> str:
        """The key of the history entry of a change made in ``region`` (this one by default)."""
        return f"{self.app_id}#history#{region or self.region}#{epoch % HISTORY_SLOTS}"

    def wrote(self, record: StateRecord, region: str) -> bool:
        """Whether ``record`` was written in ``region``: its history entry is there, of the same moment."""
        (entry,) = self._get([self.history_id(record.epoch, region)]).values() or ({},)
        return (number(entry, "epoch"), text(entry, "updatedAt")) == (record.epoch, record.updatedAt)

    def replace_record(self, new: StateRecord, found: StateRecord | None) -> str:
        """Put ``new`` and its history entry if the record still is ``found``; returns the entry's id.

        Raises RecordChanged, or EpochGivenOut if that alone is the obstacle.
        """
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
        history_id = self.history_id(new.epoch)
        items = [
            {"Put": {"TableName": self.name, "Item": {"appId": {"S": self.app_id}, **values}, **condition}},
            # its own epochs are what a Region remembers for certain: a late write of the other Region may have taken
            # record and fences back to before the latest one, which must not be given out again
            {
                "Put": {
                    "TableName": self.name,
                    "Item": {"appId": {"S": history_id}, **values},
                    "ConditionExpression": "attribute_not_exists(appId) OR #epoch < :new",
                    "ExpressionAttributeNames": {"#epoch": "epoch"},
                    "ExpressionAttributeValues": {":new": {"N": str(new.epoch)}},
                }
            },
        ]
        try:
            self._call("transact_write_items", TransactItems=items)
        except ClientError as error:
            reasons = codes_of(error)[1:]
            if "ConditionalCheckFailed" not in reasons:
                raise
            raise (RecordChanged if reasons[0] == "ConditionalCheckFailed" else EpochGivenOut) from error
        return history_id

    def highest_given_out(self) -> int:
        """The highest epoch that this Region ever gave out, by its own history."""
        entries = self._get(self.history_id(slot) for slot in range(HISTORY_SLOTS))
        return max((number(entry, "epoch") for entry in entries.values()), default=0)

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

        def attempt() -> None:
            self.client.update_item(
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

        def attempt_between_writes() -> None:
            retry(attempt, self.clock, self.until_s, _CONFLICT_PAUSE_S, is_conflict, _CONFLICT_PAUSE_S)

        try:
            retry(attempt_between_writes, self.clock, self.until_s)
        except ClientError as error:
            if codes_of(error)[0] != "ConditionalCheckFailedException":
                raise

    def _get(self, ids: Iterable[str]) -> dict[str, Any]:
        """Those of the items that exist, by id."""
        left = [{"appId": {"S": item_id}} for item_id in ids]
        items: dict[str, Any] = {}
        while left:
            wanted = {self.name: {"ConsistentRead": True, "Keys": left[:_BATCH]}}
            answer = self._call("batch_get_item", RequestItems=wanted)
            items |= {item["appId"]["S"]: item for item in answer["Responses"].get(self.name, [])}
            unprocessed = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            left = unprocessed + left[_BATCH:]
            if unprocessed:
                if self.clock.monotonic() > self.until_s:
                    raise TimeoutError("DynamoDB did not return all items in time.")
                self.clock.sleep(self.clock.random() / 5)
        return items

    def _call(self, operation: str, **arguments: Any) -> Any:
        return retry(lambda: getattr(self.client, operation)(**arguments), self.clock, self.until_s)


def _fence(item: dict[str, Any]) -> Fence:
    return Fence(text(item, "writableRegion"), number(item, "epoch"))


def _record(item: dict[str, Any], fences: int) -> StateRecord:
    values: dict[str, Any] = {field.name: text(item, field.name) for field in fields(StateRecord)}
    return StateRecord(**values | {"epoch": number(item, "epoch"), "fences": number(item, "fences") or fences})
