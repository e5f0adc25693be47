"""The judge of chaos drills: a drill that keeps its promises passes, and each broken one is named."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from mraa.recovery.drill.models import Write
from mraa.recovery.models import AppState, AppStateName, Fate, Fence
from mraa.recovery.regions.items import Item
from tests.drills.chaos import schedule
from tests.drills.chaos.check import judge
from tests.drills.chaos.observed import Played, Rest, settling_s
from tests.drills.chaos.operators import Outcome
from tests.drills.chaos.record import Entry
from tests.drills.chaos.schedule import KINDS, Fault, Invocation, Schedule, Verb
from tests.regions import PRIMARY, REGIONS, SECONDARY

WRITABLE = {"active": PRIMARY, "fenced": "none", "failover": SECONDARY}
FENCES = 2


def rest(state: str, epoch: int) -> tuple[AppState, tuple[Fence, ...]]:
    """A Region at rest."""
    record = AppState(AppStateName(state), WRITABLE[state], epoch, "", authority=PRIMARY, fences=FENCES)
    return record, (Fence(WRITABLE[state], epoch),) * FENCES


def both(state: str, epoch: int) -> Rest:
    return dict.fromkeys(REGIONS, rest(state, epoch))


class Story:
    """What happened, told step by step."""

    def __init__(self, *, own_authority: bool = False) -> None:
        """``own_authority``: each Region believes that it is the authority."""
        self.entries: list[Entry] = []
        self._own_authority = own_authority
        self.writes: list[Write] = []
        self._orders = count(1)
        self._items: dict[tuple[str, str], Item] = {}
        for region in REGIONS:
            for key in ("app", *(f"app#fence#{number:02x}" for number in range(FENCES))):
                self._items[region, key] = self._item(region, "active", 2)

    def changed(self, region: str, state: str, epoch: int, *, by: str = "op", is_acknowledged: bool = True) -> "Story":
        """A change of the state in a Region, whole; not replicated."""
        item, history = self._item(region, state, epoch), f"app#history#{region}#{epoch}"
        self._put(region, "app", item)
        self._put(region, history, {**item, "updatedBy": {"S": by}})
        self.arrived(region, state, epoch, record=False)
        if is_acknowledged:
            self._put(region, history, {**item, "updatedBy": {"S": by}, "tookMs": {"N": "1"}})
        return self

    def arrived(self, region: str, state: str, epoch: int, *, record: bool = True) -> "Story":
        """Record and fences as the other Region wrote them."""
        if record:
            self._put(region, "app", self._item(region, state, epoch))
        for number in range(FENCES):
            self._put(region, f"app#fence#{number:02x}", self._item(region, state, epoch))
        return self

    def wrote(self, region: str, name: str, fate: Fate = Fate.ACKNOWLEDGED) -> "Story":
        """A client's write that is stored, and what the client was told."""
        item = {"writtenIn": {"S": region}}
        self.entries.append(Entry(next(self._orders), 0.0, region, is_state=False, key=name, old=None, new=item))
        self.writes.append(Write(name, region, 0.0, 0.1, fate))
        return self

    def played(self, state: str, epoch: int, *, by: Verb | Invocation | None = None) -> Played:
        """The drill; it came to rest in a state. ``by`` is the command of the mark ``op``."""
        command = by or Verb(0, 1, "fence")
        return Played(
            Schedule(1, "planned moves", "active", 100, 0, 1, 1.0, 1.0),
            before={
                region: (replace(record, authority=region if self._own_authority else PRIMARY), fences)
                for region, (record, fences) in both("active", 2).items()
            },
            entries=self.entries,
            writes=self.writes,
            outcomes=[Outcome(command, "op", 0, 1, "done")],
            began_at=0.0,
            healed_at_s=1.0,
            quiet_at_s=1.0,
            bound_s=20,
            agreed_at_s=1.5,
            after=both(state, epoch),
            repairs=[],
            repaired=None,
            kept=dict.fromkeys(REGIONS, frozenset(write.write_id for write in self.writes)),
        )

    def _put(self, region: str, key: str, new: Item) -> None:
        old = self._items.get((region, key))
        self._items[region, key] = new
        self.entries.append(Entry(next(self._orders), 0.0, region, is_state=True, key=key, old=old, new=new))

    def _item(self, region: str, state: str, epoch: int) -> Item:
        authority = region if self._own_authority else PRIMARY
        return {"epoch": {"N": str(epoch)}, "writableRegion": {"S": WRITABLE[state]}, "authority": {"S": authority}}


