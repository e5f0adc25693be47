"""Reconciling: what each Region has that the other one lacks, and what was written in which Region at which epoch.

Records are scanned and sorted on disk, objects arrive sorted from S3; both are compared as two streams, so that
neither memory nor a report's length grows with the data. Replication never pauses: whatever differs is read again in
both Regions, a moment after it was seen, before it is reported.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import TypeVar

from mraa.aws import Aws, Clock
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.models import Key, RegionInfo, Table
from mraa.recovery.reconcile.discrepancies import Discrepancy, Kind, Summary, Thing, is_out_of_turn
from mraa.recovery.reconcile.external_sort import ExternalSort
from mraa.recovery.reconcile.merge import Difference, Entry, Side, UnsortedError, differences, without_match
from mraa.recovery.reconcile.recheck import is_deleted, is_record_deleted, recheck_objects, recheck_records
from mraa.recovery.reconcile.scan import read_objects, read_records
from mraa.recovery.regions.buckets import bucket_pairs
from mraa.recovery.regions.history import StateChange, change_at
from mraa.recovery.regions.items import BATCH
from mraa.recovery.regions.tables import list_unnamed_tables

SETTLE_S = 2.0  # replication's usual time, with room
_OBJECTS = 400

T = TypeVar("T")
Recheck = Callable[[Side, Sequence[Key]], dict[Key, Entry]]


@dataclass
class Reconciliation:
    """One comparison of two Regions; ``changes`` is the state's history, oldest first."""

    aws: Aws
    clock: Clock
    application: Application
    left: RegionInfo
    right: RegionInfo
    changes: Sequence[StateChange]
    on_event: OnEvent
    summary: Summary = field(default_factory=Summary)

    def run(self, on_discrepancy: Callable[[Discrepancy], None]) -> Summary:
        """Compare everything; each discrepancy is handed on and forgotten, the summary counts them."""
        self.summary.noun = self.application.noun

        def report(found: Iterable[Discrepancy]) -> None:
            for discrepancy in found:
                self.summary.add(discrepancy)
                on_discrepancy(discrepancy)

        try:
            with ExitStack() as files:
                wanted = {side: files.enter_context(ExternalSort()) for side in Side}
                unnamed = list_unnamed_tables(
                    self.aws, self.clock, self.application, (self.left, self.right), self.on_event, "reconcile"
                )
                self.summary.unnamed_tables = [table.name for table in unnamed]
                for table in (*self.application.tables(self.left), *unnamed):
                    report(self._table(table, wanted))
                for side in Side:
                    report(self._records_without_object(side, wanted[side]))
            for buckets in self._bucket_pairs():
                report(self._differing_objects(buckets))
            if self.summary.objects:
                self._say("objects compared", self.summary.objects)
        except UnsortedError as error:
            raise AwsError(f"S3 lists a bucket out of order: {error}.", "Run it again.") from error
        return self.summary

    @property
    def _infos(self) -> Mapping[Side, RegionInfo]:
        return {Side.LEFT: self.left, Side.RIGHT: self.right}

    def _say(self, what: str, counts: Mapping[str, int]) -> None:
        text = ", ".join(f"{count:,} in {region}" for region, count in counts.items())
        self.on_event(Event(Progress.RUNNING, "reconcile", f"{what}: {text}"))

    # --- records ----------------------------------------------------------------------------------------------------

    def _table(self, table: Table, wanted: Mapping[Side, ExternalSort]) -> Iterator[Discrepancy]:
        """Compare one table; the objects that its records want are added to ``wanted``."""
        with ExitStack() as files:
            records = {side: files.enter_context(ExternalSort()) for side in Side}
            with ThreadPoolExecutor(len(records)) as pool:
                list(pool.map(lambda side: records[side].fill(self._records(side, table)), records))
            counts = {self._infos[side].region: sort.count for side, sort in records.items()}
            yield from self._differing_records(table, records, counts)
            for region, count in counts.items():
                self.summary.records[region] = self.summary.records.get(region, 0) + count
            is_sample = table.is_named and not table.owner
            self._say("records compared" if is_sample else f"records of {table.name} compared", counts)
            yield from self._out_of_turn(table, records[Side.LEFT])
            for side, sort in records.items():
                wanted[side].fill(
                    Entry((record.object_key,), "", record.written_in, record.created_at)
                    for record in sort
                    if record.object_key
                )

    def _records(self, side: Side, table: Table) -> Iterator[Entry]:
        return read_records(self.aws, self.clock, self.application, self._infos[side], table)

    def _differing_records(
        self, table: Table, records: Mapping[Side, ExternalSort], counts: dict[str, int]
    ) -> Iterator[Discrepancy]:
        def recheck(side: Side, keys: Sequence[Key]) -> dict[Key, Entry]:
            return recheck_records(self.aws, self.clock, self.application, self._infos[side], table, keys)

        found, now = differences(records[Side.LEFT], records[Side.RIGHT]), self.clock.monotonic()
        for difference in self._still_different(found, recheck, BATCH, counts, read_at=now):
            if difference.left is None:  # the others are in the left stream
                yield from self._out_of_turn(table, [difference.there])
            yield self._discrepancy(Thing.RECORD, table, difference)

    def _out_of_turn(self, table: Table, records: Iterable[Entry]) -> Iterator[Discrepancy]:
        """What a Region wrote while, by the history, the other one was the writer."""
        for entry in records:
            self.summary.written[entry.written_in or "?", self._epoch(entry)] += 1
            if is_out_of_turn(self.changes, entry):
                yield Discrepancy(Kind.OUT_OF_TURN, Thing.RECORD, table, entry.key, "", entry, self._epoch(entry))

    def _epoch(self, entry: Entry) -> int:
        """The epoch at which it was written; 0 if the history does not go back so far."""
        change = change_at(self.changes, entry.created_at) if entry.created_at else None
        return change.epoch if change else 0

    # --- objects ----------------------------------------------------------------------------------------------------

    def _bucket_pairs(self) -> Iterator[Mapping[Side, str]]:
        for left, right in bucket_pairs(self.application, self.left, self.right):
            yield {Side.LEFT: left, Side.RIGHT: right}

    def _objects(self, side: Side, bucket: str) -> Iterator[Entry]:
        info = self._infos[side]
        self.summary.objects.setdefault(info.region, 0)
        for entry in read_objects(self.aws, self.clock, info, bucket):
            self.summary.objects[info.region] += 1
            yield entry

    def _differing_objects(self, buckets: Mapping[Side, str]) -> Iterator[Discrepancy]:
        def recheck(side: Side, keys: Sequence[Key]) -> dict[Key, Entry]:
            return recheck_objects(self.aws, self.clock, self._infos[side], buckets[side], keys)

        found = differences(*(self._objects(side, bucket) for side, bucket in buckets.items()))
        for difference in self._still_different(found, recheck, _OBJECTS, self.summary.objects):
            lacking = difference.missing_on
            bucket = buckets[lacking or Side.LEFT]
            discrepancy = self._discrepancy(Thing.OBJECT, bucket, difference)
            if lacking and self._is_deleted(lacking, bucket, difference.key):
                discrepancy = replace(discrepancy, kind=Kind.DELETED)
            yield discrepancy

    def _is_deleted(self, lacking: Side, bucket: str, key: Key) -> bool:
        """Whether the object was deleted there, or either Region has a tombstone of its record.

        An object may be on its way from a Region that was lost when its record was deleted in the other one.
        """
        region = self._infos[lacking]
        return is_deleted(self.aws, self.clock, region, bucket, key) or is_record_deleted(
            self.aws,
            self.clock,
            self.application,
            {info.region: info for info in (self.left, self.right)},
            region,
            bucket,
            key,
        )

    def _records_without_object(self, side: Side, wanted: Iterable[Entry]) -> Iterator[Discrepancy]:
        info, noun = self._infos[side], self.application.noun
        if not (bucket := self.application.object_bucket(info)):
            return
        # several records may share an object
        once = (next(group) for _, group in groupby(wanted, key=lambda entry: entry.key))
        objects = (entry.key for entry in read_objects(self.aws, self.clock, info, bucket))
        for batch in _batches(without_match(once, objects), _OBJECTS):
            self._settle()
            there = recheck_objects(self.aws, self.clock, info, bucket, [entry.key for entry in batch])
            for entry in batch:
                if entry.key not in there:
                    epoch = self._epoch(entry)
                    yield Discrepancy(Kind.NO_OBJECT, Thing.RECORD, bucket, entry.key, info.region, entry, epoch, noun)

    # --- both -------------------------------------------------------------------------------------------------------

    def _discrepancy(self, thing: Thing, store: Table | str, difference: Difference) -> Discrepancy:
        lacking, deleted = difference.missing_on, difference.deleted_on
        side = lacking or deleted
        region = self._infos[side].region if side else ""
        kind = Kind.MISSING if lacking else Kind.DELETED if deleted else Kind.CONFLICT
        epoch = self._epoch(difference.there) if thing is Thing.RECORD else 0
        return Discrepancy(kind, thing, store, difference.key, region, difference.there, epoch)

    def _still_different(
        self,
        found: Iterable[Difference],
        recheck: Recheck,
        length: int,
        counts: dict[str, int],
        *,
        read_at: float | None = None,
    ) -> Iterator[Difference]:
        """Those that differ a moment later, too: what was just being replicated does not.

        As long as some arrive the others may, too, and are read again. ``counts``, by Region, are corrected by what has
        come or gone since it was counted, so that they agree with what is found. ``read_at`` is when all of it was read
        (``clock.monotonic``); None if it is still being read.
        """
        for batch in _batches(found, length):
            self._settle(read_at)
            left = self._read_again(batch, recheck, counts)
            while left and len(left) < len(batch):
                batch = left
                self._settle()
                left = self._read_again(batch, recheck, counts)
            yield from left

    def _read_again(self, batch: Sequence[Difference], recheck: Recheck, counts: dict[str, int]) -> list[Difference]:
        """Those of the batch that still differ, as they are now."""
        keys = [difference.key for difference in batch]
        with ThreadPoolExecutor(2) as pool:
            left, right = pool.map(recheck, Side, [keys, keys])
        still = []
        for before in batch:
            here, there = left.get(before.key), right.get(before.key)
            counts[self.left.region] += (here is not None) - (before.left is not None)
            counts[self.right.region] += (there is not None) - (before.right is not None)
            if (here or there) and (here is None or there is None or here.digest != there.digest):
                still.append(Difference(here, there))
        return still

    def _settle(self, read_at: float | None = None) -> None:
        now = self.clock.monotonic()
        self.clock.sleep(max(0.0, (now if read_at is None else read_at) + SETTLE_S - now))


def _batches(values: Iterable[T], length: int) -> Iterator[list[T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, length)):
        yield batch
