"""Functions that queues trigger, in both Regions of the running local cloud."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import StackFailedError, eventually, make_stack, resource, unique
from tests.local.replicating import Client, Faults
from tests.local.serving import allow, bodies, new_queue, showing, take_away
from tests.local.streaming import Queue
from tests.regions import PRIMARY, REGIONS, SECONDARY

READING = "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes"


class Consumer:
    """A function with its queue and its dead letters."""

    def __init__(self, client: Client, region: str, seen: Queue, **mapping: Any) -> None:
        variables = {"REPORTS": "yes"} if "FunctionResponseTypes" in mapping else {}
        name = unique("consumer")
        self.ids = make_stack(client, region, name, consumer(seen, f"{name}-q", variables, **mapping))
        sqs = client("sqs", region)
        self.seen, self.queue, self.dead = seen, Queue(sqs, self.ids["Queue"]), Queue(sqs, self.ids["Dead"])
        self.mapping_id, self.role = self.ids["Source"], self.ids["Role"]
        self._sqs = sqs

    def set_visibility_timeout(self, seconds: int) -> None:
        """Lambda looks at it only when the mapping is created."""
        self._sqs.set_queue_attributes(QueueUrl=self.queue.url, Attributes={"VisibilityTimeout": str(seconds)})

    def let_time_out(self, deliveries: int) -> None:
        """Once the function has had its poison so often, let the message be visible again at once."""
        records = eventually(lambda: of if len(of := poison(self.seen)) == deliveries else None)
        self._sqs.change_message_visibility(
            QueueUrl=self.queue.url, ReceiptHandle=records[-1]["receiptHandle"], VisibilityTimeout=0
        )


def poison(seen: Queue) -> list[dict[str, Any]]:
    return [record for event in seen.take() for record in event["Records"] if record["body"] == "poison"]


def consumer(seen: Queue, name: str, variables: dict[str, str], **mapping: Any) -> dict[str, Any]:
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 2}
    source = {"FunctionName": {"Ref": "Function"}, "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, **mapping}
    return {
        **showing(seen, allow(READING, {"Fn::GetAtt": ["Queue", "Arn"]}), **variables),
        "Dead": resource("AWS::SQS::Queue"),
        "Queue": resource("AWS::SQS::Queue", {"QueueName": name, "VisibilityTimeout": "300", "RedrivePolicy": redrive}),
        "Source": resource("AWS::Lambda::EventSourceMapping", source),
    }


@pytest.fixture(scope="module")
def reporting(client: Client) -> Consumer:
    """Reports the messages that failed."""
    return Consumer(client, PRIMARY, new_queue(client), FunctionResponseTypes=["ReportBatchItemFailures"])


def test_what_a_function_reports_is_tried_again_and_ends_in_the_dead_letter_queue(
    client: Client, reporting: Consumer
) -> None:
    sqs = client("sqs", PRIMARY)
    entries = [{"Id": text, "MessageBody": text} for text in ("fine", "poison", "good")]
    sqs.send_message_batch(QueueUrl=reporting.queue.url, Entries=entries)
    reporting.let_time_out(1)
    reporting.let_time_out(2)
    (dead,) = eventually(
        lambda: sqs.receive_message(
            QueueUrl=reporting.dead.url, MessageSystemAttributeNames=["All"], VisibilityTimeout=600
        ).get("Messages")
    )
    assert dead["Body"] == "poison"
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == reporting.queue.arn
    seen = [text for batch in bodies(reporting.seen) for text in batch]
    assert sorted(seen) == ["fine", "good", "poison", "poison"]
    eventually(lambda: reporting.queue.counts() == (0, 0))


def test_a_record_says_where_it_comes_from_and_how_often_it_came(client: Client) -> None:
    seen = new_queue(client)
    subject = Consumer(client, PRIMARY, seen)
    subject.queue.send("poison")
    subject.let_time_out(1)

    first, second = eventually(lambda: events if len(events := seen.take()) == 2 else None)
    (record,), (again,) = first["Records"], second["Records"]
    assert (record["eventSource"], record["awsRegion"]) == ("aws:sqs", PRIMARY)
    assert record["eventSourceARN"] == subject.queue.arn
    assert record["messageId"] == again["messageId"]
    assert record["receiptHandle"] != again["receiptHandle"]
    assert [of["attributes"]["ApproximateReceiveCount"] for of in (record, again)] == ["1", "2"]


def test_each_region_has_a_queue_of_its_own_under_the_same_name(client: Client) -> None:
    name = unique("shared")
    seen = {region: new_queue(client) for region in REGIONS}
    for region in REGIONS:
        make_stack(client, region, unique("own"), consumer(seen[region], name, {}))
        Queue(client("sqs", region), client("sqs", region).get_queue_url(QueueName=name)["QueueUrl"]).send(region)
    for region in REGIONS:
        eventually(seen[region].take)
        assert bodies(seen[region]) == [[region]]


@pytest.mark.parametrize("state", ["down", "hangs"])
def test_a_consumer_stops_with_its_region_and_continues_with_it(client: Client, faults: Faults, state: str) -> None:
    seen = new_queue(client)  # in the other Region, where it can be read meanwhile
    subject = Consumer(client, SECONDARY, seen)
    client("sqs", SECONDARY).set_queue_attributes(QueueUrl=subject.queue.url, Attributes={"RedrivePolicy": ""})
    subject.set_visibility_timeout(1)
    subject.queue.send("poison")
    eventually(seen.take)
    faults.set("region", region=SECONDARY, state=state)
    before = seen.at_rest(2.5)  # more than the time-out after which it would come again
    faults.set("region", region=SECONDARY, state="up")
    eventually(lambda: len(seen.take()) > before)
    client("lambda", SECONDARY).delete_event_source_mapping(UUID=subject.mapping_id)


def test_a_batch_waits_for_its_window_until_it_is_full(client: Client) -> None:
    seen = new_queue(client)
    subject = Consumer(client, PRIMARY, seen, BatchSize=3, MaximumBatchingWindowInSeconds=300)
    subject.queue.send("1", "2")
    eventually(lambda: subject.queue.counts() == (0, 2))
    assert seen.take() == []
    subject.queue.send("3")
    assert eventually(lambda: bodies(seen)) == [["1", "2", "3"]]


def test_what_the_filters_leave_out_is_deleted(client: Client) -> None:
    seen = new_queue(client)
    pattern = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["wanted"]}})}]}
    subject = Consumer(client, PRIMARY, seen, FilterCriteria=pattern)
    wanted = json.dumps({"kind": "wanted"})
    subject.queue.send(json.dumps({"kind": "other"}), wanted)
    assert eventually(lambda: bodies(seen)) == [[wanted]]
    eventually(lambda: subject.queue.counts() == (0, 0))
    assert subject.dead.counts() == (0, 0)


def test_a_role_that_loses_its_permission_gets_nothing_more_and_the_queue_keeps_it(client: Client) -> None:
    seen = new_queue(client)
    subject = Consumer(client, PRIMARY, seen)
    take_away(client, subject.role)
    subject.queue.send("kept")
    lambda_ = client("lambda", PRIMARY)
    eventually(
        lambda: "may not receive" in lambda_.get_event_source_mapping(UUID=subject.mapping_id)["LastProcessingResult"]
    )
    assert subject.queue.counts() == (1, 0)
    assert seen.take() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Role": []}, "does not have permissions to call ReceiveMessage on SQS"),
        ({"Role": ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]}, "permissions to call DeleteMessage on SQS"),
        ({"Source": {"BatchSize": 11}}, "Maximum batch window in seconds must be greater than 0"),
        ({"Source": {"BatchSize": "many"}}, "BatchSize"),
        ({"Source": {"MaximumRetryAttempts": 2}}, "does not support MaximumRetryAttempts"),
        ({"Source": {"ScalingConfig": {"MaximumConcurrency": 1}}}, "maximumConcurrency"),
        ({"Queue": {"VisibilityTimeout": 0}}, "Queue visibility timeout: 0 seconds is less than Function timeout: 30"),
        ({"Queue": {"VisibilityTimeout": 43_201}}, "VisibilityTimeout"),
        ({"Queue": {"RedrivePolicy": {"maxReceiveCount": 2}}}, "RedrivePolicy"),
    ],
)
def test_what_lambda_and_sqs_would_refuse_fails_the_stack(client: Client, changes: dict[str, Any], reason: str) -> None:
    seen = new_queue(client)
    resources = consumer(seen, unique("refused"), {})
    for name in changes.keys() - {"Role"}:
        resources[name]["Properties"] |= changes[name]
    if "Role" in changes:
        actions = " ".join(["sqs:SendMessage", *changes["Role"]])
        policy = {"Version": "2012-10-17", "Statement": [allow(actions)]}
        resources["Role"]["Properties"]["Policies"] = [{"PolicyName": "own", "PolicyDocument": policy}]
    with pytest.raises(StackFailedError, match=reason):
        make_stack(client, PRIMARY, unique("refused"), resources)


def test_a_queue_that_does_not_exist_is_no_event_source(client: Client, reporting: Consumer) -> None:
    lambda_ = client("lambda", PRIMARY)
    for queue in (f"{reporting.queue.arn}-no", reporting.queue.arn.replace(PRIMARY, SECONDARY), "nonsense"):
        with pytest.raises(ClientError) as raised:
            lambda_.create_event_source_mapping(FunctionName=reporting.ids["Function"], EventSourceArn=queue)
        error = raised.value.response["Error"]
        assert error["Code"] in ("InvalidParameterValueException", "ValidationException"), error