def promises(played: Played) -> set[str]:
    return {violation.promise for violation in judge(played)}


def moved() -> Story:
    """A planned failover."""
    story = Story().wrote(PRIMARY, "one").changed(PRIMARY, "fenced", 4).arrived(SECONDARY, "fenced", 4)
    return story.changed(SECONDARY, "failover", 5).wrote(SECONDARY, "two").arrived(PRIMARY, "failover", 5)


FORCED = Invocation(0, 1, SECONDARY, "failover", is_forced=True)


def test_a_planned_failover_breaks_no_promise() -> None:
    assert judge(moved().played("failover", 5)) == []


def test_a_write_that_is_stored_in_a_fenced_region_breaks_p1() -> None:
    story = Story().changed(PRIMARY, "fenced", 4).wrote(PRIMARY, "late").arrived(SECONDARY, "fenced", 4)
    assert [str(found) for found in judge(story.played("fenced", 4))] == [
        "P1: 1 writes stored in a Region whose fences all said no: late in us-east-1"
    ]


def test_a_write_that_is_refused_and_stored_breaks_p1() -> None:
    assert promises(Story().wrote(PRIMARY, "one", Fate.REFUSED).played("active", 2)) == {"P1"}


def test_two_open_regions_break_a_promise_unless_a_change_was_forced() -> None:
    story = Story().changed(SECONDARY, "failover", 3).wrote(SECONDARY, "two").wrote(PRIMARY, "one")
    story.arrived(PRIMARY, "failover", 3)
    texts = [str(found) for found in judge(story.played("failover", 3))]
    assert len(texts) == 2
    assert texts[0].startswith("one writer: both Regions open without force")
    assert texts[1].startswith("one writer: both Regions wrote between the same two changes")
    assert judge(_marked(story.played("failover", 3, by=FORCED))) == []


def _marked(played: Played) -> Played:
    """The same drill, its changes marked as the first command's, which is what ``updatedBy`` ends with."""
    entries = [
        replace(entry, new={**entry.new, "updatedBy": {"S": "somebody [op]"}})
        if entry.new and "#history#" in entry.key
        else entry
        for entry in played.entries
    ]
    return replace(played, entries=entries)


def test_an_epoch_that_is_given_out_twice_breaks_p2() -> None:
    story = moved().changed(PRIMARY, "fenced", 5).arrived(SECONDARY, "fenced", 5)
    assert "P2" in promises(story.played("fenced", 5))


@pytest.mark.parametrize(("is_lowered", "broken"), [(False, {"P2"}), (True, set())])
def test_a_falling_epoch_breaks_p2_unless_a_late_write_had_lowered_what_the_region_had(
    is_lowered: bool, broken: set[str]
) -> None:
    story = Story().changed(PRIMARY, "fenced", 8).changed(PRIMARY, "active", 10)
    story.arrived(PRIMARY, "fenced", 5) if is_lowered else story.changed(PRIMARY, "fenced", 12)
    story.changed(PRIMARY, "active", 6, is_acknowledged=False)
    found = promises(story.played("active", 12 if not is_lowered else 10))
    assert found & {"P2"} == broken


def test_an_acknowledged_change_that_did_not_know_of_an_earlier_one_breaks_p2_while_clocks_agree() -> None:
    story = Story(own_authority=True).changed(PRIMARY, "fenced", 4).changed(SECONDARY, "fenced", 5)
    assert promises(story.played("fenced", 5)) == {"P2"}
    assert promises(replace(story.played("fenced", 5), schedule=skewed())) == set()


