"""The sample and all applications of one's own as one: they share the state, so a move is of all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from mraa.aws import Aws, Clock
from mraa.recovery.application import Application
from mraa.recovery.models import ItemOrigin, RegionInfo, Table


class Together:
    """``mraa.recovery.application.Application``: ``sample``, whose records may have objects, and ``own``."""

    def __init__(self, sample: Application, own: Application) -> None:
        self._sample = sample
        self._own = own
        self.noun = sample.noun

    def tables(self, info: RegionInfo) -> Sequence[Table]:
        """All, the sample's first."""
        return [*self._sample.tables(info), *self._own.tables(info)]

    def buckets(self, info: RegionInfo) -> Sequence[str]:
        """All, the sample's first."""
        return [*self._sample.buckets(info), *self._own.buckets(info)]

    def unreplicated(self, info: RegionInfo) -> Sequence[str]:
        """All, the sample's first."""
        return [*self._sample.unreplicated(info), *self._own.unreplicated(info)]

    def origin(self, table: Table, item: Mapping[str, Any]) -> ItemOrigin:
        """As the application says that the table belongs to."""
        return (self._own if table.owner else self._sample).origin(table, item)

    def object_bucket(self, info: RegionInfo) -> str:
        """The sample's."""
        return self._sample.object_bucket(info)

    def is_deleted(self, aws: Aws, clock: Clock, info: RegionInfo, object_key: str) -> bool:
        """As the sample says."""
        return self._sample.is_deleted(aws, clock, info, object_key)

    def newest(self, aws: Aws, clock: Clock, info: RegionInfo, limit: int) -> Sequence[ItemOrigin]:
        """The sample's."""
        return self._sample.newest(aws, clock, info, limit)

    def problem(self, aws: Aws, info: RegionInfo) -> str:
        """The first."""
        return self._sample.problem(aws, info) or self._own.problem(aws, info)
