"""Queues between Regions and the last writer, without a cloud: both are pure."""

import random
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mraa_local.replication.queues import DEFAULT_LAG_MS, LastWriters, Queues, Stamp
from tests.regions import PRIMARY, REGIONS, SECONDARY, other


@dataclass(frozen=True)
class Sent:
    stamp: Stamp
    destination: str = SECONDARY
    kind: str = "items"


def queues(*down: str) -> Queues[Sent]:
    return Queues(lambda region: region in down)


def due(subject: Queues[Sent], now: float) -> list[float]:
    return [change.stamp.at for change in subject.due(now)]


def test_a_change_is_due_one_lag_after_it_was_written() -> None:
    subject = queues()
    subject.add(Sent(Stamp(10.0, PRIMARY)))
    assert subject.next_due() == 10.0 + DEFAULT_LAG_MS / 1000
    assert due(subject, 10.299) == []
    assert due(subject, 10.3) == [10.0]
    assert subject.next_due() is None


def test_changes_keep_their_order_when_the_lag_changes_in_flight() -> None:
    subject = queues()
    subject.direction(PRIMARY, SECONDARY).lag_ms = 5000
    subject.add(Sent(Stamp(1.0, PRIMARY)))
    subject.add(Sent(Stamp(2.0, PRIMARY)))
    assert due(subject, 5.9) == []
    subject.direction(PRIMARY, SECONDARY).lag_ms = 0
    assert due(subject, 5.9) == [1.0, 2.0]


def test_directions_do_not_wait_for_each_other() -> None:
    subject = queues()
    subject.direction(PRIMARY, SECONDARY).is_cut = True
    subject.add(Sent(Stamp(1.0, PRIMARY)))
    subject.add(Sent(Stamp(2.0, SECONDARY), PRIMARY))
    assert due(subject, 9.0) == [2.0]


def test_what_is_cut_waits_and_goes_out_in_order_when_healed() -> None:
    subject = queues()
    subject.direction(PRIMARY, SECONDARY).is_cut = True
    for at in (1.0, 2.0, 3.0):
        subject.add(Sent(Stamp(at, PRIMARY)))
    assert due(subject, 9.0) == []
    assert subject.next_due() is None
    subject.direction(PRIMARY, SECONDARY).is_cut = False
    assert due(subject, 9.0) == [1.0, 2.0, 3.0]


def test_a_paused_region_neither_sends_nor_receives() -> None:
    subject = queues()
    subject.add(Sent(Stamp(1.0, PRIMARY)))
    subject.add(Sent(Stamp(1.0, SECONDARY), PRIMARY))
    subject.pause(SECONDARY)
    assert due(subject, 9.0) == []
    assert not subject.is_held_up()
    subject.resume(SECONDARY)
    assert len(due(subject, 9.0)) == 2


def test_what_waits_for_a_region_that_is_down_is_held_up() -> None:
    subject = queues(SECONDARY)
    assert not subject.is_held_up()
    subject.add(Sent(Stamp(1.0, PRIMARY)))
    assert subject.is_held_up()
    assert due(subject, 9.0) == []


def test_a_region_that_goes_down_in_the_middle_stops_the_rest() -> None:
    down: set[str] = set()
    subject: Queues[Sent] = Queues(down.__contains__)
    subject.add(Sent(Stamp(1.0, PRIMARY)))
    subject.add(Sent(Stamp(2.0, PRIMARY)))
    out = subject.due(9.0)
    assert next(out).stamp.at == 1.0
    down.add(SECONDARY)
    assert list(out) == []


def test_a_reset_heals_and_keeps_what_waits() -> None:
    subject = queues()
    subject.direction(PRIMARY, SECONDARY).is_cut = True
    subject.direction(PRIMARY, SECONDARY).lag_ms = 60_000
    subject.pause(PRIMARY)
    subject.add(Sent(Stamp(1.0, PRIMARY)))
    subject.reset()
    assert due(subject, 1.3) == [1.0]


def test_a_description_counts_what_waits_in_each_direction() -> None:
    subject = queues()
    subject.direction(SECONDARY, PRIMARY).is_cut = True
    subject.add(Sent(Stamp(1.0, PRIMARY)))
    subject.add(Sent(Stamp(1.0, PRIMARY), kind="objects"))
    assert subject.describe() == {
        "defaultLagMs": 300,
        "paused": [],
        "directions": [
            {"from": SECONDARY, "to": PRIMARY, "lagMs": 300, "cut": True, "pending": {"items": 0, "objects": 0}},
            {"from": PRIMARY, "to": SECONDARY, "lagMs": 300, "cut": False, "pending": {"items": 1, "objects": 1}},
        ],
    }


def test_the_later_write_wins_and_the_regions_name_breaks_a_tie() -> None:
    assert Stamp(2.0, SECONDARY) > Stamp(1.0, PRIMARY)
    assert Stamp(1.0, PRIMARY) > Stamp(1.0, SECONDARY)


def test_nothing_is_remembered_when_nothing_is_in_flight() -> None:
    writers = LastWriters()
    writers.sent("table", "key", Stamp(1.0, PRIMARY), copies=1)
    assert writers.arrives("table", "key", SECONDARY, Stamp(1.0, PRIMARY))
    assert writers.remembered() == 0


WRITES = st.lists(st.tuples(st.sampled_from(REGIONS), st.sampled_from("ab")), max_size=12)


@given(writes=WRITES, order=st.randoms(use_true_random=False))
def test_both_regions_end_with_the_last_write_whatever_arrives_first(
    writes: list[tuple[str, str]], order: random.Random
) -> None:
    writers = LastWriters()
    stores: dict[str, dict[str, Stamp]] = {PRIMARY: {}, SECONDARY: {}}
    under_way: list[tuple[str, str, Stamp]] = []
    for at, (region, key) in enumerate(writes):
        stamp = Stamp(float(at // 2), region)
        if stamp <= stores[region].get(key, Stamp(-1.0, "")):
            continue  # a Region's own clock does not stand still
        stores[region][key] = stamp
        writers.sent("table", key, stamp, copies=1)
        under_way.append((other(region), key, stamp))
    order.shuffle(under_way)
    for destination, key, stamp in under_way:
        if writers.arrives("table", key, destination, stamp):
            stores[destination][key] = stamp
    assert stores[PRIMARY] == stores[SECONDARY]
    assert writers.remembered() == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(REGIONS), st.sampled_from("ab"), st.sampled_from([-5.0, 0.0, 5.0])),
        st.tuples(st.just("deliver"), st.sampled_from(REGIONS)),
    ),
    max_size=20,
)


@given(steps=STEPS)
def test_both_regions_agree_in_the_end_whatever_their_clocks_say(steps: list[tuple[Any, ...]]) -> None:
    writers = LastWriters()
    stores: dict[str, dict[str, int]] = {region: {} for region in REGIONS}
    under_way: dict[str, list[tuple[str, Stamp, int]]] = {region: [] for region in REGIONS}

    def deliver(source: str) -> None:
        key, clock, value = under_way[source].pop(0)
        if writers.arrives("table", key, other(source), clock):
            stores[other(source)][key] = value

    for at, (what, region, *written) in enumerate(steps):
        if what == "write":
            key, skew_s = written
            clock = writers.in_force("table", key, Stamp(at + skew_s, region))
            writers.sent("table", key, clock, copies=1)
            stores[region][key] = at
            under_way[region].append((key, clock, at))
        elif under_way[region]:
            deliver(region)
    for region in REGIONS:
        while under_way[region]:
            deliver(region)
    assert stores[PRIMARY] == stores[SECONDARY]
    assert writers.remembered() == 0
