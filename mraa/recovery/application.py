"""The seam between recovery and what it recovers.

Recovery knows the backbone: state, fences, routing layer, replication. Everything else that it needs to know of the
applications that run on it is asked here, and nowhere else: of an ``Application`` what it keeps and whether it is
healthy, of a ``Workload`` what a drill writes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from mraa.aws import Aws, Clock
from mraa.recovery.models import Fate, ItemOrigin, RegionInfo, Table


class Application(Protocol):
    """An application on the backbone, or several.

    Calls to AWS raise MraaError, translated as ``mraa.aws.call`` does.
    """

    @property
    def noun(self) -> str:
        """What a record is that has an object, in the singular, for people and programs: ``invoice``."""

    # --- its stores -------------------------------------------------------------------------------------------------

    def tables(self, info: RegionInfo) -> Sequence[Table]:
        """Its global tables, at least one; the drain writes a canary item to each whose partition key is text."""

    def buckets(self, info: RegionInfo) -> Sequence[str]:
        """Its buckets in this Region; each replicates to and from the peer Region's at the same position."""

    def unreplicated(self, info: RegionInfo) -> Sequence[str]:
        """Its tables and buckets that have no replica in the peer Region, in words: recovery leaves them out."""

    def origin(self, table: Table, item: Mapping[str, Any]) -> ItemOrigin:
        """Where and when an item (in DynamoDB's typed form) was written, and the object that belongs to it."""

    def object_bucket(self, info: RegionInfo) -> str:
        """The one of its buckets that has the objects of its records; empty if no record has one."""

    def is_deleted(self, aws: Aws, clock: Clock, info: RegionInfo, object_key: str) -> bool:
        """Whether the record that an object of ``object_bucket`` belongs to was deleted, as this Region has it."""

    def newest(self, aws: Aws, clock: Clock, info: RegionInfo, limit: int) -> Sequence[ItemOrigin]:
        """The newest ``limit`` records that have an object, as this Region's replica has them, in any order."""

    # --- its API ----------------------------------------------------------------------------------------------------

    def problem(self, aws: Aws, info: RegionInfo) -> str:
        """What is wrong with its API in this Region; empty if it is healthy."""


class Workload(Protocol):
    """What a drill does to one application, by the application's own API."""

    @property
    def name(self) -> str:
        """The application's: ``orders``."""

    @property
    def load(self) -> str:
        """What is written, for people: ``orders of a customer that does not exist``."""

    def refusal(self, info: RegionInfo) -> str:
        """Why it cannot be driven in this Region at all; empty if it can."""

    def write(
        self, aws: Aws, info: RegionInfo, run_id: str, write_id: str, text: str, timeout_s: int
    ) -> tuple[Fate, str]:
        """Write one record as a client does, once; its fate, and the answer's code unless it was acknowledged.

        Raises UnreachableError without an answer: the write may then still be carried out.
        ``run_id`` and ``write_id`` are UUIDs of version 7. No user of the application may ever see what is written.
        """

    def written_ids(
        self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str, write_ids: Collection[str]
    ) -> frozenset[str]:
        """Those of the run's writes that this Region's own replica has, read consistently.

        ``write_ids`` are all that may have been written, for an application that cannot list a run's.
        """

    def remove(
        self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str, write_ids: Collection[str]
    ) -> frozenset[str]:
        """Remove that run's writes from this Region's own replica: replication may be behind.

        Returns those that this Region refused to remove, because it is not the one that writes.
        """
