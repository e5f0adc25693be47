"""Records that a function has not seen when a persisted local cloud stops reach it after the next start."""

import functools
from pathlib import Path
from typing import Any

from mraa_local import process
from tests.local.conftest import make_client
from tests.local.deploying import eventually, make_stack
from tests.local.streaming import Queue, consumer, make_table, stream_arn
from tests.regions import PRIMARY


def test_a_stop_loses_no_record(local_home: Path) -> None:
    first = process.start(persist=True)
    try:
        client: Any = functools.partial(make_client, first)
        make_table(client, "things")
        ids = make_stack(client, PRIMARY, "consumer", consumer(stream_arn(client, PRIMARY, "things"), Enabled=False))
        client("dynamodb", PRIMARY).put_item(TableName="things", Item={"id": {"S": "k"}})
    finally:
        process.stop(first.port)
    second = process.start(first.port, persist=True)
    try:
        client = functools.partial(make_client, second)
        client("lambda", PRIMARY).update_event_source_mapping(UUID=ids["Source"], Enabled=True)
        seen = Queue(client("sqs", PRIMARY), ids["Seen"])
        eventually(lambda: seen.records("k"))
        client("dynamodb", PRIMARY).delete_item(TableName="things", Key={"id": {"S": "k"}})
        eventually(lambda: len(seen.records("k")) == 2)
    finally:
        process.stop(second.port)
