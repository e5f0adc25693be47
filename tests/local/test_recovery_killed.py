"""A runbook that is killed in any of its steps, and finished by the same command."""

import signal

import pytest

from tests.local import verbs
from tests.local.operating import Deployment, bring
from tests.local.sabotage import Plan
from tests.regions import PRIMARY, SECONDARY


# there and back in turns, so that each finds the state it starts from
@pytest.mark.parametrize(
    ("step", "verb", "before", "after"),
    [
        (step, *move)
        for step in ("fence", "drain", "switch", "verify")
        for move in (("failover", "active", "failover"), ("failback", "failover", "active"))
    ],
)
def test_killed_in_any_step_the_same_command_finishes(
    connected: Deployment, step: str, verb: str, before: str, after: str
) -> None:
    bring(connected, before)
    killed = verbs.run((verb, "--yes", "--json"), connected.folder, connected.environment, Plan(kill_in=step))
    assert killed.exit_code == -signal.SIGKILL
    assert connected.mraa(verb, "--yes")["state"] == after
    writable = SECONDARY if after == "failover" else PRIMARY
    assert connected.states() == [(after, writable, "agree")] * 2
    assert connected.post(writable)[0] == 200
