"""What happens in a drill, and when: pure, from a seed. The same seed gives the same schedule.

Each drill has one kind of disruption; lag and contention on the fences are part of all of them.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.regions import PRIMARY, REGIONS, SECONDARY, other

SKEW_S = 300  # five minutes

# in the order in which they are played: what lets replication wait for seconds makes later drains long
KINDS = (
    "planned moves",
    "two operators at once",
    "operator killed",
    "contention on the fences",
    "one way cut",
    "both ways cut",
    "Region refuses",
    "Region hangs",
    "clocks 5 minutes apart",
    "forced changes",
    "lower epoch written later",
    "forced, clocks apart, cut",
)
_PATIENT = KINDS[:4]  # short lags and nothing cut: planned moves come to their end
_FORCED = {"forced changes", "forced, clocks apart, cut"}
_RATE = 20.0  # writes a second and Region
_STATES = ("active", "fenced", "failover")
# what an operator who believes in a state does next
_NEXT = {"active": ("fenced", "failover"), "fenced": ("active", "failover"), "failover": ("fenced", "active")}


@dataclass(frozen=True)
class Fault:
    """A request to the cloud's control endpoint."""

    at_s: float
    request: Mapping[str, str | int]

    def __str__(self) -> str:
        words = " ".join(str(value) for value in self.request.values())
        return f"{self.at_s:5.2f} s  fault       {words}"


@dataclass(frozen=True)
class Verb:
    """An operator's command. ``dies_at``: killed instead of its so many-th call to AWS; 0: it is not."""

    at_s: float
    operator: int
    name: str
    is_forced: bool = False
    is_unplanned: bool = False
    dies_at: int = 0

    @property
    def may_force(self) -> bool:
        """Whether it may change the state with force."""
        return self.is_unplanned or self.is_forced

    def __str__(self) -> str:
        options = (" --unplanned" if self.is_unplanned else "") + (" --force" if self.is_forced else "")
        killed = f", killed at call {self.dies_at}" if self.dies_at else ""
        return f"{self.at_s:5.2f} s  operator {self.operator}  mraa {self.name}{options}{killed}"


@dataclass(frozen=True)
class Invocation:
    """The state function invoked by hand in a Region. ``authority`` empty: as before."""

    at_s: float
    operator: int
    region: str
    state: str
    authority: str = ""
    is_forced: bool = False

    @property
    def may_force(self) -> bool:
        """Whether it may change the state with force."""
        return self.is_forced

    def __str__(self) -> str:
        more = (f", Authority {self.authority}" if self.authority else "") + (", Force" if self.is_forced else "")
        return f"{self.at_s:5.2f} s  operator {self.operator}  {self.state} by hand in {self.region}{more}"


Command = Verb | Invocation


@dataclass(frozen=True)
class Schedule:
    """One drill. It begins at rest in ``first_state``; at ``heal_at_s`` all faults end and no command begins."""

    seed: int
    kind: str
    first_state: str
    lag_ms: int
    transaction_ms: int
    writers: int
    rate: float
    heal_at_s: float
    faults: Sequence[Fault] = field(default_factory=tuple)
    commands: Sequence[Command] = field(default_factory=tuple)

    @property
    def is_skewed(self) -> bool:
        """Whether the Regions' clocks are apart for a while."""
        return any(fault.request["fault"] == "clock-skew" for fault in self.faults)

    @property
    def operators(self) -> int:
        """How many operators there are."""
        return max((command.operator for command in self.commands), default=0)

    def __str__(self) -> str:
        head = (
            f"seed {self.seed}: {self.kind}; begins in {self.first_state}; lag {self.lag_ms} ms, transactions of "
            f"{self.transaction_ms} ms, {self.writers} writers and {self.rate:g} writes/s a Region; all is healed at "
            f"{self.heal_at_s} s"
        )
        return "\n".join([head, *map(str, sorted((*self.faults, *self.commands), key=lambda action: action.at_s))])


def kind_of(seed: int) -> str:
    """The kind of disruption: all in turn."""
    return KINDS[seed % len(KINDS)]


def draw(seed: int) -> Schedule:
    """The schedule of a seed."""
    dice, kind = random.Random(seed), kind_of(seed)
    first_state = dice.choice(["active", "active", "failover"])
    heal_at_s = 6.0 if kind == "planned moves" else 3.5
    return Schedule(
        seed,
        kind,
        first_state,
        lag_ms=dice.choice([50, 100] if kind in _PATIENT else [50, 100, 200, 500]),
        # longer than on AWS (10 to 20 ms): few writers then hold as many fences as many would
        transaction_ms=100 if kind == "contention on the fences" else dice.choice([0, 5, 20]),
        writers=4 if kind == "contention on the fences" else 2,
        rate=_RATE,
        heal_at_s=heal_at_s,
        faults=_faults(dice, kind),
        commands=_commands(dice, kind, first_state, heal_at_s),
    )


