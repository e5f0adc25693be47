"""Which datapoints of the replication latency count, and which an outage has left behind."""

from datetime import UTC, datetime, timedelta

from mraa.recovery.regions.latency import recent_maximum

NOW = datetime(2026, 11, 23, 8, 10, 30, tzinfo=UTC)


def minute(before: int, seconds: float) -> tuple[datetime, float]:
    """The slowest arrival of the minute that began so many minutes before the present one."""
    return NOW.replace(second=0) - timedelta(minutes=before), seconds


def test_without_datapoints_nothing_is_known() -> None:
    assert recent_maximum([], NOW) is None


def test_the_slowest_of_all_minutes_counts() -> None:
    assert recent_maximum([minute(0, 0.5), minute(1, 0.7), minute(9, 2.0)], NOW) == 2.0


def test_what_is_ten_times_slower_than_a_whole_later_minute_is_over() -> None:
    assert recent_maximum([minute(1, 0.5), minute(2, 45.0), minute(3, 60.0)], NOW) == 0.5


def test_what_is_not_ten_times_slower_counts() -> None:
    assert recent_maximum([minute(1, 0.5), minute(2, 4.9)], NOW) == 4.9


def test_the_present_minute_alone_does_not_end_an_outage() -> None:
    assert recent_maximum([minute(0, 0.5), minute(1, 45.0)], NOW) == 45.0


def test_a_slow_arrival_in_the_present_minute_keeps_the_earlier_ones() -> None:
    assert recent_maximum([minute(0, 10.0), minute(1, 0.5), minute(2, 45.0)], NOW) == 45.0


def test_a_slow_canary_keeps_the_earlier_ones() -> None:
    points = [minute(1, 0.5), minute(2, 45.0)]
    assert recent_maximum(points, NOW, canary_s=4.0) == 0.5
    assert recent_maximum(points, NOW, canary_s=5.0) == 45.0


def test_what_arrived_before_a_comparison_of_both_regions_does_not_count() -> None:
    points = [minute(1, 0.5), minute(2, 3.0)]
    assert recent_maximum(points, NOW, compared_at=NOW - timedelta(seconds=95)) == 0.5
    assert recent_maximum(points, NOW, compared_at=NOW) is None
