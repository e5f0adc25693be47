"""The seam between recovery and what it recovers.

Recovery knows the backbone: state, fences, routing layer, replication. Everything else that it needs to know of the
application that runs on it is asked here, and nowhere else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mraa.aws import Aws, Clock
from mraa.recovery.models import Fate, ItemOrigin, RegionInfo, Table


class Application(Protocol):
    """An application on the backbone.

    Calls to AWS raise MraaError, translated as ``mraa.aws.call`` does.
    """

    @property
    def noun(self) -> str:
        """What a record is that has an object, in the singular, for people and programs: ``invoice``."""

    @property
    def load(self) -> str:
        """What a drill writes, for people: ``orders of a customer that does not exist``."""

    # --- its stores -------------------------------------------------------------------------------------------------

    def tables(self, info: RegionInfo) -> Sequence[Table]:
        """Its global tables, at least one; the drain writes a canary item to each whose key is text."""

    def buckets(self, info: RegionInfo) -> Sequence[str]:
        """Its buckets in this Region; each replicates to and from the peer Region's at the same position."""

    def origin(self, table: Table, item: Mapping[str, Any]) -> ItemOrigin:
        """Where and when an item (in DynamoDB's typed form) was written, and the object that belongs to it."""

    def newest(self, aws: Aws, clock: Clock, info: RegionInfo, limit: int) -> Sequence[ItemOrigin]:
        """The newest ``limit`` records that have an object, as this Region's replica has them, in any order."""

    # --- its API ----------------------------------------------------------------------------------------------------

    def problem(self, aws: Aws, info: RegionInfo) -> str:
        """What is wrong with its API in this Region; empty if it is healthy."""

    def write(
        self, aws: Aws, info: RegionInfo, run_id: str, write_id: str, text: str, timeout_s: int
    ) -> tuple[Fate, str]:
        """Write one record as a client does, once; its fate, and the answer's code unless it was acknowledged.

        Raises UnreachableError without an answer: the write may then still be carried out.
        ``run_id`` and ``write_id`` are UUIDs of version 7. No user of the application may ever see what is written.
        """

    def written_ids(self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str) -> frozenset[str]:
        """The ids of that run's writes in this Region's own replica, read consistently."""

    def remove(self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str) -> None:
        """Remove that run's writes from this Region's own replica: replication may be behind."""