def _faults(dice: random.Random, kind: str) -> tuple[Fault, ...]:
    at_s = round(dice.uniform(0.3, 1.2), 2)
    one, two = dice.sample(REGIONS, 2)
    faults: list[Fault] = []
    if kind in ("one way cut", "forced changes"):
        faults.append(_link(at_s, "cut", one, two))
    if kind in ("both ways cut", "lower epoch written later", "forced, clocks apart, cut"):
        faults += [_link(at_s, "cut", one, two), _link(at_s, "cut", two, one)]
    if kind == "Region refuses":
        faults.append(Fault(at_s, {"fault": "region", "region": one, "state": "down"}))
    if kind == "Region hangs":
        faults.append(Fault(at_s, {"fault": "region", "region": one, "state": "hangs"}))
    if "clocks" in kind:
        skew_s = dice.choice([-SKEW_S, SKEW_S])
        faults.append(Fault(0.0, {"fault": "clock-skew", "region": dice.choice(REGIONS), "seconds": skew_s}))
    if faults and "clocks 5" not in kind and dice.random() < 0.4:  # a lag that changes on top of it
        faults.append(Fault(round(at_s + 1, 2), {"fault": "lag", "from": two, "to": one, "ms": 500}))
    return tuple(faults)


def _link(at_s: float, fault: str, source: str, target: str) -> Fault:
    return Fault(at_s, {"fault": fault, "from": source, "to": target})


def _commands(dice: random.Random, kind: str, state: str, heal_at_s: float) -> tuple[Command, ...]:
    if kind == "planned moves":
        away, back = ("failover", "failback") if state == "active" else ("failback", "failover")
        first, second = dice.choice([(away, back), ("fence", "unfence"), ("fence", away), (away, "fence")])
        return Verb(0.3, 1, first), Verb(0.6, 1, second)
    if kind == "operator killed":
        away = "failover" if state == "active" else "failback"
        killed = Verb(0.3, 1, dice.choice(["fence", away, away]), dies_at=dice.randint(8, 60))
        return killed, Verb(2.0, 1, dice.choice([killed.name, "fence", "unfence"]))
    if kind == "lower epoch written later":
        return _late_and_low(dice, state)
    is_forced, operators = kind in _FORCED, 1 if kind == "contention on the fences" else 2
    commands: list[Command] = []
    for operator in range(1, operators + 1):
        at_s, believed = dice.uniform(0.2, 0.9), state
        while at_s < heal_at_s - 0.3:
            command, believed = _command(dice, round(at_s, 2), operator, believed, is_forced=is_forced)
            commands.append(command)
            at_s += dice.uniform(0.3, 1.0)
    if is_forced and not any(command.may_force for command in commands):
        commands.append(Invocation(2.0, 1, SECONDARY, "failover", is_forced=True))
    return tuple(commands)


def _late_and_low(dice: random.Random, state: str) -> tuple[Command, ...]:
    """Many changes in the Region that writes, then, cut off from it, a forced one in the other, which knows of none."""
    writer, away = (PRIMARY, "failover") if state == "active" else (SECONDARY, "active")
    changes = [
        Invocation(round(1.3 + 0.3 * number, 2), 1, writer, ("fenced", state)[number % 2])
        for number in range(dice.randint(3, 6))
    ]
    forced = Invocation(round(dice.uniform(2.6, 3.4), 2), 2, other(writer), away, is_forced=True)
    return (*changes, forced)


def _command(dice: random.Random, at_s: float, operator: int, believed: str, *, is_forced: bool) -> tuple[Command, str]:
    """What makes sense to an operator who believes in a state, or sometimes anything; and what he believes then."""
    wanted = dice.choice(_NEXT[believed] if dice.random() < 0.8 else _STATES)
    forces = is_forced and dice.random() < 0.5
    if forces and wanted == "failover" and dice.random() < 0.5:
        return Verb(at_s, operator, "failover", is_unplanned=True), wanted
    if dice.random() < 0.6:
        writable = {"active": PRIMARY, "failover": SECONDARY}
        region = writable.get(wanted) or writable.get(believed) or dice.choice(REGIONS)
        if forces:
            return Invocation(at_s, operator, region, wanted, is_forced=True), wanted
        if dice.random() < 0.3:
            region = other(region)
        return Invocation(
            at_s, operator, region, wanted, authority=dice.choice(["", "", region, other(region)])
        ), wanted
    verbs = {"fenced": "fence", "active": "failback", "failover": "failover"}
    name = "unfence" if believed == "fenced" and dice.random() < 0.5 else verbs[wanted]
    return Verb(at_s, operator, name, is_forced=forces and name in ("failover", "failback")), wanted