def test_a_fence_set_outside_the_authority_need_not_know_of_others() -> None:
    story = Story().changed(PRIMARY, "fenced", 4).changed(SECONDARY, "fenced", 5).arrived(PRIMARY, "fenced", 5)
    assert judge(story.played("fenced", 5)) == []


def skewed() -> Schedule:
    fault = Fault(0, {"fault": "clock-skew", "region": PRIMARY, "seconds": 300})
    return Schedule(1, "clocks", "active", 100, 0, 1, 1.0, 1.0, faults=(fault,))


def test_regions_that_differ_after_the_heal_break_convergence_while_clocks_agree() -> None:
    differing = replace(
        moved().played("failover", 5),
        agreed_at_s=None,
        after={PRIMARY: rest("fenced", 4), SECONDARY: rest("failover", 5)},
    )
    assert promises(differing) == {"convergence"}
    repaired = replace(differing, schedule=skewed(), repaired=both("failover", 5))
    assert promises(repaired) == set()
    assert promises(replace(repaired, repaired=differing.after)) == {"convergence"}


@pytest.mark.parametrize(("is_acknowledged", "broken"), [(True, {"convergence"}), (False, set())])
def test_mixed_fences_at_rest_break_convergence_if_the_last_change_was_acknowledged(
    is_acknowledged: bool, broken: set[str]
) -> None:
    story = Story().changed(PRIMARY, "fenced", 4, is_acknowledged=is_acknowledged).arrived(SECONDARY, "fenced", 4)
    record, _ = rest("fenced", 4)
    mixed = dict.fromkeys(REGIONS, (record, (Fence(PRIMARY, 2), Fence("none", 4))))
    assert promises(replace(story.played("fenced", 4), after=mixed)) == broken


def test_a_highest_epoch_that_is_lost_breaks_convergence() -> None:
    assert promises(moved().played("fenced", 4)) == {"convergence"}


def test_an_acknowledged_write_that_one_region_lacks_is_lost() -> None:
    played = moved().played("failover", 5)
    assert promises(replace(played, kept={**played.kept, SECONDARY: frozenset({"two"})})) == {"P3, P4"}


def test_a_command_that_crashes_hangs_or_fails_without_a_reason_is_a_violation() -> None:
    played = moved().played("failover", 5)
    (outcome,) = played.outcomes
    crashed = replace(outcome, ending="crashed", text="Traceback ...")
    assert promises(replace(played, outcomes=[crashed])) == {"commands"}
    assert promises(replace(played, outcomes=[replace(outcome, ending="refused")])) == {"commands"}
    assert promises(replace(played, outcomes=[replace(outcome, ending="refused", text="Fenced.")])) == set()
    assert promises(replace(played, hung=1)) == {"commands"}


def test_settling_counts_from_the_heal_until_the_last_item_has_its_final_value() -> None:
    played = moved().played("failover", 5)
    timed: Sequence[Entry] = [replace(entry, at=0.9) for entry in played.entries[:-1]]
    last = replace(played.entries[-1], at=1.4)
    assert settling_s(replace(played, entries=[*timed, last])) == pytest.approx(0.4)
    assert settling_s(replace(played, agreed_at_s=None)) == 0


def test_a_seed_gives_the_same_schedule_again_and_all_kinds_come_in_turn() -> None:
    schedules = [schedule.draw(seed) for seed in range(1, 201)]
    assert schedules == [schedule.draw(seed) for seed in range(1, 201)]
    assert len(set(map(str, schedules))) == 200
    assert {one.kind for one in schedules} == set(KINDS)
    for one in schedules:
        assert all(0 <= action.at_s < one.heal_at_s for action in (*one.faults, *one.commands)), str(one)
        assert one.commands, str(one)
        assert any(command.may_force for command in one.commands) <= ("force" in one.kind or "lower" in one.kind)
