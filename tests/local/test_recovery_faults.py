"""What may go wrong while an operator works: each case ends as P1 to P5 allow, and says what happened."""

import socket
import threading
import time
from pathlib import Path

import pytest

from app_state_updater.rules import Regions, next_epoch
from tests.local.deploying import eventually
from tests.local.operating import Deployment, bring, connect
from tests.local.sabotage import Plan
from tests.regions import PRIMARY, REGIONS, SECONDARY

# status gives a Region three seconds and a busy machine takes its own; boto3 by itself would wait for minutes
NOT_WAITED_S = 20

CONTROL_PLANES = ["cloudformation", "iam", "cloudfront", "route53", "organizations"]


def calls(log: Path) -> set[tuple[str, str]]:
    """Service and Region of every call that was made."""
    return {(words[1], words[2]) for words in map(str.split, log.read_text().splitlines())}


def test_status_and_unplanned_failover_need_no_control_plane_and_nothing_of_the_lost_region(
    active: Deployment, tmp_path: Path
) -> None:
    lost = Plan(services=CONTROL_PLANES, regions=[PRIMARY])
    lost.log = str(tmp_path / "status")
    begun = time.monotonic()
    status = active.mraa("status", expect=3, plan=lost)
    assert time.monotonic() - begun < NOT_WAITED_S
    assert [region["isReachable"] for region in status["regions"]] == [False, True]
    assert status["regions"][1]["state"] == "active"
    assert status["mainStack"] == "unknown"

    lost.log = str(tmp_path / "failover")
    result = active.mraa("failover", "--unplanned", "--yes", plan=lost)
    assert (result["state"], result["writableRegion"]) == ("failover", SECONDARY)
    # not merely survived: never asked
    made = calls(tmp_path / "failover")
    assert {region for _, region in made} == {SECONDARY}
    assert not {service for service, _ in made} & set(CONTROL_PLANES)
    assert {service for service, _ in made} <= {"ssm", "dynamodb", "lambda", "execute-api", "sts"}
    assert active.post(SECONDARY)[0] == 200


def test_a_region_that_takes_connections_and_never_answers_is_not_waited_for(active: Deployment) -> None:
    held: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=lambda: held.extend(silent.accept() for _ in range(50)), daemon=True).start()
        environment = dict(active.environment)
        try:
            # the whole endpoint hangs: both Regions do
            active.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
            begun = time.monotonic()
            status = active.mraa("status", expect=3)
            assert time.monotonic() - begun < NOT_WAITED_S
        finally:
            active.environment = environment
    assert [region["isReachable"] for region in status["regions"]] == [False, False]


def move_while_every_call_fails_once(deployment: Deployment, verb: str, first: str) -> None:
    """Fail over or back with the first try of every call failing; nothing is lost or left behind."""
    before, after = ("active", "failover") if verb == "failover" else ("failover", "active")
    bring(deployment, before)
    writable = {"active": PRIMARY, "failover": SECONDARY}
    status, comment = deployment.post(writable[before])
    assert status == 200
    result = deployment.mraa(verb, "--yes", plan=Plan(first=first))
    assert result["state"] == after
    assert deployment.states() == [(after, writable[after], "agree")] * 2
    assert comment in deployment.comments(writable[after])
    assert deployment.canaries() == []


# the others are among the drills
@pytest.mark.parametrize(("verb", "first"), [("failover", "throttled"), ("failback", "broken")])
def test_every_call_fails_once_and_the_writer_moves_anyway(connected: Deployment, verb: str, first: str) -> None:
    move_while_every_call_fails_once(connected, verb, first)


def operate_with_a_wrong_clock(deployment: Deployment, skew_s: float) -> None:
    """A failover and a failback with the operator's clock off."""
    plan = Plan(skew_s=skew_s)
    status, comment = deployment.post(PRIMARY)
    assert status == 200
    assert deployment.mraa("failover", "--yes", plan=plan)["state"] == "failover"
    assert comment in deployment.comments(SECONDARY)
    assert deployment.mraa("status", "--probe", plan=plan)["isReady"] is True
    assert deployment.mraa("failback", "--yes", plan=plan)["state"] == "active"
    assert deployment.canaries() == []
    times = [change["updatedAt"] for change in deployment.mraa("history", plan=plan)["changes"]]
    assert times == sorted(times)  # the functions' clocks, not the operator's


def test_an_operators_clock_that_is_nearly_five_minutes_off_changes_nothing(active: Deployment) -> None:
    operate_with_a_wrong_clock(active, -285.0)  # from five minutes on AWS takes no signature


@pytest.mark.parametrize("words", [["failover"], ["failover", "--unplanned"], ["fence"]])
def test_what_another_operator_did_between_plan_and_execution_is_respected(
    active: Deployment, words: list[str]
) -> None:
    region = SECONDARY if "--unplanned" in words else PRIMARY
    before = dict(zip(REGIONS, active.shown("epoch"), strict=True))
    intruder = ["failover", "--unplanned", "--yes"] if region == SECONDARY else ["fence", "--yes", "--reason", "mine"]
    refused = active.mraa(*words, "--yes", expect=1, plan=Plan(intruder=intruder))
    assert "as expected; nothing was written" in refused["error"]
    assert "mraa status" in refused["error"]
    # the other one's change stands, and it alone
    place = REGIONS.index(region)
    assert active.shown("epoch")[place] == next_epoch(before[region], Regions(region, PRIMARY, SECONDARY))
    assert active.shown("state")[place] == ("failover" if region == SECONDARY else "fenced")


def test_a_partition_that_heals_late_leaves_one_writer_and_every_write_accounted_for(active: Deployment) -> None:
    active.cut()
    before = active.post(PRIMARY)[1]
    active.mraa("failover", "--unplanned", "--yes", "--reason", "cut off")
    # both accept writes: nobody can tell the primary
    stranded, taken = active.post(PRIMARY), active.post(SECONDARY)
    assert (stranded[0], taken[0]) == (200, 200)
    # somebody fences the primary by itself, which takes the epoch the secondary has
    active.mraa("fence", "--yes", plan=Plan(regions=[SECONDARY]))
    assert active.post(PRIMARY) == (409, "RegionFenced")
    status = active.mraa("status", expect=3)
    assert any("disagree" in reason for reason in status["reasons"])

    connect(active)
    # the last writer wins, item by item; whatever that gives, one command more settles it
    eventually(lambda: len(set(active.shown("epoch"))) == 1)
    bring(active, "failover")
    assert active.states() == [("failover", SECONDARY, "agree")] * 2
    assert active.post(PRIMARY) == (409, "RegionFenced")
    assert active.post(SECONDARY)[0] == 200
    active.mraa("reconcile", "--repair", "--yes")
    for region in (PRIMARY, SECONDARY):
        assert {before, stranded[1], taken[1]} <= active.comments(region)
    both = [change for change in active.mraa("history", "--limit", "100")["changes"] if change["state"] != "active"]
    assert len({change["setIn"] for change in both[-4:]}) == 2  # what each Region did apart is kept
