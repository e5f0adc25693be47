"""What was written out of turn, and how discrepancies are counted and reported."""

import pytest

from mraa.recovery.models import KeyAttribute, Table
from mraa.recovery.reconcile.discrepancies import EXAMPLES, Discrepancy, Kind, Summary, Thing, is_out_of_turn
from mraa.recovery.reconcile.merge import Entry
from mraa.recovery.regions.history import StateChange, change_at, merged
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import STORE


def change(epoch: int, second: int, writable: str, *, took_ms: int | None = 100, set_in: str = PRIMARY) -> StateChange:
    return StateChange(epoch, "any", writable, set_in, f"2026-11-23T08:00:{second:02}.000Z", "ana", "", "", took_ms)


TABLE = Table(STORE, (KeyAttribute("pk"), KeyAttribute("sk")))
HISTORY = [change(1, 0, PRIMARY), change(2, 10, "none"), change(3, 20, SECONDARY, took_ms=None, set_in=SECONDARY)]


def record(written_in: str, at: str) -> Entry:
    return Entry(("PHOTO", "id"), "digest", written_in, at)


@pytest.mark.parametrize(
    ("written_in", "at", "expected"),
    [
        (PRIMARY, "2026-11-23T08:00:05.000Z", False),
        (SECONDARY, "2026-11-23T08:00:05.000Z", True),
        # while the fences were being raised, and just after
        (PRIMARY, "2026-11-23T08:00:10.100Z", False),
        (PRIMARY, "2026-11-23T08:00:10.101Z", True),
        # nobody noted how long that change took
        (PRIMARY, "2026-11-23T08:00:21.900Z", False),
        (PRIMARY, "2026-11-23T08:00:22.100Z", True),
        (SECONDARY, "2026-11-23T08:00:25.000Z", False),
        # before the history, without a Region, with a time that is none
        (SECONDARY, "2026-11-23T07:59:59.000Z", False),
        ("", "2026-11-23T08:00:05.000Z", False),
        (SECONDARY, "later", False),
    ],
)
def test_a_write_is_out_of_turn_if_another_region_was_the_writer(written_in: str, at: str, expected: bool) -> None:
    assert is_out_of_turn(HISTORY, record(written_in, at)) is expected


def test_the_change_in_force_is_the_last_one_before() -> None:
    found = change_at(HISTORY, "2026-11-23T08:00:10.000Z")
    assert found is not None
    assert found.epoch == 2
    assert change_at(HISTORY, "2026-11-23T07:00:00.000Z") is None


def test_a_change_read_from_both_regions_is_listed_once_with_its_duration() -> None:
    assert merged([change(2, 1, "none", took_ms=None), change(2, 1, "none", took_ms=7)]) == (
        change(2, 1, "none", took_ms=7),
    )


def test_two_changes_of_the_same_epoch_made_apart_are_both_kept() -> None:
    apart = [change(2, 1, SECONDARY, set_in=SECONDARY), change(2, 2, "none", set_in=PRIMARY)]
    assert merged(reversed(apart)) == tuple(apart)


def test_everything_is_counted_and_only_some_of_each_kind_kept() -> None:
    summary = Summary()
    for number in range(EXAMPLES + 5):
        summary.add(
            Discrepancy(Kind.MISSING, Thing.OBJECT, "a-bucket", (f"public/{number}",), PRIMARY, Entry(("k",), "d"))
        )
    summary.add(Discrepancy(Kind.CONFLICT, Thing.RECORD, TABLE, ("PHOTO", "x"), "", record(PRIMARY, "t"), 3))
    assert len(summary.examples) == EXAMPLES + 1
    assert summary.count(Kind.MISSING, region=PRIMARY) == EXAMPLES + 5
    assert summary.count(Kind.MISSING, region=SECONDARY) == 0
    assert summary.lines() == ["1 record not the same in both Regions", "25 objects missing in us-east-1"]
    assert not summary.is_equal
    assert Summary().is_equal


@pytest.mark.parametrize("kind", Kind)
def test_each_discrepancy_says_what_where_and_since_when(kind: Kind) -> None:
    found = Discrepancy(
        kind, Thing.RECORD, TABLE, ("PHOTO", "id-7"), SECONDARY, record(PRIMARY, "2026-11-23T08:00Z"), 4
    )
    assert "id-7" in found.text
    assert "(written in us-east-1 at 2026-11-23T08:00Z, epoch 4)" in found.text
    assert found.document()["kind"] == kind.value
