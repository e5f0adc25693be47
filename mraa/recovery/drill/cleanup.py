"""What a drill writes, and its removal.

A note of each drill is kept in the key-value store, so that the next drill finds and removes what a killed one left.
"""

from typing import Any

from mraa.aws import Aws, Clock, call, pages
from mraa.recovery.application import Application
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.items import number, text

_NOTES = "DRILL"
_STALE_S = 3600.0


class DrillData:
    """One application's drill data in both Regions."""

    def __init__(
        self, aws: Aws, clock: Clock, application: Application, primary: RegionInfo, secondary: RegionInfo
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._application = application
        self._infos = {info.region: info for info in (primary, secondary)}
        self._primary = primary

    def begin(self, run_id: str) -> None:
        """Leave the note, in the primary Region."""
        item = {**_key(run_id), "begunAt": {"N": str(int(self._clock.now()))}}
        self._call(self._primary, "put_item", "Noting the drill", Item=item)

    def ids(self, region: str, run_id: str) -> frozenset[str]:
        """The ids of the writes that a Region's own replica has."""
        return self._application.written_ids(self._aws, self._clock, self._infos[region], run_id)

    def remove(self, run_id: str) -> None:
        """Remove the writes and the note from both Regions, each from its own replica: replication may be behind."""
        for info in self._infos.values():
            self._application.remove(self._aws, self._clock, info, run_id)
        for info in self._infos.values():
            self._call(info, "delete_item", "Removing the drill's note", Key=_key(run_id))

    def sweep(self) -> None:
        """Remove what drills that were killed an hour ago or earlier have left."""
        info = self._primary
        listed = pages(
            self._aws.client("dynamodb", info.region),
            "query",
            "Listing earlier drills",
            info.region,
            TableName=info.key_value_store_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": _NOTES}},
            ConsistentRead=True,
        )
        for note in [item for page in listed for item in page["Items"]]:
            if (number(note, "begunAt") or 0) < self._clock.now() - _STALE_S:
                self.remove(text(note, "sk"))

    def _call(self, info: RegionInfo, operation: str, doing: str, **arguments: Any) -> None:
        method = getattr(self._aws.client("dynamodb", info.region), operation)
        call(method, doing, info.region, TableName=info.key_value_store_table, **arguments)


def _key(run_id: str) -> dict[str, Any]:
    return {"pk": {"S": _NOTES}, "sk": {"S": run_id}}
