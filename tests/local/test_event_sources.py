"""Streams of a global table and the functions they trigger, in both Regions of the running local cloud."""

import functools
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import StackFailedError, eventually, make_stack, unique
from tests.local.replicating import Client, Faults
from tests.local.streaming import Queue, consumer, make_table, role, source, stream_arn
from tests.regions import PRIMARY, REGIONS, SECONDARY

TABLE = "streamed"


@dataclass
class Consumer:
    """A Region's function and its queues."""

    function: str
    mapping_id: str
    seen: Queue
    given_up: Queue


@pytest.fixture(scope="module")
def table(client: Client) -> str:
    make_table(client, TABLE)
    return TABLE


@pytest.fixture(scope="module")
def consumers(client: Client, table: str) -> dict[str, Consumer]:
    """A function in each Region; retries twice and splits what fails."""
    return {region: make_consumer(client, region, BisectBatchOnFunctionError=True) for region in REGIONS}


def make_consumer(client: Client, region: str, variables: dict[str, str] | None = None, **mapping: Any) -> Consumer:
    stream = stream_arn(client, region, TABLE)
    resources = consumer(stream, variables, **{"MaximumRetryAttempts": 2, **mapping})
    ids = make_stack(client, region, unique("consumer"), resources)
    sqs = client("sqs", region)
    return Consumer(ids["Function"], ids["Source"], Queue(sqs, ids["Seen"]), Queue(sqs, ids["GivenUp"]))


def put(client: Client, region: str, key: str, value: str) -> None:
    client("dynamodb", region).put_item(TableName=TABLE, Item={"id": {"S": key}, "v": {"S": value}})


def put_together(client: Client, region: str, values: dict[str, str]) -> None:
    """In one transaction."""
    puts = [{"Put": {"TableName": TABLE, "Item": {"id": {"S": k}, "v": {"S": v}}}} for k, v in values.items()]
    client("dynamodb", region).transact_write_items(TransactItems=puts)


def test_each_replica_has_a_stream_of_its_own(client: Client, table: str) -> None:
    for region in REGIONS:
        described = client("dynamodb", region).describe_table(TableName=table)["Table"]
        label = described["LatestStreamLabel"]
        assert described["LatestStreamArn"] == (f"arn:aws:dynamodb:{region}:000000000000:table/{table}/stream/{label}")
        described = client("dynamodbstreams", region).describe_stream(StreamArn=described["LatestStreamArn"])
        assert described["StreamDescription"]["StreamStatus"] == "ENABLED"


def has_all(seen: Queue, key: str) -> bool:
    return len(seen.records(key)) == 3


