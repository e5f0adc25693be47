"""Kinesis streams and the functions they trigger, in both Regions of the running local cloud."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import StackFailedError, eventually, make_stack, resource, unique
from tests.local.replicating import Client, Faults
from tests.local.serving import allow, arn, new_queue, showing, take_away
from tests.local.streaming import Queue
from tests.regions import PRIMARY, REGIONS, SECONDARY

READING = (
    "kinesis:GetRecords kinesis:GetShardIterator kinesis:DescribeStream kinesis:DescribeStreamSummary "
    "kinesis:ListShards"
)
STREAM = {"Fn::GetAtt": ["Stream", "Arn"]}


def consumed(seen: Queue, name: str, shards: int = 2, reading: str = READING, **mapping: Any) -> dict[str, Any]:
    source = {
        "FunctionName": {"Ref": "Function"}, "EventSourceArn": STREAM, "StartingPosition": "TRIM_HORIZON", **mapping,
    }  # fmt: skip
    return {
        **showing(seen, allow(reading, STREAM)),
        "Stream": resource("AWS::Kinesis::Stream", {"Name": name, "ShardCount": shards}),
        "Source": resource("AWS::Lambda::EventSourceMapping", source),
    }


def put(client: Client, region: str, stream: str, *texts: str, key: str = "k") -> None:
    for text in texts:
        client("kinesis", region).put_record(StreamName=stream, PartitionKey=key, Data=text.encode())


def shown(seen: Queue) -> list[str]:
    """What the function got, in its order."""
    return [
        base64.b64decode(record["kinesis"]["data"]).decode() for event in seen.take() for record in event["Records"]
    ]


@pytest.mark.parametrize("region", REGIONS)
def test_a_stream_of_a_region_triggers_its_function_in_the_order_of_a_key(client: Client, region: str) -> None:
    seen = new_queue(client)
    ids = make_stack(client, region, unique("stream"), consumed(seen, "same-name"))
    put(client, region, ids["Stream"], "1", "2", "3")
    eventually(lambda: len(shown(seen)) == 3)
    assert shown(seen) == ["1", "2", "3"]
    record = seen.take()[0]["Records"][0]
    assert (record["eventSource"], record["awsRegion"]) == ("aws:kinesis", region)
    assert record["eventSourceARN"] == arn("kinesis", "stream/same-name", region)
    assert record["eventID"].startswith("shardId-")


def test_a_mapping_from_latest_sees_what_is_written_after_it(client: Client) -> None:
    seen, name = new_queue(client), unique("latest")
    resources = consumed(seen, name, StartingPosition="LATEST")
    source = resources.pop("Source")
    ids = make_stack(client, PRIMARY, name, resources)
    put(client, PRIMARY, ids["Stream"], "before")
    make_stack(client, PRIMARY, name, {**resources, "Source": source})
    put(client, PRIMARY, ids["Stream"], "after")
    eventually(lambda: shown(seen))
    assert shown(seen) == ["after"]


def test_a_batch_that_keeps_failing_is_given_up_and_reported(client: Client) -> None:
    seen, given_up = new_queue(client), new_queue(client)
    resources = consumed(
        seen, unique("failing"), MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": given_up.arn}}
    )
    statements = resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    statements.append(allow("sqs:SendMessage", given_up.arn))
    # fails for any record: there is no such queue
    resources["Function"]["Properties"]["Environment"]["Variables"]["SEEN"] = f"{seen.url}-none"
    ids = make_stack(client, PRIMARY, unique("failing"), resources)
    put(client, PRIMARY, ids["Stream"], "1")
    (report,) = eventually(given_up.take)
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    info = report["KinesisBatchInfo"]
    assert info["shardId"].startswith("shardId-")
    assert (info["batchSize"], info["streamArn"]) == (1, arn("kinesis", f"stream/{ids['Stream']}"))


def test_a_filter_sees_the_data_as_json(client: Client) -> None:
    seen = new_queue(client)
    pattern = {"Filters": [{"Pattern": json.dumps({"data": {"kind": ["wanted"]}})}]}
    ids = make_stack(client, PRIMARY, unique("filter"), consumed(seen, unique("filter"), FilterCriteria=pattern))
    wanted = json.dumps({"kind": "wanted"})
    put(client, PRIMARY, ids["Stream"], json.dumps({"kind": "other"}), wanted)
    eventually(lambda: shown(seen))
    assert shown(seen) == [wanted]


@pytest.mark.parametrize("state", ["down", "hangs"])
def test_a_stream_and_its_consumer_are_down_with_their_region(client: Client, faults: Faults, state: str) -> None:
    seen, texts = new_queue(client), [str(number) for number in range(100)]
    ids = make_stack(client, SECONDARY, unique("lost"), consumed(seen, unique("lost"), BatchSize=1))
    records = [{"PartitionKey": "k", "Data": text.encode()} for text in texts]
    client("kinesis", SECONDARY).put_records(StreamName=ids["Stream"], Records=records)
    faults.set("region", region=SECONDARY, state=state)
    before = len(seen.take())
    assert seen.at_rest(1) - before <= 1, "more than an invocation that had begun"
    faults.set("region", region=SECONDARY, state="up")
    eventually(lambda: set(shown(seen)) == set(texts))


def test_a_role_that_loses_its_permission_gets_nothing_more(client: Client) -> None:
    seen = new_queue(client)
    ids = make_stack(client, PRIMARY, unique("denied"), consumed(seen, unique("denied")))
    take_away(client, ids["Role"])
    put(client, PRIMARY, ids["Stream"], "1")
    lambda_ = client("lambda")
    eventually(lambda: "may not read" in lambda_.get_event_source_mapping(UUID=ids["Source"])["LastProcessingResult"])
    assert seen.take() == []


def test_who_reads_and_writes_needs_the_right_to(client: Client, identity: Any, as_user: Any) -> None:
    ids = make_stack(client, PRIMARY, unique("own"), {"Stream": resource("AWS::Kinesis::Stream", {"ShardCount": 1})})
    stream = arn("kinesis", f"stream/{ids['Stream']}")
    writer = as_user("kinesis", identity(unique("writer"), allow("kinesis:PutRecord kinesis:GetShardIterator", stream)))
    sent = writer.put_record(StreamName=ids["Stream"], PartitionKey="k", Data=b"d")
    assert sent["ShardId"] == "shardId-000000000000"
    at = writer.get_shard_iterator(StreamName=ids["Stream"], ShardId=sent["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    with pytest.raises(ClientError, match="kinesis:GetRecords"):
        writer.get_records(ShardIterator=at)
    reader = as_user("kinesis", identity(unique("reader"), allow("kinesis:GetRecords", stream)))
    assert [record["Data"] for record in reader.get_records(ShardIterator=at)["Records"]] == [b"d"]


@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("Stream", {"ShardCount": 0}, "ShardCount"),
        ("Stream", {"ShardCount": "many"}, "ShardCount"),
        ("Stream", {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, "ShardCount must not be provided"),
        ("Stream", {"RetentionPeriodHours": 9_000}, "RetentionPeriodHours"),
        ("Stream", {"Name": "bad name"}, "streamName"),
        ("Source", {"StartingPosition": "AT_TIMESTAMP"}, "StartingPosition"),
        ("Source", {"ParallelizationFactor": 2}, "does not support the property ParallelizationFactor"),
        ("Source", {"EventSourceArn": arn("kinesis", "stream/none")}, "Stream not found"),
    ],
)
def test_what_kinesis_and_lambda_would_refuse_fails_the_stack(
    client: Client, name: str, properties: dict[str, Any], reason: str
) -> None:
    resources = consumed(new_queue(client), unique("refused"))
    resources[name]["Properties"] |= properties
    with pytest.raises(StackFailedError, match=reason):
        make_stack(client, PRIMARY, unique("refused"), resources)


def test_a_role_that_may_not_read_the_stream_is_refused(client: Client) -> None:
    resources = consumed(new_queue(client), unique("refused"), reading="kinesis:GetRecords")
    with pytest.raises(StackFailedError, match=r"Cannot access stream .* Please ensure the role can perform"):
        make_stack(client, PRIMARY, unique("refused"), resources)
