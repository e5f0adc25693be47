"""The figures of chaos drills, by kind of disruption, as docs/drills.md shows them. Pure."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from mraa.recovery.drill.models import ids
from mraa.recovery.models import Fate
from tests.drills.chaos.observed import Played, changes_in, lowered_items, settling_s

NAME = "chaos drills"
COMMAND = "make chaos-drills"


@dataclass(frozen=True)
class Figures:
    """Numbers of one drill, or of several. ``longest_*``: until both Regions agreed by themselves."""

    drills: int = 0
    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0
    lost: int = 0
    done: int = 0
    not_done: int = 0
    epochs: int = 0
    lowered: int = 0
    longest_s: float = 0.0
    longest_lags: float = 0.0
    repaired: int = 0

    def plus(self, other: "Figures") -> "Figures":
        """Of both: numbers are added, of times the longer one counts."""
        joined = {
            name: max(mine, theirs) if name.startswith("longest") else mine + theirs
            for name in (field.name for field in fields(self))
            for mine, theirs in [(getattr(self, name), getattr(other, name))]
        }
        return Figures(**joined)


def figures(played: Played) -> Figures:
    """One drill's."""
    settled_after_s = settling_s(played)
    acknowledged = ids(write for write in played.writes if write.fate is Fate.ACKNOWLEDGED)
    endings = [outcome.ending for outcome in played.outcomes]
    return Figures(
        drills=1,
        acknowledged=len(acknowledged),
        refused=sum(write.fate is Fate.REFUSED for write in played.writes),
        unknown=sum(write.fate is Fate.UNKNOWN for write in played.writes),
        lost=sum(any(write not in kept for kept in played.kept.values()) for write in acknowledged),
        done=endings.count("done"),
        not_done=len(endings) - endings.count("done"),
        epochs=len(changes_in(played.before, played.entries).made),
        lowered=lowered_items(played.entries),
        longest_s=settled_after_s,
        longest_lags=settled_after_s / (played.schedule.lag_ms / 1000),
        repaired=int(played.repaired is not None),
    )


def line(name: str, of: Figures) -> str:
    """A line of the table."""
    return (
        f"| {name} | {of.drills} | {of.acknowledged} | {of.refused} | {of.unknown} | {of.lost} | {of.done} | "
        f"{of.not_done} | {of.epochs} | {of.lowered} | {of.longest_s:.2f} | {of.longest_lags:.1f} | {of.repaired} |"
    )


_HEADS = (
    "disruption",
    "drills",
    "acknowledged",
    "refused",
    "unknown",
    "lost",
    "commands done",
    "not done",
    "epochs",
    "put back",
    "agreement s",
    "in lags",
    "set again",
)


def text(kinds: Mapping[str, Figures], count: int, deployments: int, fences: Sequence[int], at: datetime) -> str:
    """The page's part."""
    total = Figures()
    for each in kinds.values():
        total = total.plus(each)
    shown = " or ".join(map(str, sorted(set(fences))))
    return f"""
{count} seeded drills in a row on {deployments} deployments with {shown} fences, on the local cloud
(`{COMMAND}`; {at:%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}). No promise was violated, no
acknowledged write was lost.

Each drill has writers at both Regions' APIs and operators who run commands without regard to each other; it is
disrupted for some seconds, healed, and then left alone. It is judged by what the streams of both Regions' tables
recorded, in one order: every write is compared with the fences of its Region at that moment, every change of the state
with all others.

- *Refused*: answered 409 by a fence. *Unknown*: a 5xx or no answer, as from a Region that is lost.
- *Commands*: done, or not: refused with a reason, interrupted at the end of the drill, or killed as planned.
- *Epochs*: changes of the state. *Put back*: how often replication brought a lower epoch over a higher one, in the
  record or in a fence; a state guard has put each back.
- *Agreement*: the longest time from the heal, or the last change if that came later, until both Regions had the same
  highest epoch in record and fences by themselves; in seconds, and in units of the drill's replication lag (50 to
  500 ms).
- *Set again*: drills after which the same state had to be set again: the last change had been interrupted before
  anybody was told that it succeeded, or clocks were apart.

| {" | ".join(_HEADS)} |
{"|---" * len(_HEADS)}|
{chr(10).join(line(kind, of) for kind, of in kinds.items())}
{line("all", total)}

A drill is played again by its seed, `.venv/bin/python -m tests.drills.chaos --seed 17`, and `--show` prints its
schedule.
"""