@pytest.mark.parametrize(("here", "there"), [REGIONS, REGIONS[::-1]])
def test_writes_and_replicated_writes_trigger_the_regions_function_in_order(
    client: Client, consumers: dict[str, Consumer], faults: Faults, here: str, there: str
) -> None:
    key = unique("item")
    put(client, here, key, "1")
    put(client, here, key, "2")
    client("dynamodb", here).delete_item(TableName=TABLE, Key={"id": {"S": key}})

    for region in (here, there):
        seen = consumers[region].seen
        eventually(functools.partial(has_all, seen, key))
        inserted, modified, removed = seen.records(key)
        assert [record["eventName"] for record in (inserted, modified, removed)] == ["INSERT", "MODIFY", "REMOVE"]
        old, new = ({"id": {"S": key}, "v": {"S": value}} for value in "12")
        assert "OldImage" not in inserted["dynamodb"]
        assert inserted["dynamodb"]["NewImage"] == old
        assert modified["dynamodb"]["OldImage"] == old
        assert modified["dynamodb"]["NewImage"] == new
        assert removed["dynamodb"]["OldImage"] == new
        assert "NewImage" not in removed["dynamodb"]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in (inserted, modified, removed)]
        assert numbers == sorted(numbers)
        assert {record["awsRegion"] for record in (inserted, modified, removed)} == {region}
        assert inserted["eventSourceARN"] == stream_arn(client, region, TABLE)
        assert inserted["eventSource"] == "aws:dynamodb"
        assert inserted["dynamodb"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert modified["dynamodb"]["SizeBytes"] > inserted["dynamodb"]["SizeBytes"] > 0


def test_a_replicated_write_shows_what_it_replaced_and_one_that_loses_shows_nothing(
    client: Client, consumers: dict[str, Consumer], faults: Faults
) -> None:
    key = unique("conflict")
    faults.between("cut", PRIMARY, SECONDARY)
    faults.between("cut", SECONDARY, PRIMARY)
    put(client, PRIMARY, key, "first")
    put(client, SECONDARY, key, "second")
    faults.between("heal", PRIMARY, SECONDARY)
    faults.between("heal", SECONDARY, PRIMARY)

    eventually(lambda: len(consumers[PRIMARY].seen.records(key)) == 2)
    replaced = consumers[PRIMARY].seen.records(key)[1]
    assert replaced["eventName"] == "MODIFY"
    assert replaced["dynamodb"]["OldImage"]["v"] == {"S": "first"}
    assert replaced["dynamodb"]["NewImage"]["v"] == {"S": "second"}
    (own,) = eventually(lambda: consumers[SECONDARY].seen.records(key))
    assert own["dynamodb"]["NewImage"]["v"] == {"S": "second"}


def test_a_record_that_keeps_failing_is_given_up_alone_and_reported(
    client: Client, consumers: dict[str, Consumer], faults: Faults
) -> None:
    subject = consumers[PRIMARY]
    before, poison, behind = unique("before"), unique("poison"), unique("behind")
    put_together(client, PRIMARY, {before: "fine", poison: "poison", behind: "fine"})

    (report,) = eventually(subject.given_up.take)
    (record,) = subject.seen.records(poison)
    number = record["dynamodb"]["SequenceNumber"]
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert report["requestContext"]["approximateInvokeCount"] == 3
    assert report["requestContext"]["functionArn"].endswith(f":function:{subject.function}")
    assert report["responseContext"] == {
        "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
    }  # fmt: skip
    assert report["DDBStreamBatchInfo"]["streamArn"] == stream_arn(client, PRIMARY, TABLE)
    assert report["DDBStreamBatchInfo"]["batchSize"] == 1
    assert report["DDBStreamBatchInfo"]["startSequenceNumber"] == number
    assert report["DDBStreamBatchInfo"]["endSequenceNumber"] == number
    eventually(lambda: subject.seen.records(behind))
    put(client, PRIMARY, behind, "later")
    eventually(lambda: len(subject.seen.records(behind)) == 2)
    # gone from both tables' streams before other tests count what is given up
    eventually(consumers[SECONDARY].given_up.take)


def test_records_that_the_function_reports_are_retried_without_those_before_them(
    client: Client, table: str, faults: Faults
) -> None:
    reports = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
    subject = make_consumer(client, PRIMARY, {"REPORTS": "yes"}, Enabled=False, **reports)
    before, poison = unique("before"), unique("poison")
    put_together(client, PRIMARY, {before: "fine", poison: "poison"})
    client("lambda", PRIMARY).update_event_source_mapping(UUID=subject.mapping_id, Enabled=True)

    (report,) = eventually(subject.given_up.take)
    assert report["DDBStreamBatchInfo"]["batchSize"] == 1
    deliveries = [[record["dynamodb"]["Keys"]["id"]["S"] for record in body["Records"]] for body in subject.seen.take()]
    assert deliveries == [[before, poison], [poison], [poison], [poison]]
    client("lambda", PRIMARY).delete_event_source_mapping(UUID=subject.mapping_id)


def test_an_event_source_stops_with_its_region_and_continues_with_it(
    client: Client, table: str, faults: Faults
) -> None:
    key, sqs = unique("lost"), client("sqs", PRIMARY)
    # in the other Region, where it can be read meanwhile
    outside = Queue(sqs, sqs.create_queue(QueueName=unique("outside"))["QueueUrl"])
    variables = {"SEEN": outside.url, "SEEN_REGION": PRIMARY}
    subject = make_consumer(client, SECONDARY, variables, MaximumRetryAttempts=-1)
    put(client, SECONDARY, key, "poison")
    eventually(outside.take)
    faults.set("region", region=SECONDARY, state="down")
    before = len(outside.take())
    left = outside.at_rest(1.5)
    assert left - before <= 1, "more than an invocation that had begun"
    faults.set("region", region=SECONDARY, state="up")
    eventually(lambda: len(outside.take()) > left)
    client("lambda", SECONDARY).delete_event_source_mapping(UUID=subject.mapping_id)


@pytest.mark.parametrize("region", REGIONS)
def test_mappings_are_created_listed_changed_and_deleted_by_the_api(
    client: Client, consumers: dict[str, Consumer], region: str
) -> None:
    lambda_, subject = client("lambda", region), consumers[region]
    stream = stream_arn(client, region, TABLE)
    listed = lambda_.list_event_source_mappings(FunctionName=subject.function)["EventSourceMappings"]
    assert [mapping["UUID"] for mapping in listed] == [subject.mapping_id]
    with pytest.raises(ClientError, match="already exists") as raised:
        lambda_.create_event_source_mapping(
            FunctionName=subject.function, EventSourceArn=stream, StartingPosition="LATEST"
        )
    assert raised.value.response["Error"]["Code"] == "ResourceConflictException"

    lambda_.delete_event_source_mapping(UUID=subject.mapping_id)
    with pytest.raises(lambda_.exceptions.ResourceNotFoundException):
        lambda_.get_event_source_mapping(UUID=subject.mapping_id)
    key = unique("unseen")
    put(client, region, key, "1")
    made = lambda_.create_event_source_mapping(
        FunctionName=subject.function, EventSourceArn=stream, StartingPosition="LATEST", Enabled=False
    )
    assert (made["BatchSize"], made["MaximumRetryAttempts"], made["State"]) == (100, -1, "Disabled")
    put(client, region, key, "2")
    pattern = '{"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"v": {"S": [{"anything-but": ["3"]}]}}}}'
    lambda_.update_event_source_mapping(
        UUID=made["UUID"], Enabled=True, FilterCriteria={"Filters": [{"Pattern": pattern}]}, MaximumRetryAttempts=2
    )
    assert lambda_.get_event_source_mapping(UUID=made["UUID"])["MaximumRetryAttempts"] == 2
    put(client, region, key, "3")
    put(client, region, key, "4")
    eventually(lambda: len(subject.seen.records(key)) == 2)
    assert [record["dynamodb"]["NewImage"]["v"]["S"] for record in subject.seen.records(key)] == ["2", "4"]
    subject.mapping_id = made["UUID"]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"ParallelizationFactor": 2}, "does not support ParallelizationFactor"),
        ({"MaximumRecordAgeInSeconds": 60}, "does not support MaximumRecordAgeInSeconds"),
        ({"BatchSize": 10_001}, "BatchSize must be between"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"a": [{"cidr": "::/0"}]}'}]}}, "does not support"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sns:us-east-1:000000000000:t"}}}, "queues"),
    ],
)
def test_settings_that_would_be_ignored_are_refused(
    client: Client, consumers: dict[str, Consumer], setting: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason) as raised:
        client("lambda", PRIMARY).update_event_source_mapping(UUID=consumers[PRIMARY].mapping_id, **setting)
    assert raised.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_the_stream_must_exist_and_the_role_must_be_able_to_read_it_and_to_report(client: Client, table: str) -> None:
    stream = stream_arn(client, PRIMARY, TABLE)

    def refusal(**changed: Any) -> str:
        resources = {**consumer(stream), **changed}
        with pytest.raises(StackFailedError) as raised:
            make_stack(client, PRIMARY, unique("refused"), resources)
        return str(raised.value)

    assert "Stream not found" in refusal(Source=source(f"{stream}x", {"Ref": "Function"}))
    only_some = role(reading=["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"])
    assert f"Cannot access stream {stream}. Please ensure the role can perform" in refusal(Role=only_some)
    expected = "The provided execution role does not have permissions to call SendMessage on SQS"
    assert expected in refusal(Role=role(sending="sqs:ReceiveMessage"))
    unsupported = source(stream, {"Ref": "Function"}, ParallelizationFactor=2)
    assert "does not support the property ParallelizationFactor" in refusal(Source=unsupported)


def test_a_template_changes_its_mapping_in_place(client: Client, table: str) -> None:
    name, stream = unique("changed"), stream_arn(client, PRIMARY, TABLE)
    resources = consumer(stream, MaximumRetryAttempts="5", BisectBatchOnFunctionError="true")
    before = make_stack(client, PRIMARY, name, resources)
    lambda_ = client("lambda", PRIMARY)
    assert lambda_.get_event_source_mapping(UUID=before["Source"])["BisectBatchOnFunctionError"] is True
    resources["Source"] = source(stream, {"Ref": "Function"}, BatchSize=7)

    after = make_stack(client, PRIMARY, name, resources)

    assert after["Source"] == before["Source"]
    found = lambda_.get_event_source_mapping(UUID=after["Source"])
    assert (found["BatchSize"], found["MaximumRetryAttempts"]) == (7, -1)
    assert found["BisectBatchOnFunctionError"] is False
    client("cloudformation", PRIMARY).delete_stack(StackName=name)
