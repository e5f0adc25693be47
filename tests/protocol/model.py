"""A model of two Regions that change one application's state, small enough to explore in every order.

The decisions are the product's own (``rules.next_record``); around them is what DynamoDB does: a compare-and-set and a
conditional update within a Region, and between the Regions replication item by item, in order for each item, where the
last writer wins by the writer's clock. The state guard puts back what a late writer lowered. An invocation may stop
between any two of its steps, which is what a crash is.

    read -> compare-and-set the record -> raise each fence -> read back

``explore`` visits every state that can be reached with a number of invocations, each of any Region with any payload.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from app_state_updater import rules
from app_state_updater.payload import ChangeRequest
from app_state_updater.rules import Fence, Regions, StateRecord
from tests.regions import PRIMARY, SECONDARY

T = TypeVar("T")

FENCES = 2  # the fewest that can be mixed
SIDES = (PRIMARY, SECONDARY)
_AHEAD = 1000
_ALL = tuple(range(FENCES))
REGIONS = tuple(Regions(side, PRIMARY, SECONDARY) for side in SIDES)
RECORD = FENCES  # index of the record among a Region's items, after the fences


class Value(NamedTuple):
    """An item's content: a fence has ``writable`` and ``epoch``, the record all of it."""

    writable: str
    epoch: int
    state: str = ""
    authority: str = ""
    previous: str = ""


class Item(NamedTuple):
    """A replica of an item with the stamp of its last writer."""

    value: Value
    stamp: int


class Invocation(NamedTuple):
    """A change under way in ``side``: ``new`` is the record that it writes, ``left`` are the fences still to raise."""

    side: int
    found: Value
    new: Value
    seen: frozenset[int]
    is_forced: bool
    is_outside: bool
    left: tuple[int, ...] = ()
    has_written: bool = False


class Success(NamedTuple):
    """An acknowledged change: its epoch, and those that its Region had seen when it began."""

    epoch: int
    seen: frozenset[int]
    is_outside: bool


class World(NamedTuple):
    """One state of everything. ``queues[side][item]`` is on its way from ``side`` to the other one."""

    items: tuple[tuple[Item, ...], ...]
    queues: tuple[tuple[tuple[Item, ...], ...], ...]
    restores: tuple[tuple[tuple[int, Value], ...], ...]
    seen: tuple[frozenset[int], frozenset[int]]
    running: tuple[Invocation, ...]
    successes: frozenset[Success]
    given_out: frozenset[tuple[int, int]]
    problem: str
    left: int
    forced_left: int
    is_forced: bool


Decide = Callable[[StateRecord, str, Sequence[Fence], ChangeRequest, Regions, str], StateRecord]


class ViolationError(AssertionError):
    """A promise of the protocol is broken; the message says which, and how it was reached."""


