"""A persisted local cloud that is killed comes back with what was saved a few seconds before."""

import functools
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from mraa_local import persistence, process
from mraa_local.errors import LocalCloudError
from mraa_local.process import LocalCloud
from tests.local import sample_api
from tests.local.conftest import make_client
from tests.local.deploying import eventually, make_stack
from tests.local.replicating import Faults
from tests.local.requests import signed
from tests.regions import PRIMARY, REGIONS, SECONDARY

TABLE = "things"


def make_table(client: Any) -> None:
    client("dynamodb", PRIMARY).create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("dynamodb", PRIMARY).update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": SECONDARY}}])


def put(client: Any, region: str, value: str) -> None:
    client("dynamodb", region).put_item(TableName=TABLE, Item={"id": {"S": "k"}, "v": {"S": value}})


def values(client: Any) -> list[str]:
    """What each Region has."""
    asked = {"TableName": TABLE, "Key": {"id": {"S": "k"}}, "ConsistentRead": True}
    found = [client("dynamodb", region).get_item(**asked).get("Item") for region in REGIONS]
    return [item["v"]["S"] if item else "" for item in found]


def kill_once_saved(cloud: LocalCloud, value: str) -> None:
    """End the cloud as a lost machine does, after a snapshot that has the value."""
    snapshot = cloud.folder / "data" / persistence.FILE
    eventually(lambda: snapshot.exists() and value in snapshot.read_text())
    os.kill(cloud.pid, signal.SIGKILL)
    process.stop(cloud.port)


def test_a_killed_cloud_has_everything_that_was_saved(local_home: Path) -> None:
    first = process.start(persist=True)
    client: Any = functools.partial(make_client, first)
    ids = make_stack(client, PRIMARY, "sample", sample_api.resources())
    client("s3", PRIMARY).create_bucket(Bucket="kept")
    client("s3", PRIMARY).put_object(Bucket="kept", Key="k", Body=b"object")
    make_table(client)
    put(client, PRIMARY, "the-saved-value")
    kill_once_saved(first, "the-saved-value")
    second = process.start(first.port, persist=True)
    try:
        client = functools.partial(make_client, second)
        eventually(lambda: values(client) == ["the-saved-value"] * 2)
        assert client("s3", PRIMARY).get_object(Bucket="kept", Key="k")["Body"].read() == b"object"
        stack = client("cloudformation", PRIMARY).describe_stacks(StackName="sample")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        path = f"/_aws/execute-api/{ids['Api']}/prod/things/none"
        assert signed(second, "execute-api", "GET", path).json == {}
        put(client, PRIMARY, "a-later-value")
    finally:
        process.stop(second.port)
    third = process.start(first.port, persist=True)
    try:
        assert "a-later-value" in values(functools.partial(make_client, third))
    finally:
        process.stop(third.port)


def test_a_half_written_snapshot_is_not_read(local_home: Path) -> None:
    first = process.start(persist=True)
    client: Any = functools.partial(make_client, first)
    make_table(client)
    put(client, PRIMARY, "the-whole-value")
    kill_once_saved(first, "the-whole-value")
    (first.folder / "data" / persistence.FILE).with_suffix(".new").write_text('{"dynamodb": {"tab')
    second = process.start(first.port, persist=True)
    try:
        assert "the-whole-value" in values(functools.partial(make_client, second))
    finally:
        process.stop(second.port)


def test_the_last_writer_wins_over_a_restart(local_home: Path) -> None:
    first = process.start(persist=True)
    try:
        client: Any = functools.partial(make_client, first)
        make_table(client)
        # the earlier write is held up; the later one has arrived before the restart and is in flight no more
        Faults(first).between("cut", PRIMARY, SECONDARY)
        put(client, PRIMARY, "earlier")
        put(client, SECONDARY, "later")
        eventually(lambda: values(client) == ["later", "later"])
    finally:
        process.stop(first.port)
    second = process.start(first.port, persist=True)
    try:
        client = functools.partial(make_client, second)
        faults = Faults(second)
        eventually(lambda: faults.pending(PRIMARY, SECONDARY)["items"] == 0)
        assert values(client) == ["later", "later"]
    finally:
        process.stop(second.port)


def test_a_snapshot_that_cannot_be_read_is_named(local_home: Path) -> None:
    first = process.start(persist=True)
    process.stop(first.port)
    (first.folder / "data" / persistence.FILE).write_text("{")
    with pytest.raises(LocalCloudError, match=r"The saved state in .* cannot be read") as failed:
        process.start(first.port, persist=True)
    assert failed.value.hint == "Remove it to start empty."
