"""What the tests of event sources share: a global table, and in each Region a function that its stream triggers."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.local.deploying import ACCOUNT, eventually, make_stack, resource, unique
from tests.regions import PRIMARY, REGIONS

Client = Callable[..., Any]
READING = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"]

# sends what it gets to a queue, then fails on poison: by raising, or by reporting the record
CODE = """
import json
import os

import boto3

sqs = boto3.client("sqs", region_name=os.environ.get("SEEN_REGION"))


def handle(event, context):
    sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
    poison = [
        record["dynamodb"]["SequenceNumber"]
        for record in event["Records"]
        if record["dynamodb"].get("NewImage", {}).get("v") == {"S": "poison"}
    ]
    if os.environ.get("REPORTS"):
        return {"batchItemFailures": [{"itemIdentifier": number} for number in poison]}
    if poison:
        raise RuntimeError("poison")
"""


def make_table(client: Client, name: str) -> None:
    """A global table in both Regions with streams."""
    properties = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Replicas": [{"Region": region} for region in REGIONS],
    }
    make_stack(client, PRIMARY, name, {"Table": resource("AWS::DynamoDB::GlobalTable", properties)})


def stream_arn(client: Client, region: str, table: str) -> str:
    return str(client("dynamodb", region).describe_table(TableName=table)["Table"]["LatestStreamArn"])


def role(*, reading: list[str] = READING, sending: str = "sqs:SendMessage") -> dict[str, Any]:
    """A function's role in a template."""
    allow = [{"Effect": "Allow", "Action": [*reading, sending, "events:PutEvents"], "Resource": "*"}]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return resource(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": allow}}],
        },
    )


def source(stream: str, function: Any, **properties: Any) -> dict[str, Any]:
    """An event source mapping in a template."""
    always = {"FunctionName": function, "EventSourceArn": stream, "StartingPosition": "LATEST"}
    return resource("AWS::Lambda::EventSourceMapping", {**always, **properties})


def consumer(stream: str, variables: dict[str, str] | None = None, **mapping: Any) -> dict[str, Any]:
    """The resources of a function with its event source, and queues of what it saw and what was given up."""
    function = {
        "FunctionName": unique("consumer"),
        "Runtime": "python3.13",
        "Handler": "index.handle",
        "Timeout": 30,
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": CODE},
        "Environment": {"Variables": {"SEEN": {"Ref": "Seen"}, **(variables or {})}},
    }
    given_up = {"OnFailure": {"Destination": {"Fn::GetAtt": ["GivenUp", "Arn"]}}}
    return {
        "Role": role(),
        "Seen": resource("AWS::SQS::Queue", {"QueueName": unique("seen")}),
        "GivenUp": resource("AWS::SQS::Queue", {"QueueName": unique("given-up")}),
        "Function": resource("AWS::Lambda::Function", function),
        "Source": source(stream, {"Ref": "Function"}, DestinationConfig=given_up, **mapping),
    }


def watch_states(sqs: Any, events: Any) -> "Queue":
    """A queue that gets every new state which the Region announces on its event bus."""
    queue = Queue(sqs, sqs.create_queue(QueueName="state-events")["QueueUrl"])
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": queue.arn}]}
    sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": json.dumps(policy)})
    events.put_rule(Name="state-events", EventPattern=json.dumps({"source": ["mraa"]}))
    events.put_targets(Rule="state-events", Targets=[{"Id": "queue", "Arn": queue.arn}])
    return queue


class Queue:
    """A queue's messages, each taken out once."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs, self.url = sqs, url
        self.bodies: list[dict[str, Any]] = []

    @property
    def region(self) -> str:
        return str(self._sqs.meta.region_name)

    @property
    def arn(self) -> str:
        return f"arn:aws:sqs:{self.region}:{ACCOUNT}:{self.url.rpartition('/')[2]}"

    def send(self, *texts: str) -> None:
        for text in texts:
            self._sqs.send_message(QueueUrl=self.url, MessageBody=text)

    def counts(self) -> tuple[int, int]:
        """How many messages are visible, and how many in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def take(self) -> list[dict[str, Any]]:
        """Take out what is there; everything that was ever there, in its order."""
        while messages := self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.bodies.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self.bodies

    def records(self, key: str) -> list[dict[str, Any]]:
        """The stream records of an item that have arrived, repeated deliveries left out."""
        found = {
            record["eventID"]: record
            for body in self.take()
            for record in body["Records"]
            if record["dynamodb"]["Keys"] == {"id": {"S": key}}
        }
        return list(found.values())

    def at_rest(self, seconds: float) -> int:
        """How many there were, once none has come for so long; fails if they go on coming."""
        count, since = -1, 0.0

        def has_rested() -> bool:
            nonlocal count, since
            if len(self.take()) != count:
                count, since = len(self.bodies), time.monotonic()
            return time.monotonic() - since >= seconds

        eventually(has_rested)
        return count

    def stays_without(self, key: str, seconds: float = 0.5) -> bool:
        """Whether no record of the item comes for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.records(key):
                return False
            time.sleep(0.05)
        return True
