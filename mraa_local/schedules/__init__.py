"""What happens by the clock: EventBridge Scheduler's schedules, and EventBridge's rules on a schedule.

In every Region that is up: what falls due while a Region is down does not happen later. The clock is the schedules' own
and can be sped up, so that nobody waits minutes for `rate(1 minute)`.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from mraa_local import regions
from mraa_local.engine import rules, schedules
from mraa_local.engine.scope import scope
from mraa_local.schedules import checks, clock, targets
from mraa_local.schedules.expressions import Expression, parse

_EVERY_S = 0.2

_ticking: "set[asyncio.Task[None]]" = set()  # keeps the task


class _Key(NamedTuple):
    account_id: str
    region: str
    arn: str


@dataclass
class _Due:
    """When something happens next; ``written`` is what its times were computed from."""

    written: tuple[Any, ...]
    expression: Expression
    anchor: float
    at: float | None


_due: dict[_Key, _Due] = {}


def install() -> None:
    """Take the place of the engine's clocks, and check what is put."""
    schedules.stop_own_clocks()
    schedules.before_put(checks.refusal_of_schedule)


def started() -> None:
    """Begin to tick."""
    _ticking.add(asyncio.get_running_loop().create_task(_tick_often()))


async def _tick_often() -> None:
    while True:
        await asyncio.sleep(_EVERY_S)
        tick(clock.now())


def tick(now: float) -> None:
    """Let happen what is due in the Regions that are up, each time that it fell due."""
    alive = {*_tick_schedules(now), *_tick_rules(now)}
    for key in _due.keys() - alive:
        del _due[key]


def _tick_schedules(now: float) -> Iterator[_Key]:
    for place in schedules.everywhere():
        of = place.schedule
        key = _Key(place.account_id, place.region, of["Arn"])
        if of["State"] != "ENABLED":
            continue
        yield key
        start, end = (schedules.seconds_of_date(of.get(name)) for name in ("StartDate", "EndDate"))
        due = _due_of(key, (of["ScheduleExpression"], of["ScheduleExpressionTimezone"]), now, start)
        for moment in _moments(due, now, end):
            if not regions.is_down(place.region):
                targets.deliver(place, moment)
        if due.at is None and of.get("ActionAfterCompletion") == "DELETE":
            schedules.remove(place)


def _tick_rules(now: float) -> Iterator[_Key]:
    for place in rules.everywhere():
        expression = place.rule.get("ScheduleExpression")
        if not expression or place.rule["State"] == "DISABLED":
            continue
        key = _Key(place.account_id, place.region, place.rule["Arn"])
        yield key
        for moment in _moments(_due_of(key, (expression, "UTC"), now, None), now, None):
            if not regions.is_down(place.region):
                with scope(place.account_id, place.region):
                    rules.deliver_scheduled(place, moment)


def _due_of(key: _Key, expression: tuple[str, str], now: float, start: float | None) -> _Due:
    """When it happens next: counted from when it was first seen, or from its start."""
    written = (*expression, start)
    due = _due.get(key)
    if due is None or due.written != written:
        parsed, anchor = parse(*expression), max(now, start or 0)
        # what is to happen at the very start does so
        first = parsed.next_after(anchor - 1 if start and start > now else anchor, anchor)
        due = _due[key] = _Due(written, parsed, anchor, first)
    return due


def _moments(due: _Due, now: float, end: float | None) -> Iterator[float]:
    while due.at is not None and due.at <= now:
        if end is not None and due.at > end:
            due.at = None
            return
        yield due.at
        due.at = due.expression.next_after(due.at, due.anchor)
