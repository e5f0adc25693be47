"""A drill's records: comments on a photo that has no record, so that no gallery ever shows them, and their removal.

A note of each drill lies beside them, so that what a killed drill left is found and removed by the next one.
"""

from collections.abc import Iterator
from typing import Any

from mraa.aws import Aws, Clock, translated
from mraa.recovery.models import RegionalFacts

_NOTES = "DRILL"
_STALE_S = 3600.0
_BATCH = 25
_ROUNDS = 10
_PAUSE_S = 0.5


class DrillData:
    """The records in both Regions' tables."""

    def __init__(self, aws: Aws, clock: Clock, primary: RegionalFacts, secondary: RegionalFacts) -> None:
        self._aws = aws
        self._clock = clock
        self._facts = {facts.region: facts for facts in (primary, secondary)}

    def begin(self, photo_id: str) -> None:
        """Leave the note, in the first Region."""
        facts = next(iter(self._facts.values()))
        item = {**_key(_NOTES, photo_id), "begunAt": {"N": str(int(self._clock.now()))}}
        with translated("Noting the drill", facts.region):
            self._client(facts).put_item(TableName=facts.key_value_store_table, Item=item)

    def ids(self, region: str, photo_id: str) -> frozenset[str]:
        """The ids of the writes that a Region's own table holds."""
        return frozenset(item["sk"]["S"] for item in self._items(self._facts[region], f"COMMENT#{photo_id}"))

    def remove(self, photo_id: str) -> None:
        """Remove the writes and the note from both Regions, each from its own table: replication may be behind."""
        for facts in self._facts.values():
            self._remove_all(facts, f"COMMENT#{photo_id}")
        for facts in self._facts.values():
            with translated("Removing the drill's note", facts.region):
                self._client(facts).delete_item(TableName=facts.key_value_store_table, Key=_key(_NOTES, photo_id))

    def sweep(self) -> None:
        """Remove what drills that were killed an hour ago or earlier have left."""
        facts = next(iter(self._facts.values()))
        for note in list(self._items(facts, _NOTES)):
            if int(note.get("begunAt", {}).get("N", "0")) < self._clock.now() - _STALE_S:
                self.remove(note["sk"]["S"])

    def _items(self, facts: RegionalFacts, pk: str) -> Iterator[dict[str, Any]]:
        pages = self._client(facts).get_paginator("query")
        with translated("Reading the drill's writes", facts.region):
            for page in pages.paginate(
                TableName=facts.key_value_store_table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ConsistentRead=True,
            ):
                yield from page["Items"]

    def _remove_all(self, facts: RegionalFacts, pk: str) -> None:
        keys = [_key(pk, item["sk"]["S"]) for item in self._items(facts, pk)]
        for start in range(0, len(keys), _BATCH):
            wanted: dict[str, Any] = {
                facts.key_value_store_table: [{"DeleteRequest": {"Key": key}} for key in keys[start : start + _BATCH]]
            }
            for _ in range(_ROUNDS):
                with translated("Removing the drill's writes", facts.region):
                    wanted = self._client(facts).batch_write_item(RequestItems=wanted).get("UnprocessedItems", {})
                if not wanted:
                    break
                self._clock.sleep(_PAUSE_S)

    def _client(self, facts: RegionalFacts) -> Any:
        return self._aws.client("dynamodb", facts.region)


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