@dataclass(frozen=True)
class Model:
    """What is explored: ``invocations`` in all, of them at most ``forced`` with force.

    ``ahead`` is the Region whose clock is far ahead of the other one's, if any.
    """

    invocations: int
    forced: int = 0
    ahead: str = ""
    has_guard: bool = True
    decide: Decide = rules.next_record
    is_handing_over: bool = False
    _decided: dict[tuple[object, ...], Value | None] = field(default_factory=dict, repr=False, compare=False)

    def explore(self) -> int:
        """Visit every reachable state; the number of them. Raises ViolationError with the way to the first bad one."""
        first = self._first()
        came_from: dict[World, tuple[World, str] | None] = {first: None}
        pending = [first]
        while pending:
            world = pending.pop()
            if problem := self._problem(world):
                raise ViolationError(f"{problem}\n{_way(came_from, world)}")
            for step, raw in self._steps(world):
                following = _canonical(raw)
                if following not in came_from:
                    came_from[following] = (world, step)
                    pending.append(following)
        return len(came_from)

    def _first(self) -> World:
        """``active`` everywhere; or, on its way to the secondary Region, the fence of a planned failover."""
        fence, record = Value(PRIMARY, 2), Value(PRIMARY, 2, "active", PRIMARY)
        items = (*(Item(fence, 0) for _ in range(FENCES)), Item(record, 0))
        nothing: tuple[tuple[Item, ...], ...] = ((),) * (FENCES + 1)
        seen = frozenset({2})
        world = World(
            items=(items, items),
            queues=(nothing, nothing),
            restores=((), ()),
            seen=(seen, seen),
            running=(),
            successes=frozenset(),
            given_out=frozenset({(2, 0)}),
            problem="",
            left=self.invocations,
            forced_left=self.forced,
            is_forced=False,
        )
        if not self.is_handing_over:
            return world
        for index in range(FENCES):
            world = self._written(world, 0, index, Value(rules.NOBODY, 4))
        world = self._written(world, 0, RECORD, Value(rules.NOBODY, 4, "fenced", SECONDARY, "active"))
        return world._replace(
            given_out=frozenset({(2, 0), (4, 0)}), successes=frozenset({Success(4, seen, is_outside=False)})
        )

    # --- what can happen next -----------------------------------------------------------------------------------------

    def _steps(self, world: World) -> Iterator[tuple[str, World]]:
        if world.left:
            yield from self._invoked(world)
        for invocation in world.running:
            yield from self._advanced(world, invocation)
        for side in (0, 1):
            for index in range(FENCES + 1):
                if world.queues[side][index]:
                    yield self._delivered(world, side, index)
            if world.restores[side]:
                yield self._restored(world, side)

    def _invoked(self, world: World) -> Iterator[tuple[str, World]]:
        """Every invocation that the rules do not refuse, up to its compare-and-set."""
        forced = (False, True) if world.forced_left else (False,)
        for side in (0, 1):
            for state in ("active", "fenced", "failover"):
                found = world.items[side][RECORD].value
                for authority in ("", SIDES[found.authority == PRIMARY]):
                    for is_forced in forced:
                        new = self._decide(world, side, state, authority, is_forced)
                        if new is None:
                            continue
                        is_outside = found.authority != SIDES[side] and not is_forced
                        invocation = Invocation(side, found, new, world.seen[side], is_forced, is_outside)
                        text = f"{SIDES[side]}: {state} authority={authority or '-'}{' force' if is_forced else ''}"
                        left = world._replace(left=world.left - 1, forced_left=world.forced_left - is_forced)
                        yield text, _running(left, invocation)

    def _decide(self, world: World, side: int, state: str, authority: str, is_forced: bool) -> Value | None:
        fences = tuple(item.value for item in world.items[side][:FENCES])
        found = world.items[side][RECORD].value
        key = (side, found, fences, state, authority, is_forced)
        if key not in self._decided:
            record = StateRecord(
                found.state, found.writable, found.epoch, "", "", "", found.previous, found.authority, FENCES
            )
            change = ChangeRequest("app", "table", state, is_forced=is_forced, authority=authority)
            try:
                new = self.decide(
                    record,
                    found.authority,
                    [Fence(value.writable, value.epoch) for value in fences],
                    change,
                    REGIONS[side],
                    "",
                )
                self._decided[key] = Value(new.writableRegion, new.epoch, new.state, new.authority, new.previousState)
            except (rules.TransitionRefused, rules.HandOverIncomplete):
                self._decided[key] = None
        return self._decided[key]

    def _advanced(self, world: World, of: Invocation) -> Iterator[tuple[str, World]]:
        """Its next step; with fences left to raise, any of them may be the next one."""
        name = f"{SIDES[of.side]}: {of.new.state}@{of.new.epoch}"
        world = world._replace(running=_without(world.running, of))
        items, fence = world.items[of.side], Value(of.new.writable, of.new.epoch)
        if not of.has_written:
            now = items[RECORD].value
            if (now.state, now.epoch) != (of.found.state, of.found.epoch):
                yield f"{name} loses the compare-and-set", world
                return
            if (of.new.epoch, of.side) in world.given_out:
                own = max(epoch for epoch, side in world.given_out if side == of.side)
                above = of.new._replace(epoch=rules.next_epoch(own, REGIONS[of.side]))
                yield f"{name} takes an epoch above its history", _running(world, of._replace(new=above))
                return
            written = self._written(world, of.side, RECORD, of.new)
            if (of.new.epoch, 1 - of.side) in world.given_out:
                written = written._replace(problem=f"epoch {of.new.epoch} was given out twice")
            written = written._replace(
                given_out=written.given_out | {(of.new.epoch, of.side)}, is_forced=world.is_forced or of.is_forced
            )
            yield f"{name} writes the record", _running(written, of._replace(left=_ALL, has_written=True))
        for index in of.left:
            raised = world
            if items[index].value.epoch < fence.epoch:
                raised = self._written(world, of.side, index, fence)
            yield f"{name} raises fence {index}", _running(raised, of._replace(left=_without(of.left, index)))
        if of.has_written and not of.left:
            if items[RECORD].value == of.new and all(item.value == fence for item in items[:FENCES]):
                success = Success(of.new.epoch, of.seen, of.is_outside)
                yield f"{name} is acknowledged", world._replace(successes=world.successes | {success})
            else:
                yield f"{name} fails", world

    def _written(self, world: World, side: int, index: int, value: Value) -> World:
        item = Item(value, self._stamp(world, side, index))
        queue = (*world.queues[side][index], item)
        return _kept(world, side, index, item)._replace(
            queues=_put(world.queues, side, _put(world.queues[side], index, queue)),
        )

    def _stamp(self, world: World, side: int, index: int) -> int:
        """Later than every stamp of this item so far, as far as this Region's clock says.

        Stamps of different items are never compared, and of one item only their order counts: small numbers keep the
        states few. A clock that is ahead counts from 1,000.
        """
        known = [world.items[each][index].stamp for each in (0, 1)]
        known += [item.stamp for each in (0, 1) for item in world.queues[each][index]]
        if not self.ahead:
            return max(known) + 1
        is_ahead = SIDES[side] == self.ahead
        own = [stamp for stamp in known if (stamp >= _AHEAD) == is_ahead]
        return max(own, default=_AHEAD if is_ahead else 0) + 1

    def _delivered(self, world: World, side: int, index: int) -> tuple[str, World]:
        item, *rest = world.queues[side][index]
        name = "the record" if index == RECORD else f"fence {index}"
        text = f"{name} of epoch {item.value.epoch} arrives in {SIDES[1 - side]}"
        world = world._replace(queues=_put(world.queues, side, _put(world.queues[side], index, tuple(rest))))
        there = world.items[1 - side][index]
        if there.stamp >= item.stamp:
            return f"{text}, too old", world
        world = _kept(world, 1 - side, index, item)
        if self.has_guard and item.value.epoch < there.value.epoch:
            restores = tuple(sorted({*world.restores[1 - side], (index, there.value)}))
            world = world._replace(restores=_put(world.restores, 1 - side, restores))
        return text, world

    def _restored(self, world: World, side: int) -> tuple[str, World]:
        (index, value), *rest = world.restores[side]
        world = world._replace(restores=_put(world.restores, side, tuple(rest)))
        if world.items[side][index].value.epoch < value.epoch:
            world = self._written(world, side, index, value)
        return f"the guard of {SIDES[side]} restores epoch {value.epoch} of item {index}", world

    # --- what is promised ---------------------------------------------------------------------------------------------

    def _problem(self, world: World) -> str:
        if world.problem:
            return world.problem
        if not world.is_forced:
            writable = [any(of.value.writable == SIDES[side] for of in world.items[side][:FENCES]) for side in (0, 1)]
            if all(writable):
                return "two writers at once without force"
            if not self.ahead and (problem := _contradiction(world.successes)):
                return problem
        is_on_its_way = any(queue for queues in world.queues for queue in queues) or any(world.restores)
        if is_on_its_way or self.ahead:  # with clocks apart the Regions may differ until the same state is set again
            return ""
        values = [[item.value for item in items] for items in world.items]
        if values[0] != values[1]:
            return f"the Regions differ at rest: {values[0]} and {values[1]}"
        record = values[0][RECORD]
        if max(world.given_out)[0] != record.epoch:
            return "the highest epoch is lost"
        is_acknowledged = any(success.epoch == record.epoch for success in world.successes)
        if is_acknowledged and any(value != Value(record.writable, record.epoch) for value in values[0][:FENCES]):
            return "the fences are mixed at rest although the last change was acknowledged"
        return ""


