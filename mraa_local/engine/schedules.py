"""EventBridge Scheduler's schedules and what may be put into them; cron expressions; the engine's own clocks.

A schedule's record is the engine's own dictionary, in the words of GetSchedule.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from ministack.services import eventbridge, scheduler

from mraa_local.engine.scope import Answer

Schedule = dict[str, Any]


class Place(NamedTuple):
    """Where a schedule is: its account, its Region, and its record."""

    account_id: str
    region: str
    schedule: Schedule


def everywhere() -> Iterator[Place]:
    """The schedules of every account and Region."""
    for (account, region, _), schedule in list(scheduler._schedules.all_items()):
        yield Place(str(account), str(region), schedule)


def remove(place: Place) -> None:
    """Delete a schedule, as it is completed."""
    key = f"{place.schedule['GroupName']}/{place.schedule['Name']}"
    scheduler._schedules.pop_scoped(place.account_id, place.region, key, None)


def before_put(check: Callable[[dict[str, Any]], Answer | None]) -> None:
    """Let ``check(request)`` refuse CreateSchedule and UpdateSchedule."""
    create, update = scheduler._create_schedule, scheduler._update_schedule
    scheduler._create_schedule = lambda name, request: check({**request, "Name": name}) or create(name, request)
    scheduler._update_schedule = lambda name, request: check({**request, "Name": name}) or update(name, request)


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """The Scheduler's refusal of a request."""
    answer: Answer = scheduler._error(status, code, message)
    return answer


def seconds_of_date(value: Any) -> float | None:
    """A StartDate or EndDate in seconds since 1970; None for none."""
    seconds: float | None = scheduler._to_epoch(value)
    return seconds


def cron_fields(expression: str) -> Any:
    """The fields of a cron expression; None for what is none."""
    return eventbridge._parse_cron_fields(expression)


def next_of_cron(fields: Any, after: datetime) -> datetime | None:
    """The first moment after another one, both as a clock on the wall shows them; None if none comes in four years."""
    found: datetime | None = eventbridge._cron_next_fire(fields, after)
    return found


def stop_own_clocks() -> None:
    """Let the engine run neither schedules nor scheduled rules by itself."""
    scheduler.start_scheduler = eventbridge.start_scheduler = lambda: None
