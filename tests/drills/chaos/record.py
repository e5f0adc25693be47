"""What really happened: every change of the state's items and every write, of both Regions, in one order.

Read from the streams of both tables in both Regions. On AWS those have nothing to do with each other; the local cloud
numbers all records of all streams one after the other as they are made, in one process (the last ten digits of a
sequence number; the ones before are its clock in milliseconds). So nothing has to be concluded from when a client got
an answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mraa.aws import Aws
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.items import Item, number, text

_COUNTER_DIGITS = 10
_LIMIT = 1000  # GetRecords returns no more


@dataclass(frozen=True)
class Entry:
    """One item that changed in one Region's replica, as DynamoDB's items are written; None: it did not exist."""

    order: int
    at: float
    region: str
    is_state: bool
    key: str
    old: Item | None
    new: Item | None


@dataclass
class Recorder:
    """Reads the streams on from where it was; made while the deployment is at rest."""

    aws: Aws
    infos: Mapping[str, RegionInfo]
    _iterators: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for region, info in self.infos.items():
            for table in (info.app_config_table, info.key_value_store_table):
                self._iterators[region, table] = self._latest(region, table)

    def read(self) -> list[Entry]:
        """Everything since the last time, in the order in which it happened."""
        return sorted(
            (entry for where in self._iterators for entry in self._read(*where)), key=lambda entry: entry.order
        )

    def _latest(self, region: str, table: str) -> str:
        arn = self.aws.client("dynamodb", region).describe_table(TableName=table)["Table"]["LatestStreamArn"]
        streams = self.aws.client("dynamodbstreams", region)
        (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator: str = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST")[
            "ShardIterator"
        ]
        return iterator

    def _read(self, region: str, table: str) -> Iterator[Entry]:
        streams, is_state = self.aws.client("dynamodbstreams", region), table == self.infos[region].app_config_table
        while True:
            answer = streams.get_records(ShardIterator=self._iterators[region, table], Limit=_LIMIT)
            self._iterators[region, table] = answer["NextShardIterator"]
            for record in answer["Records"]:
                change = record["dynamodb"]
                digits = change["SequenceNumber"]
                yield Entry(
                    order=int(digits[-_COUNTER_DIGITS:]),
                    at=int(digits[:-_COUNTER_DIGITS]) / 1000,
                    region=region,
                    is_state=is_state,
                    key=change["Keys"]["appId" if is_state else "sk"]["S"],
                    old=change.get("OldImage"),
                    new=change.get("NewImage"),
                )
            if not answer["Records"]:
                return


def epoch_of(item: Item | None) -> int:
    """The epoch of the record, a fence or a history entry; 0 if there is none."""
    return number(item or {}, "epoch") or 0


def text_of(item: Item | None, name: str) -> str:
    """A string of an item; empty if there is none."""
    return text(item or {}, name)
