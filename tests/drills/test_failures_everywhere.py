"""The long matrices: a failure of every kind and a kill -9 at every call of the runbooks. `make drills`."""

from pathlib import Path

import pytest

from tests.local.operating import Deployment, bring
from tests.local.sabotage import Plan
from tests.local.test_recovery_faults import move_while_every_call_fails_once, operate_with_a_wrong_clock
from tests.regions import PRIMARY, REGIONS, SECONDARY

WRITABLE = {"active": PRIMARY, "failover": SECONDARY}
MOVES = {"failover": ("active", "failover"), "failback": ("failover", "active")}
SHARE = 8  # each test takes every eighth call, or one test would take its five minutes


@pytest.mark.parametrize("first", ["throttled", "broken", "silent"])
@pytest.mark.parametrize("verb", MOVES)
def test_every_call_fails_once_and_the_writer_moves_anyway(connected: Deployment, verb: str, first: str) -> None:
    move_while_every_call_fails_once(connected, verb, first)


@pytest.mark.parametrize("skew_s", [-299.0, 299.0])
def test_an_operators_clock_that_is_five_minutes_off_changes_nothing(active: Deployment, skew_s: float) -> None:
    operate_with_a_wrong_clock(active, skew_s)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("start", range(SHARE))
@pytest.mark.parametrize("verb", MOVES)
def test_killed_after_any_call_the_same_command_finishes(
    connected: Deployment, tmp_path: Path, verb: str, start: int
) -> None:
    before, after = MOVES[verb]
    acknowledged = set()
    number = start + 1
    while True:
        bring(connected, before)
        status, comment = connected.post(WRITABLE[before])
        assert status == 200
        acknowledged.add(comment)
        process = connected.start(verb, "--yes", "--json", plan=Plan(kill_after=number))
        process.communicate(timeout=120)
        assert len(_writers(connected)) <= 1
        # finished before that call: every call has had its turn
        is_over = process.returncode == 0
        assert is_over or process.returncode == -9
        assert connected.mraa(verb, "--yes")["state"] == after
        assert connected.states() == [(after, WRITABLE[after], "agree")] * 2
        assert acknowledged <= connected.comments(WRITABLE[after])
        if is_over:
            return
        number += SHARE


def _writers(deployment: Deployment) -> list[str]:
    """The Regions that accept a write right now: never both."""
    return [region for region in REGIONS if deployment.post(region)[0] == 200]
