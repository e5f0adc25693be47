"""The counts of each stack, as they are shown: lines in a log, a table on a terminal."""

import io

import pytest
from rich.console import Console

from mraa.cli.counts import counts_table
from mraa.cli.ui import Ui
from mraa.stacks.models import Counts

RUNNING = Counts("stack instance", "us-east-1", "CREATE_IN_PROGRESS", 3, 2, 26, slowest="PhotosApi", slowest_s=4.2)
ENDED = Counts("stack instance", "ap-northeast-1", "CREATE_COMPLETE", 25, 0, 0, slowest="PhotosApi", slowest_s=9.9)
STACK_SET = Counts("stack set", "us-east-1", "CREATE RUNNING")
UPDATING = Counts("mraa", "us-east-1", "UPDATE_IN_PROGRESS", 0, 1, 2, is_at_most=True, slowest="StackSet", slowest_s=61)


def test_a_log_has_the_counts_of_each_running_stack_every_half_minute(capsys: pytest.CaptureFixture[str]) -> None:
    with Ui().counts() as on_counts:
        for elapsed_s in range(0, 70, 5):
            on_counts([RUNNING, ENDED, STACK_SET], float(elapsed_s))
    counts = "us-east-1  stack instance  3 done, 2 running, 26 to do, slowest PhotosApi 4.2 s"
    assert capsys.readouterr().out.splitlines() == [f"- {counts} (30.0 s)", f"- {counts} (60.0 s)"]


def test_a_program_gets_the_same_as_events(capsys: pytest.CaptureFixture[str]) -> None:
    with Ui(as_json=True).counts() as on_counts:
        on_counts([UPDATING], 31.0)
    (line,) = capsys.readouterr().out.splitlines()
    assert '"text": "0 done, 1 running, at most 2 to do, slowest StackSet 61.0 s"' in line
    assert '"elapsedS": 31.0' in line


def lines_at(width: int, *shown: Counts) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(counts_table(shown, 75.4, width))
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_a_terminal_shows_a_row_for_everything_that_is_followed() -> None:
    hostile = Counts("stack instance", "us-east-1", "CREATE_IN_PROGRESS", 1, slowest="[red]\x1b[2J", slowest_s=1)
    assert lines_at(120, UPDATING, STACK_SET, RUNNING, ENDED, hostile) == [
        "75 s",
        "Region done running to do status slowest",
        "us-east-1 mraa 0 1 ≤ 2 UPDATE_IN_PROGRESS 61 s StackSet",
        "us-east-1 stack set CREATE RUNNING",
        "us-east-1 stack instance 3 2 26 CREATE_IN_PROGRESS 4 s PhotosApi",
        "ap-northeast-1 stack instance 25 0 0 CREATE_COMPLETE 10 s PhotosApi",
        "us-east-1 stack instance 1 0 CREATE_IN_PROGRESS 1 s [red] [2J",
    ]


@pytest.mark.parametrize("width", [120, 100, 80, 60, 54])
def test_a_narrow_terminal_shows_the_numbers_without_the_rest(width: int) -> None:
    status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    long = Counts("stack instance", "ap-northeast-1", status, 23, 13, 31, True, "AppStateUpdaterFunctionOnce", 145)
    row = lines_at(width, long, RUNNING)[2]
    assert row.startswith("ap-northeast-1 stack instance 23 13 ≤ 31")
    assert ("145 s" in row) is (width >= 120)
    assert ("UPDATE_COMPL" in row) is (width >= 80)
