"""Schedule expressions: rate, cron, and at for one time.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html and, stricter about the unit of a rate,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from mraa_local.engine import schedules

_RATE = re.compile(r"rate\((?P<value>[1-9]\d{0,5}) (?P<unit>minute|hour|day)(?P<plural>s?)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
# of minute, hour, day of the month, month, day of the week, year
_RANGES = (range(60), range(24), range(1, 32), range(1, 13), range(1, 8), range(1970, 2200))
_PART = re.compile(r"(?P<first>\w+|\*)(-(?P<last>\w+))?(/(?P<step>[1-9]\d{0,3}))?|(?P<day>\w+)#[1-5]|\d+[LW]|LW?|\?")
_UNITS_S = {"minute": 60, "hour": 3600, "day": 86_400}


class Expression(Protocol):
    """When something happens."""

    def next_after(self, moment: float, anchor: float) -> float | None:
        """The first time after a moment, in seconds since 1970; ``anchor``: when a rate begins to count."""


@dataclass(frozen=True)
class Rate:
    """Again and again, after so many seconds."""

    seconds: int

    def next_after(self, moment: float, anchor: float) -> float | None:
        """Counted from the anchor."""
        return anchor + (int((moment - anchor) // self.seconds) + 1) * self.seconds


@dataclass(frozen=True)
class Cron:
    """Whenever the clock on a wall in a time zone shows one of these times."""

    fields: Any
    zone: ZoneInfo

    def next_after(self, moment: float, anchor: float) -> float | None:
        """None if none comes within four years."""
        shown = datetime.fromtimestamp(moment, self.zone).replace(tzinfo=UTC)
        found = schedules.next_of_cron(self.fields, shown)
        while found is not None:
            at = found.replace(tzinfo=self.zone).timestamp()
            if at > moment:
                return at
            found = schedules.next_of_cron(self.fields, found + timedelta(minutes=1))  # an hour that comes twice
        return None


@dataclass(frozen=True)
class At:
    """Once."""

    moment: float

    def next_after(self, moment: float, anchor: float) -> float | None:
        """None once it has passed."""
        return self.moment if self.moment > moment else None


def parse(text: str, zone: str = "UTC") -> Expression:
    """Read an expression; raises ValueError for what is none, LookupError for an unknown time zone."""
    at_home = _zone(zone)
    if rate := _RATE.fullmatch(text):
        return Rate(int(rate["value"]) * _UNITS_S[rate["unit"]])
    if at := _AT.fullmatch(text):
        return At(datetime.fromisoformat(at[1]).replace(tzinfo=at_home).timestamp())
    if _is_cron(text):
        return Cron(schedules.cron_fields(text), at_home)
    raise ValueError(text)


def is_of_rule(text: str) -> bool:
    """Whether a rule of EventBridge takes it: no time once, and a unit in the singular for one and only for one."""
    rate = _RATE.fullmatch(text)
    if rate:
        return (int(rate["value"]) == 1) != bool(rate["plural"])
    return _is_cron(text)


def _is_cron(text: str) -> bool:
    """Six fields of which each can be met, and no number is out of its range: the engine would count up to any."""
    cron = _CRON.fullmatch(text)
    fields = cron[1].split() if cron else []
    if len(fields) != len(_RANGES) or [fields[2], fields[4]].count("?") != 1 or fields.count("?") != 1:
        return False
    parts = [(part, numbers) for field, numbers in zip(fields, _RANGES, strict=True) for part in field.split(",")]
    return all(_is_part(part, numbers) for part, numbers in parts) and schedules.cron_fields(text) is not None


def _is_part(part: str, numbers: range) -> bool:
    found = _PART.fullmatch(part)
    named = [found[name] for name in ("first", "last", "day")] if found else []
    values = [int(name) for name in named if name and name.isdecimal()]
    is_in_order = len(values) < 2 or values[0] <= values[1]
    return found is not None and is_in_order and all(value in numbers for value in values)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError) as error:  # a path, a folder
        raise LookupError(name) from error
