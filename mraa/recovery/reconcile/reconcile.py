"""Reconciling: what each Region holds that the other one lacks, and what was written in which Region at which epoch.

Records are scanned and sorted on disk, objects come sorted from S3; both are compared as two streams, so that neither
memory nor a report's length grows with the data. Replication is never still: whatever differs is read again in both
Regions, a moment after it was seen, before it is told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from mraa.aws import Aws, Clock
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import RegionalFacts
from mraa.recovery.reconcile.discrepancies import Finding, Kind, Summary, Thing, is_out_of_turn
from mraa.recovery.reconcile.external_sort import Spill
from mraa.recovery.reconcile.merge import Difference, Entry, Key, Side, UnsortedError, differences, without_match
from mraa.recovery.reconcile.recheck import is_deleted, look_at_objects, look_at_records
from mraa.recovery.reconcile.scan import OBJECT_PREFIX, PHOTO, photo_key, read_objects, read_records
from mraa.recovery.regions.history import Change, change_at

SETTLE_S = 2.0  # replication's usual time, with room
_RECORDS = 100  # BatchGetItem takes no more
_OBJECTS = 400

T = TypeVar("T")
Look = Callable[[Aws, Clock, RegionalFacts, Sequence[Key]], dict[Key, Entry]]


@dataclass
class Reconciliation:
    """One comparison of two Regions; ``changes`` is the state's history, oldest first."""

    aws: Aws
    clock: Clock
    left: RegionalFacts
    right: RegionalFacts
    changes: Sequence[Change]
    on_event: OnEvent
    summary: Summary = field(default_factory=Summary)

    def run(self, on_finding: Callable[[Finding], None]) -> Summary:
        """Compare everything; each finding is handed on and forgotten, the summary counts them."""

        def told(findings: Iterable[Finding]) -> None:
            for finding in findings:
                self.summary.add(finding)
                on_finding(finding)

        try:
            with ExitStack() as files:
                spills = {side: files.enter_context(Spill()) for side in Side}
                with ThreadPoolExecutor(len(spills)) as pool:
                    list(pool.map(lambda side: spills[side].fill(self._records(side)), spills))
                self.summary.records = {self._facts[side].region: spill.count for side, spill in spills.items()}
                self._say("records read", self.summary.records)
                told(self._differing_records(spills))
                told(self._out_of_turn(spills[Side.LEFT]))
                for side, spill in spills.items():
                    told(self._photos_without_object(side, spill))
            told(self._differing_objects())
            self._say("objects listed", self.summary.objects)
        except UnsortedError as error:
            raise AwsError(f"S3 lists a bucket out of order: {error}.", "Run it again.") from error
        return self.summary

    @property
    def _facts(self) -> Mapping[Side, RegionalFacts]:
        return {Side.LEFT: self.left, Side.RIGHT: self.right}

    def _say(self, what: str, counts: Mapping[str, int]) -> None:
        text = ", ".join(f"{count:,} in {region}" for region, count in counts.items())
        self.on_event(Event(Progress.RUNNING, "reconcile", f"{what}: {text}"))

    # --- records ----------------------------------------------------------------------------------------------------

    def _records(self, side: Side) -> Iterator[Entry]:
        return read_records(self.aws, self.clock, self._facts[side])

    def _differing_records(self, spills: Mapping[Side, Spill]) -> Iterator[Finding]:
        found = differences(spills[Side.LEFT], spills[Side.RIGHT])
        now = self.clock.monotonic()
        for difference in self._still_different(found, look_at_records, _RECORDS, read_at=now):
            if difference.left is None:  # the others are in the left stream
                yield from self._out_of_turn([difference.there])
            yield self._finding(Thing.RECORD, difference)

    def _out_of_turn(self, records: Iterable[Entry]) -> Iterator[Finding]:
        """What a Region wrote when, by the history, the other one was the one to write."""
        for entry in records:
            self._count(entry)
            if is_out_of_turn(self.changes, entry):
                yield Finding(Kind.OUT_OF_TURN, Thing.RECORD, entry.key, "", entry, self._epoch(entry))

    def _count(self, entry: Entry) -> None:
        self.summary.written[entry.written_in or "?", self._epoch(entry)] += 1

    def _epoch(self, entry: Entry) -> int:
        """The epoch at which it was written; 0 where the history does not reach back so far."""
        change = change_at(self.changes, entry.created_at) if entry.created_at else None
        return change.epoch if change else 0

    # --- objects ----------------------------------------------------------------------------------------------------

    def _objects(self, side: Side) -> Iterator[Entry]:
        facts = self._facts[side]
        self.summary.objects[facts.region] = 0
        for entry in read_objects(self.aws, self.clock, facts):
            self.summary.objects[facts.region] += 1
            yield entry

    def _differing_objects(self) -> Iterator[Finding]:
        found = differences(self._objects(Side.LEFT), self._objects(Side.RIGHT))
        for difference in self._still_different(found, look_at_objects, _OBJECTS):
            lacking = difference.missing_on
            if lacking and is_deleted(self.aws, self.clock, self._facts[lacking], difference.key):
                region = self._facts[lacking].region
                yield Finding(Kind.DELETED, Thing.OBJECT, difference.key, region, difference.there)
            else:
                yield self._finding(Thing.OBJECT, difference)

    def _photos_without_object(self, side: Side, records: Iterable[Entry]) -> Iterator[Finding]:
        facts = self._facts[side]
        photos = (
            Entry((photo_key(record.key[1]),), "", record.written_in, record.created_at)
            for record in records
            if record.key[0] == PHOTO
        )
        objects = (entry.key for entry in read_objects(self.aws, self.clock, facts, prefix=OBJECT_PREFIX))
        for batch in _batches(without_match(photos, objects), _OBJECTS):
            self._settle()
            there = look_at_objects(self.aws, self.clock, facts, [entry.key for entry in batch])
            for entry in batch:
                if entry.key not in there:
                    yield Finding(Kind.NO_OBJECT, Thing.RECORD, entry.key, facts.region, entry, self._epoch(entry))

    # --- both -------------------------------------------------------------------------------------------------------

    def _finding(self, thing: Thing, difference: Difference) -> Finding:
        lacking = difference.missing_on
        region = self._facts[lacking].region if lacking else ""
        kind = Kind.MISSING if lacking else Kind.CONFLICT
        epoch = self._epoch(difference.there) if thing is Thing.RECORD else 0
        return Finding(kind, thing, difference.key, region, difference.there, epoch, difference.right)

    def _still_different(
        self, found: Iterable[Difference], look: Look, length: int, *, read_at: float | None = None
    ) -> Iterator[Difference]:
        """Those that differ a moment later, too: what replication was just carrying over is none.

        ``read_at`` is when all of it was read (``clock.monotonic``); None where that is going on.
        """
        for batch in _batches(found, length):
            self._settle(read_at)
            keys = [difference.key for difference in batch]
            left, right = self._both(look, keys)
            for key in keys:
                here, there = left.get(key), right.get(key)
                if (here or there) and (here is None or there is None or here.digest != there.digest):
                    yield Difference(here, there)

    def _both(self, look: Look, keys: Sequence[Key]) -> list[dict[Key, Entry]]:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda facts: look(self.aws, self.clock, facts, keys), (self.left, self.right)))

    def _settle(self, read_at: float | None = None) -> None:
        now = self.clock.monotonic()
        self.clock.sleep(max(0.0, (now if read_at is None else read_at) + SETTLE_S - now))


def _batches(values: Iterable[T], length: int) -> Iterator[list[T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, length)):
        yield batch