def _contradiction(successes: frozenset[Success]) -> str:
    """Two acknowledged changes of which the later one did not know the earlier one; a fence set outside may not."""
    for one in successes:
        for other in successes:
            if one.epoch < other.epoch and one.epoch not in other.seen and not (one.is_outside or other.is_outside):
                return f"contradictory successes: epochs {one.epoch} and {other.epoch}"
    return ""


def _kept(world: World, side: int, index: int, item: Item) -> World:
    world = world._replace(items=_put(world.items, side, _put(world.items[side], index, item)))
    if index != RECORD:
        return world
    seen = [known | {item.value.epoch} if at == side else known for at, known in enumerate(world.seen)]
    return world._replace(seen=(seen[0], seen[1]))


def _running(world: World, invocation: Invocation) -> World:
    return world._replace(running=tuple(sorted((*world.running, invocation), key=repr)))


def _put(values: tuple[T, ...], index: int, value: T) -> tuple[T, ...]:
    return (*values[:index], value, *values[index + 1 :])


def _without(values: tuple[T, ...], value: T) -> tuple[T, ...]:
    index = values.index(value)
    return (*values[:index], *values[index + 1 :])


def _canonical(world: World) -> World:
    """The same world for every order of its fences, and with small stamps."""
    columns = []
    for index in range(FENCES + 1):
        parts = [world.items[0][index], world.items[1][index], *world.queues[0][index], *world.queues[1][index]]
        ranks = {
            stamp: rank for rank, stamp in enumerate(sorted({item.stamp for item in parts if item.stamp < _AHEAD}))
        }
        ranks |= {
            stamp: _AHEAD + 1 + rank
            for rank, stamp in enumerate(sorted({item.stamp for item in parts if item.stamp >= _AHEAD}))
        }

        def ranked(item: Item, ranks: dict[int, int] = ranks) -> Item:
            return Item(item.value, ranks[item.stamp])

        columns.append(
            (
                ranked(world.items[0][index]),
                ranked(world.items[1][index]),
                tuple(ranked(item) for item in world.queues[0][index]),
                tuple(ranked(item) for item in world.queues[1][index]),
                tuple(index in of.left for of in world.running),
                tuple(tuple(value for at, value in restores if at == index) for restores in world.restores),
            )
        )
    order = sorted(range(FENCES), key=lambda index: columns[index])
    place = {index: rank for rank, index in enumerate(order)} | {RECORD: RECORD}
    columns = [*(columns[index] for index in order), columns[RECORD]]
    return world._replace(
        items=(tuple(of[0] for of in columns), tuple(of[1] for of in columns)),
        queues=(tuple(of[2] for of in columns), tuple(of[3] for of in columns)),
        running=tuple(of._replace(left=tuple(sorted(place[index] for index in of.left))) for of in world.running),
        restores=tuple(
            tuple(sorted((place[index], value) for index, value in restores)) for restores in world.restores
        ),
    )


def _way(came_from: dict[World, tuple[World, str] | None], world: World) -> str:
    steps = []
    while found := came_from[world]:
        world, step = found
        steps.append(step)
    return "\n".join(reversed(steps))
