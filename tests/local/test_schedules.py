"""Schedules and rules on a schedule, in both Regions of the running local cloud, whose clock is sped up."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local import control
from mraa_local.errors import RefusedError
from mraa_local.process import LocalCloud
from tests.local.deploying import StackFailedError, delete, eventually, make_stack, resource, unique
from tests.local.replicating import Client, Faults
from tests.local.serving import allow, arn, new_queue, permission, queue_policy, role, showing, shows, take_away
from tests.local.streaming import Queue
from tests.regions import PRIMARY, REGIONS, SECONDARY

Make = Callable[..., dict[str, str]]

FAST = 120  # a minute is half a second


@pytest.fixture(autouse=True)
def fast(cloud: LocalCloud) -> Iterator[Faults]:
    faults = Faults(cloud)
    faults.set("schedule-speed", factor=FAST)
    yield faults
    faults.connect()


@pytest.fixture
def make(client: Client) -> Iterator[Callable[..., dict[str, str]]]:
    """``make(Region, resources)``: a stack's physical ids; it is deleted after the test, or it would tick on."""
    made: dict[str, str] = {}

    def make_one(region: str, resources: dict[str, Any], name: str = "") -> dict[str, str]:
        name = name or unique("scheduled")
        made[name] = region
        return make_stack(client, region, name, resources)

    yield make_one
    for name, region in made.items():
        cf = client("cloudformation", region)
        stack_id = cf.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        assert delete(cf, stack_id)["StackStatus"] == "DELETE_COMPLETE"


def schedule(target: Any, role_arn: Any = None, **changes: Any) -> dict[str, Any]:
    called = {"Arn": target, "RoleArn": role_arn or {"Fn::GetAtt": ["Caller", "Arn"]}, **changes.pop("Target", {})}
    return resource(
        "AWS::Scheduler::Schedule",
        {"ScheduleExpression": "rate(1 minute)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": called, **changes},
    )


def sending(queue: Queue, **changes: Any) -> dict[str, Any]:
    """A schedule that sends to a queue."""
    return {
        "Caller": role("scheduler", allow("sqs:SendMessage", queue.arn)),
        "Schedule": schedule(queue.arn, **changes),
    }


def test_a_schedule_invokes_a_function_again_and_again(client: Client, make: Make) -> None:
    seen = new_queue(client)
    resources = {
        **showing(seen),
        "Caller": role("scheduler", allow("lambda:InvokeFunction", {"Fn::GetAtt": ["Function", "Arn"]})),
        "Schedule": schedule({"Fn::GetAtt": ["Function", "Arn"]}),
    }
    ids = make(PRIMARY, resources)
    first, *_ = eventually(lambda: events if len(events := seen.take()) > 1 else None)
    assert (first["source"], first["detail-type"]) == ("aws.scheduler", "Scheduled Event")
    assert first["resources"] == [arn("scheduler", f"schedule/default/{ids['Schedule']}")]
    times = sorted(datetime.fromisoformat(event["time"]) for event in seen.take())
    assert all((time - times[0]) % timedelta(minutes=1) == timedelta(0) for time in times)


def test_a_schedule_of_each_region_calls_its_own_target(client: Client, make: Make) -> None:
    queues = {region: new_queue(client, region) for region in REGIONS}
    for region, queue in queues.items():
        make(region, sending(queue, Target={"Input": json.dumps({"from": region})}))
    for region, queue in queues.items():
        events = eventually(queue.take)
        assert all(event == {"from": region} for event in events)


@pytest.mark.parametrize("state", ["down", "hangs"])
def test_a_schedule_does_not_tick_while_its_region_is_down(
    client: Client, make: Make, fast: Faults, state: str
) -> None:
    queue = new_queue(client, SECONDARY)
    make(SECONDARY, sending(queue, Target={"Input": '"<aws.scheduler.scheduled-time>"'}))
    eventually(queue.take)
    fast.set("region", region=SECONDARY, state=state)
    time.sleep(3)  # six minutes of the schedule's time
    fast.set("region", region=SECONDARY, state="up")
    times = eventually(lambda: _with_gap([str(text) for text in queue.take()]))
    assert times


