"""What a function logs, and the rights that its role needs for it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mraa_local.environment import ACCOUNT_ID
from tests.local.identities import allow
from tests.local.requests import create_function
from tests.regions import PRIMARY

SOURCE = "def handle(event, context):\n    print('said', flush=True)\n    return 1"
ONE_GROUP = f"arn:aws:logs:*:{ACCOUNT_ID}:log-group:/aws/lambda/one-group:*"
STREAMS = ("logs:CreateLogStream", "logs:PutLogEvents")


@pytest.mark.parametrize(
    ("name", "statements", "has_group", "is_logged"),
    [
        ("no-rights", [], True, False),
        ("no-group", [allow(*STREAMS)], False, False),
        ("streams", [allow(*STREAMS)], True, True),
        (
            "one-group",
            [allow(*STREAMS, on=ONE_GROUP)],
            True,
            True,
        ),
        ("other", [allow(*STREAMS, on=ONE_GROUP)], True, False),
        ("creates", [allow(*STREAMS, "logs:CreateLogGroup")], False, True),
    ],
)
def test_a_function_logs_only_what_its_role_may_write(
    client: Callable[..., Any], name: str, statements: list[dict[str, Any]], has_group: bool, is_logged: bool
) -> None:
    logs, group = client("logs"), f"/aws/lambda/{name}"
    create_function(client, PRIMARY, name, SOURCE)
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        client("iam").put_role_policy(RoleName=f"{name}-{PRIMARY}", PolicyName="p", PolicyDocument=document)
    if has_group:
        logs.create_log_group(logGroupName=group)
    invoked = client("lambda").invoke(FunctionName=name, LogType="Tail")
    assert json.load(invoked["Payload"]) == 1
    groups = [found["logGroupName"] for found in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]]
    events = logs.filter_log_events(logGroupName=group)["events"] if groups else []
    assert any(event["message"].startswith("said") for event in events) is is_logged
    assert bool(groups) is (has_group or is_logged)
    assert len({event["eventId"] for event in events}) == len(events)
