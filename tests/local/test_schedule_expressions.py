"""When a schedule expression says that something happens, without a cloud."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mraa_local.schedules.expressions import is_of_rule, parse


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        ("rate(1 minute)", 1_000.0, 1_060.0),
        ("rate(1 minute)", 1_059.9, 1_060.0),
        ("rate(1 minute)", 1_060.0, 1_120.0),
        ("rate(5 minutes)", 1_000.0, 1_300.0),
        ("rate(2 hours)", 1_000.0, 8_200.0),
        ("rate(1 day)", 1_000.0, 87_400.0),
    ],
)
def test_a_rate_counts_from_its_anchor(expression: str, moment: float, expected: float) -> None:
    assert parse(expression).next_after(moment, 1_000.0) == expected


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        ("cron(0 12 * * ? *)", "2026-03-01T11:59:59", "2026-03-01T12:00:00"),
        ("cron(0 12 * * ? *)", "2026-03-01T12:00:00", "2026-03-02T12:00:00"),
        ("cron(15 10 L * ? *)", "2026-02-01T00:00:00", "2026-02-28T10:15:00"),
        ("cron(0/20 8-9 ? * MON-FRI *)", "2026-03-06T09:41:00", "2026-03-09T08:00:00"),
    ],
)
def test_a_cron_expression_follows_the_clock_on_the_wall(expression: str, moment: str, expected: str) -> None:
    assert parse(expression).next_after(at(moment), 0) == at(expected)


def test_a_cron_expression_keeps_its_hour_when_the_clocks_change() -> None:
    zone = "Europe/Berlin"
    expression = parse("cron(30 12 * * ? *)", zone)
    assert expression.next_after(at("2026-03-28T12:30:00", zone), 0) == at("2026-03-29T12:30:00", zone)
    twice = parse("cron(30 2 * * ? *)", zone)
    first = twice.next_after(at("2026-10-24T12:00:00", zone), 0)
    assert first is not None
    assert twice.next_after(first, 0) == at("2026-10-26T02:30:00", zone)


def test_what_is_at_a_time_happens_once() -> None:
    once = parse("at(2026-03-01T08:00:00)", "America/New_York")
    moment = at("2026-03-01T08:00:00", "America/New_York")
    assert once.next_after(moment - 1, 0) == moment
    assert once.next_after(moment, 0) is None


@pytest.mark.parametrize(
    "expression",
    [
        "", "rate()", "rate(0 minutes)", "rate(-1 minutes)", "rate(1 second)", "rate(1.5 hours)", "rate(1 minute) ",
        "rate(9999999 days)", "cron(* * * *)", "cron(0 25 * * ? *)", "cron(0 12 * * * *)", "cron(0 12 ? * ? *)",
        "cron(0-99999999999 12 * * ? *)", "cron(0/0 12 * * ? *)", "cron(30-10 12 * * ? *)", "cron(0 12 * FOO ? *)",
        "cron(0 12 ? * 1#6 *)", "cron(? 12 * * ? *)", "cron(0 12 * * ? 1)",
        "at(tomorrow)", "at(2026-13-01T00:00:00)", "every minute", "rate(1 minute)\nrate(1 minute)",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        parse(expression)


@pytest.mark.parametrize("zone", ["Atlantis/Center", "../../etc/passwd", "Europe", ""])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(LookupError):
        parse("rate(1 minute)", zone)


@pytest.mark.parametrize(
    ("expression", "is_taken"),
    [
        ("rate(1 minute)", True),
        ("rate(1 minutes)", False),
        ("rate(2 minute)", False),
        ("rate(2 minutes)", True),
        ("cron(0 12 * * ? *)", True),
        ("at(2026-03-01T08:00:00)", False),
    ],
)
def test_a_rule_takes_a_rate_in_the_right_number_and_no_time_once(expression: str, *, is_taken: bool) -> None:
    assert is_of_rule(expression) == is_taken