def _with_gap(times: list[str]) -> bool:
    """Whether some minutes are missing between two that are there: they do not come later."""
    moments = sorted(datetime.fromisoformat(text) for text in times)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    return any(gap >= timedelta(minutes=3) for gap in gaps)


def test_what_a_role_may_not_do_goes_to_the_dead_letter_queue(client: Client, make: Make) -> None:
    queue, dead = new_queue(client), new_queue(client)
    resources = {
        "Caller": role("scheduler", allow("sqs:SendMessage", dead.arn)),
        "Schedule": schedule(queue.arn, Target={"Input": '{"a": 1}', "DeadLetterConfig": {"Arn": dead.arn}}),
    }
    ids = make(PRIMARY, resources)
    assert eventually(dead.take)[0] == {"a": 1}
    assert queue.take() == []
    take_away(client, ids["Caller"])


def test_a_universal_target_calls_any_operation_that_is_served(client: Client, make: Make) -> None:
    queue = new_queue(client)
    content = json.dumps({"QueueUrl": queue.url, "MessageBody": '{"arn": "<aws.scheduler.schedule-arn>"}'})
    resources = {
        "Caller": role("scheduler", allow("sqs:SendMessage", queue.arn)),
        "Schedule": schedule("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Target={"Input": content}),
    }
    make(PRIMARY, resources)
    assert ":schedule/default/" in eventually(queue.take)[0]["arn"]


def test_a_schedule_for_one_time_calls_once_and_can_remove_itself(
    client: Client, make: Make, cloud: LocalCloud
) -> None:
    queue, scheduler = new_queue(client), client("scheduler")
    ids = make(PRIMARY, {"Caller": role("scheduler", allow("sqs:SendMessage"))})
    role_arn = client("iam").get_role(RoleName=ids["Caller"])["Role"]["Arn"]
    ahead_s = control.faults(cloud.environment["MRAA_FAULT_URL"])["schedules"]["aheadSeconds"]
    soon = datetime.now(UTC) + timedelta(seconds=ahead_s, minutes=10)
    name = unique("once")
    scheduler.create_schedule(
        Name=name, ScheduleExpression=f"at({soon.strftime('%Y-%m-%dT%H:%M:%S')})", FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE", Target={"Arn": queue.arn, "RoleArn": role_arn, "Input": '"once"'},
    )  # fmt: skip
    assert scheduler.get_schedule(Name=name)["State"] == "ENABLED"
    assert eventually(queue.take) == ["once"]
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(Name=name)


def test_a_rule_on_a_schedule_reaches_queues_and_functions_that_let_it_in(client: Client, make: Make) -> None:
    seen = new_queue(client)
    targets = [
        {"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}},
        {"Id": "function", "Arn": {"Fn::GetAtt": ["Function", "Arn"]}, "Input": '{"by": "rule"}'},
    ]
    rule = {"Name": unique("minute"), "ScheduleExpression": "rate(1 minute)", "Targets": targets}
    resources = {
        **showing(seen),
        "Queue": resource("AWS::SQS::Queue"),
        "Rule": resource("AWS::Events::Rule", rule),
        "QueuePolicy": queue_policy("events", {"Fn::GetAtt": ["Rule", "Arn"]}),
    }
    name = unique("rule")
    queue = Queue(client("sqs"), make(PRIMARY, resources, name)["Queue"])
    event = eventually(queue.take)[0]
    assert (event["source"], event["detail-type"], event["region"]) == ("aws.events", "Scheduled Event", PRIMARY)
    assert seen.take() == []  # until the function's policy lets the rule invoke it
    make(PRIMARY, {**resources, "Permission": permission("events", {"Fn::GetAtt": ["Rule", "Arn"]})}, name)
    eventually(lambda: shows(seen, "rule"))


def test_the_control_endpoint_takes_a_speed_within_limits(fast: Faults) -> None:
    for factor in (0, 121, -1, float("nan"), "fast"):
        with pytest.raises(RefusedError):
            fast.set("schedule-speed", factor=factor)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ScheduleExpression": "rate(0 minutes)"}, r"Invalid Schedule Expression rate\(0 minutes\)"),
        ({"ScheduleExpression": "cron(0 25 * * ? *)"}, "Invalid Schedule Expression"),
        ({"ScheduleExpressionTimezone": "Atlantis/Center"}, "timezone is not supported"),
        ({"FlexibleTimeWindow": {"Mode": "SOMETIMES"}}, "at 'flexibleTimeWindow.mode' failed to satisfy constraint"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes"),
        ({"Target": {"Arn": "nonsense"}}, "not in correct format"),
        ({"Target": {"Arn": "arn:aws:ecs:us-east-1:000000000000:cluster/c"}}, "does not support the target"),
        ({"Target": {"Arn": "arn:aws:sqs:eu-west-1:000000000000:q"}}, "not in this Region"),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:fly"}}, "does not support the target"),
        ({"Target": {"RoleArn": arn("iam", "role/none", "")}}, "must allow AWS EventBridge Scheduler to assume"),
        ({"State": "SLEEPING"}, "Value 'SLEEPING' at 'state' failed to satisfy constraint"),
        ({"GroupName": "no-such-group"}, "group no-such-group does not exist"),
        ({"StartDate": "2026-05-01T00:00:00Z", "EndDate": "2026-04-01T00:00:00Z"}, "before the EndDate"),
    ],
)
def test_a_schedule_that_scheduler_would_refuse_fails_the_stack(
    client: Client, changes: dict[str, Any], reason: str
) -> None:
    queue = arn("sqs", "any")
    with pytest.raises(StackFailedError, match=reason):
        resources = {"Caller": role("scheduler"), "Schedule": schedule(queue, **changes)}
        make_stack(client, PRIMARY, unique("refused"), resources)


def test_rules_and_targets_that_eventbridge_would_refuse_are_refused(client: Client) -> None:
    events = client("events")
    for request in (
        {"ScheduleExpression": "rate(1 minutes)"}, {"ScheduleExpression": "at(2030-01-01T00:00:00)"},
        {"EventPattern": "{"}, {"EventPattern": "{}"}, {},
    ):  # fmt: skip
        with pytest.raises(ClientError) as raised:
            events.put_rule(Name=unique("bad"), **request)
        assert raised.value.response["Error"]["Code"] in ("ValidationException", "InvalidEventPatternException")
    events.put_rule(Name="good", ScheduleExpression="rate(1 day)")
    for target, reason in (
        ({"Arn": "nonsense"}, "does not support the target"),
        ({"Arn": arn("kinesis", "stream/s")}, "does not support the target"),
        ({"Arn": arn("states", "stateMachine:m")}, "RoleArn is required"),
    ):
        with pytest.raises(ClientError, match=reason):
            events.put_targets(Rule="good", Targets=[{"Id": "t", **target}])
    with pytest.raises(ClientError, match="does not exist"):
        events.put_targets(Rule="none", Targets=[{"Id": "t", "Arn": arn("sqs", "q")}])


def test_who_puts_a_schedule_needs_the_right_to_pass_its_role(
    client: Client, make: Make, identity: Any, as_user: Any
) -> None:
    ids = make(PRIMARY, {"Caller": role("scheduler")})
    role_arn = client("iam").get_role(RoleName=ids["Caller"])["Role"]["Arn"]
    request: dict[str, Any] = {
        "Name": unique("passed"), "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": arn("sqs", "q"), "RoleArn": role_arn},
    }  # fmt: skip
    own = allow("scheduler:CreateSchedule", arn("scheduler", f"schedule/default/{request['Name']}"))
    user = as_user("scheduler", identity(unique("user"), own))
    with pytest.raises(ClientError, match="iam:PassRole"):
        user.create_schedule(**request)
    entitled = as_user("scheduler", identity(unique("user"), own, allow("iam:PassRole", role_arn)))
    entitled.create_schedule(**request)
    with pytest.raises(ClientError, match="scheduler:GetSchedule"):
        entitled.get_schedule(Name=request["Name"])
