"""What the tests of applications' services share: roles, and a function that shows what it gets in a queue."""

import json
from typing import Any

from tests.local.deploying import ACCOUNT, resource, unique
from tests.local.replicating import Client
from tests.local.streaming import Queue
from tests.regions import PRIMARY

# shows its event, then fails on poison: by raising, or by reporting what had it
CODE = """
import json
import os

import boto3

sqs = boto3.client("sqs", region_name=os.environ["SEEN_REGION"])


def handle(event, context):
    sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
    records = event.get("Records", [])
    poison = [record["messageId"] for record in records if record.get("body") == "poison"]
    if poison and os.environ.get("REPORTS"):
        return {"batchItemFailures": [{"itemIdentifier": name} for name in poison]}
    if poison:
        raise RuntimeError("poison")
    return {"got": event}
"""


def allow(actions: str, resources: Any = "*") -> dict[str, Any]:
    """A statement that allows the actions, which are separated by spaces."""
    return {"Effect": "Allow", "Action": actions.split(), "Resource": resources}


def role(service: str, *statements: dict[str, Any]) -> dict[str, Any]:
    """A role in a template that a service may assume, with these statements and no others."""
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    return resource(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            **({"Policies": [policy]} if statements else {}),
        },
    )


def showing(seen: Queue, *statements: dict[str, Any], **variables: str) -> dict[str, Any]:
    """The resources of a function that shows its events in ``seen``, and its role with statements of its own."""
    return {
        "Role": role("lambda", allow("sqs:SendMessage", seen.arn), *statements),
        "Function": resource(
            "AWS::Lambda::Function",
            {
                "FunctionName": unique("showing"),
                "Runtime": "python3.13",
                "Handler": "index.handle",
                "Timeout": 30,
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": CODE},
                "Environment": {"Variables": {"SEEN": seen.url, "SEEN_REGION": seen.region, **variables}},
            },
        ),
    }


def permission(service: str, source: Any) -> dict[str, Any]:
    """Lets a service invoke the function for one of its resources."""
    return resource(
        "AWS::Lambda::Permission",
        {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Function"},
            "Principal": f"{service}.amazonaws.com",
            "SourceArn": source,
        },
    )


def queue_policy(service: str, source: Any, queue: str = "Queue") -> dict[str, Any]:
    """Lets a service send to the template's queue for one of its resources."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": [queue, "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return resource("AWS::SQS::QueuePolicy", {"Queues": [{"Ref": queue}], "PolicyDocument": document})


def new_queue(client: Client, region: str = PRIMARY, **attributes: str) -> Queue:
    """A queue of its own, empty."""
    sqs = client("sqs", region)
    return Queue(sqs, sqs.create_queue(QueueName=unique("queue"), Attributes=attributes)["QueueUrl"])


def take_away(client: Client, role_name: str) -> None:
    """Take its permissions from a role."""
    client("iam").delete_role_policy(RoleName=role_name, PolicyName="own")


def arn(service: str, name: str, region: str = PRIMARY) -> str:
    """The ARN of a resource of the account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{name}"


def bodies(seen: Queue) -> list[list[str]]:
    """The message bodies of each batch that a function got."""
    return [[str(record["body"]) for record in event["Records"]] for event in seen.take()]


def shows(seen: Queue, text: str) -> bool:
    """Whether an event that contains the text was shown."""
    return any(text in json.dumps(event) for event in seen.take())
