"""Chaos drills can turn red: deployments whose functions lack one safeguard each break the promise that rests on it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.drills.chaos.check import judge
from tests.drills.chaos.observed import Played
from tests.drills.chaos.play import Stage, stage
from tests.drills.chaos.safeguards import without_authority, without_fence_check, without_guard
from tests.drills.chaos.schedule import Command, Fault, Invocation, Schedule
from tests.regions import PRIMARY, REGIONS, SECONDARY

CUT = tuple(Fault(0.4, {"fault": "cut", "from": one, "to": two}) for one, two in (REGIONS, REGIONS[::-1]))


def without_guard_and_authority(checkout: Path) -> None:
    without_guard(checkout)
    without_authority(checkout)


@pytest.fixture(scope="module")
def unfenced() -> Iterator[Stage]:
    """Writes do not check the fence."""
    with stage(fences=8, alter=without_fence_check) as on:
        yield on


@pytest.fixture(scope="module")
def unguarded() -> Iterator[Stage]:
    """Nobody puts back what a late write lowers, and each Region changes the state as it likes."""
    with stage(fences=8, alter=without_guard_and_authority) as on:
        yield on


def drill(on: Stage, *commands: Command, faults: Sequence[Fault] = ()) -> Played:
    return on.play(Schedule(0, "crafted", "active", 50, 0, 2, 20.0, 6.0, faults=faults, commands=commands))


def promises(played: Played) -> set[str]:
    return {violation.promise for violation in judge(played)}


def test_without_the_fence_check_p1_is_broken(unfenced: Stage) -> None:
    played = drill(unfenced, Invocation(0.5, 1, PRIMARY, "fenced"))
    assert "P1" in promises(played)


def test_the_record_of_both_regions_is_in_one_order(unfenced: Stage) -> None:
    """What the judge relies on: a replicated write comes after the original."""
    records = [entry for entry in drill(unfenced).entries if not entry.is_state and entry.key != "NAME"]
    written = [entry for entry in records if entry.new and not entry.old]
    here = {entry.key: entry for entry in written if entry.new and entry.new["writtenIn"]["S"] == entry.region}
    copies = [entry for entry in written if entry.region != here[entry.key].region]
    assert len(copies) == len(here) > 10
    assert all(copy.order > here[copy.key].order and copy.at >= here[copy.key].at for copy in copies)


def test_without_the_authority_both_regions_write_without_force(unguarded: Stage) -> None:
    alone = (Invocation(0.8, 1, SECONDARY, "fenced"), Invocation(1.4, 1, SECONDARY, "failover"))
    assert "one writer" in promises(drill(unguarded, *alone, faults=CUT))


def test_without_the_state_guard_the_highest_epoch_is_lost(unguarded: Stage) -> None:
    """The last test: a deployment that has lost an epoch which it gave out does not come to rest by itself."""
    higher = Invocation(0.6, 1, PRIMARY, "fenced"), Invocation(0.7, 1, PRIMARY, "active")
    later = Invocation(0.8, 1, SECONDARY, "failover", is_forced=True)
    assert "convergence" in promises(drill(unguarded, *higher, later, faults=CUT))
