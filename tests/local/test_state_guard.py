"""Two Regions that changed the state while cut off from each other, or at the same moment."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from mraa import names
from mraa.aws import CLOCK
from mraa.recovery.regions.parameter import token
from mraa.recovery.status.alarms import GuardStatus, read_alarms
from tests.local import verbs
from tests.local.deploying import eventually
from tests.local.operating import Deployment, connect
from tests.local.streaming import Queue, watch_states
from tests.regions import PRIMARY, REGIONS, SECONDARY


def config(deployment: Deployment, region: str) -> dict[str, dict[str, Any]]:
    """The record and all fences of a Region's replica, by id."""
    info = deployment.regions[region]
    found = deployment.aws.client("dynamodb", region).scan(TableName=info.app_config_table, ConsistentRead=True)
    return {
        item["appId"]["S"]: {name: value for name, value in item.items() if name != "tookMs"}
        for item in found["Items"]
        if "#history#" not in item["appId"]["S"]
    }


def epochs(deployment: Deployment) -> set[int]:
    """Every epoch that the record or a fence of either Region has."""
    return {int(item["epoch"]["N"]) for region in REGIONS for item in config(deployment, region).values()}


def test_after_a_partition_both_regions_converge_to_the_highest_epoch_without_any_command(active: Deployment) -> None:
    active.cut()
    for _ in range(3):
        assert active.set_state(PRIMARY, "fenced") == ""
        assert active.set_state(PRIMARY, "active") == ""
    highest = max(epochs(active))
    # later, and lower: the last writer would win
    assert active.set_state(SECONDARY, "failover", Force=True) == ""
    assert max(epochs(active)) == highest
    assert len(epochs(active)) == 2

    connect(active)
    eventually(lambda: epochs(active) == {highest})
    assert config(active, PRIMARY) == config(active, SECONDARY)
    assert active.states() == [("active", PRIMARY, "agree")] * 2


def test_the_tool_never_gives_out_an_epoch_below_one_that_it_saw(active: Deployment) -> None:
    before = len(active.mraa("history")["changes"])
    active.mraa("failover", "--yes")
    active.mraa("failback", "--yes", "--force", "--drain-timeout", "0")
    changes = active.mraa("history")["changes"]
    assert len({change["epoch"] for change in changes}) == len(changes)
    in_order = [change["epoch"] for change in changes[before:]]
    assert len(in_order) >= 4
    assert in_order == sorted(in_order)
    assert {change["epoch"] % 2 for change in changes if change["setIn"] == SECONDARY} == {1}


def test_of_a_switch_and_an_unfence_at_the_same_moment_one_succeeds(active: Deployment) -> None:
    for _ in range(3):
        assert active.set_state(PRIMARY, "fenced", Authority=SECONDARY) == ""
        eventually(lambda: config(active, PRIMARY) == config(active, SECONDARY))
        with ThreadPoolExecutor(3) as pool:
            unfence = pool.submit(active.set_state, PRIMARY, "active")
            cancel = pool.submit(active.set_state, SECONDARY, "active", Authority=PRIMARY)
            switch = pool.submit(active.set_state, SECONDARY, "failover")
        assert unfence.result() == "TransitionRefused"
        assert sorted([cancel.result() == "", switch.result() == ""]) == [False, True]
        state = ("failover", SECONDARY) if switch.result() == "" else ("active", PRIMARY)
        eventually(lambda state=state: active.states() == [(*state, "agree")] * 2)  # type: ignore[misc]
        if switch.result() == "":
            active.mraa("failback", "--yes", "--force")


def test_an_event_announces_each_new_state_in_each_region(active: Deployment) -> None:
    client = active.aws.client
    queues = {region: watch_states(client("sqs", region), client("events", region)) for region in REGIONS}
    active.mraa("fence", "--yes", "--reason", "a test")

    def fenced(queue: Queue) -> list[dict[str, Any]]:
        return [event["detail"] for event in queue.take() if event["detail"]["state"] == "fenced"]

    for region, queue in queues.items():
        detail = eventually(partial(fenced, queue))[0]
        assert (detail["region"], detail["previousState"], detail["reason"]) == (region, "active", "a test")


def test_what_a_guard_gives_up_on_is_told_by_status_until_somebody_has_dealt_with_it(active: Deployment) -> None:
    info = active.regions[PRIMARY]
    name = names.function(token(info), names.STATE_GUARD)
    role = active.aws.client("lambda", PRIMARY).get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
    iam = active.aws.client("iam", PRIMARY)
    policy = iam.get_role_policy(RoleName=role, PolicyName="function")["PolicyDocument"]
    denied = {"Effect": "Deny", "Action": "dynamodb:PutItem", "Resource": "*"}
    iam.put_role_policy(
        RoleName=role,
        PolicyName="function",
        PolicyDocument=json.dumps({**policy, "Statement": [*policy["Statement"], denied]}),
    )
    try:
        active.cut()
        for state in ("fenced", "active") * 3:
            assert active.set_state(PRIMARY, state) == ""
        assert active.set_state(SECONDARY, "failover", Force=True) == ""
        connect(active)

        eventually(lambda: read_alarms(active.aws, CLOCK, info).guard is GuardStatus.FAILED, 180)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="function", PolicyDocument=json.dumps(policy))

    def repaired() -> bool:
        """The guard, allowed again, works off what it had not given up yet: a command in the midst of it may fail."""
        verbs.run(("failback", "--yes", "--force", "--drain-timeout", "2"), active.folder, active.environment)
        return active.states() == [("active", PRIMARY, "agree")] * 2

    def told() -> bool:
        return any("us-east-1: the state guard gave up" in reason for reason in active.mraa_status()["reasons"])

    eventually(repaired, 180)
    eventually(told)
    sqs = active.aws.client("sqs", PRIMARY)
    sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=names.guard_failures(token(info)))["QueueUrl"])
    eventually(lambda: not told())
