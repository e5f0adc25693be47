"""What is kept: the newest of what grows, and the state as one file; an upgrade of the engine has to keep this."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ministack.app as application
import pytest
from ministack.core import persistence
from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, eventbridge

from mraa_local.engine import log_groups, metrics, rules, snapshots, stores, streams
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


def lines(group: str) -> list[str]:
    found = cloudwatch_logs._log_groups[group]["streams"].values()
    return [event["message"] for stream in found for event in stream["events"]]


def test_of_a_log_group_the_newest_events_are_kept() -> None:
    one, many = unique("one-stream"), unique("many-streams")
    for group in (one, many):
        cloudwatch_logs._create_log_group({"logGroupName": group})
    for number in range(10):
        log_groups.write(one, "s", f"line {number}")
        log_groups.write(many, f"s{number}", f"line {number}")
        time.sleep(0.002)  # which stream is older is told by the millisecond
    log_groups.keep_newest(3)
    assert lines(one) == ["line 7", "line 8", "line 9"]
    assert sorted(lines(many)) == ["line 7", "line 8", "line 9"]
    assert sorted(cloudwatch_logs._log_groups[many]["streams"]) == ["s7", "s8", "s9"]
    assert len(cloudwatch_logs._log_records.all_values()) == 3


def test_of_a_stream_the_newest_records_are_kept_at_their_positions() -> None:
    name = unique("things")
    dynamodb._create_table(
        {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        }
    )
    for number in range(10):
        dynamodb._put_item({"TableName": name, "Item": {"id": {"S": str(number)}}})
    streams.keep_newest(3)
    kept = dynamodb.stream_records_since(name, 0, 100)
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in kept] == ["7", "8", "9"]
    assert dynamodb.stream_start_position(name) == 7
    assert dynamodb.stream_end_position(name) == 10


def test_of_a_metric_the_newest_datapoints_are_kept() -> None:
    for number in range(10):
        metrics.put("Own", "m", {}, time.time() + number, "Count", float(number))
    metrics.keep_newest(3)
    points: list[Any] = cloudwatch._metrics["Own", "m", cloudwatch._dims_key({})]
    assert len(points) == 3
    assert metrics.statistic({"Namespace": "Own", "MetricName": "m", "Statistic": "Minimum"}, 0, time.time() + 60) == 7


def test_of_events_the_newest_are_kept() -> None:
    eventbridge._ensure_default_bus()
    for number in range(5):
        eventbridge._put_events({"Entries": [{"Source": str(number), "DetailType": "d", "Detail": "{}"}]})
    rules.keep_newest_events(2)
    assert [event["Source"] for event in eventbridge._events_log_list()] == ["3", "4"]


def test_the_state_is_written_and_read_as_one_file(tmp_path: Path, own_account: str) -> None:
    path = tmp_path / "data" / "state"
    eventbridge._ensure_default_bus()
    stores.keep_at_stop("own", lambda: {"kept": ["a", 1]})
    state = snapshots.current()
    assert {"own", "eventbridge"} <= state.keys()
    snapshots.write(path, state)
    snapshots.keep_in(path)
    assert stores.kept("own") == {"kept": ["a", 1]}
    assert stores.kept("none") == {}
    buses = persistence.load_state("eventbridge")["buses"]
    assert buses.get_scoped(own_account, PRIMARY, "default")["Name"] == "default"
    assert [entry.name for entry in path.parent.iterdir()] == ["state"]


def test_a_state_that_is_written_late_does_not_replace_the_one_of_the_stop(tmp_path: Path) -> None:
    path, kept = tmp_path / "state", {"is": "older"}
    stores.keep_at_stop("own", lambda: dict(kept))
    older = snapshots.current()
    kept["is"] = "last"
    snapshots.keep_in(path)
    application.save_all({})
    snapshots.write(path, older)
    snapshots.keep_in(path)
    assert stores.kept("own") == {"is": "last"}
