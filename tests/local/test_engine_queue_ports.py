"""What each port to the engine's queues, rules and alarms promises; an upgrade of the engine has to keep this."""

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch, sqs

from mraa_local.engine import metrics, queues
from mraa_local.engine.scope import scope
from tests.local import engine
from tests.local.deploying import unique
from tests.regions import PRIMARY

_ACCOUNTS = itertools.count(600000000000)


@pytest.fixture(autouse=True)
def own_account() -> Iterator[str]:
    """An account of the test's own, and the engine as it was."""
    account = str(next(_ACCOUNTS))
    with engine.restored(), scope(account, PRIMARY):
        yield account


def test_a_queue_takes_a_message_and_is_counted(own_account: str) -> None:
    name = unique("queue")
    url = sqs._act_create_queue({"QueueName": name, "Attributes": {"Policy": "{}"}}, "")["QueueUrl"]
    arn = f"arn:aws:sqs:{PRIMARY}:{own_account}:{name}"
    assert queues.exists(arn)
    assert queues.policy(arn) == "{}"
    assert queues.policy(arn + "x") == ""
    assert not queues.exists(arn + "x")
    assert queues.send(arn, "body")
    assert not queues.send(arn + "x", "body")
    assert queues.backlogs() == [queues.Backlog(name, 1, 0, 0)]
    (message,) = sqs._collect_msgs(sqs._queues[url], 10, 30)
    assert message["body"] == "body"
    assert queues.backlogs() == [queues.Backlog(name, 0, 1, 0)]


def test_alarms_are_judged_by_their_own_metric() -> None:
    judged: list[str] = []
    read: list[str] = []
    cloudwatch._describe_alarms = lambda *of: read.append("described")
    metrics.before_reading_alarms(lambda: read.append("evaluated"))
    cloudwatch._describe_alarms({}, {}, False)
    assert read == ["evaluated", "described"]
    metrics.judge_alarms_by(lambda alarm: judged.append(alarm["AlarmName"]))
    alarm: dict[str, Any] = {
        "AlarmName": unique("alarm"), "Namespace": "Own", "MetricName": "Value", "Statistic": "Maximum",
        "Dimensions": [{"Name": "D", "Value": "1"}], "StateValue": "OK",
    }  # fmt: skip
    cloudwatch.cloudformation_put_metric_alarm(alarm)
    assert judged == [alarm["AlarmName"]]

    now = time.time()
    assert metrics.statistic(alarm, now - 120, now) is None
    metrics.put("Own", "Value", {"D": "2"}, now, "Count", 9)
    for value in (3, 2):
        metrics.put_minute("Own", "Value", {"D": "1"}, "Count", value)
    assert metrics.statistic(alarm, now - 120, now) == 2
    metrics.set_alarm_state(alarm, "ALARM", "why")
    assert (alarm["StateValue"], alarm["StateReason"]) == ("ALARM", "why")
