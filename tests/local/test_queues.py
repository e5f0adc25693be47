"""Queues, their alarms, and events that reach them, in the running local cloud."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import eventually, make_stack, resource, unique
from tests.local.replicating import Client
from tests.local.streaming import Queue
from tests.regions import PRIMARY, SECONDARY


def test_an_alarm_goes_off_while_its_queue_has_messages(client: Client) -> None:
    queues = {name: resource("AWS::SQS::Queue", {"QueueName": unique(name)}) for name in ("Own", "Other")}
    watch = {
        "AlarmName": unique("alarm"),
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Own", "QueueName"]}}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    ids = make_stack(client, PRIMARY, unique("alarm"), {**queues, "Alarm": resource("AWS::CloudWatch::Alarm", watch)})
    sqs, cloudwatch = client("sqs", PRIMARY), client("cloudwatch", PRIMARY)

    def state() -> str:
        return str(cloudwatch.describe_alarms(AlarmNames=[ids["Alarm"]])["MetricAlarms"][0]["StateValue"])

    sqs.send_message(QueueUrl=ids["Other"], MessageBody="{}")
    assert state() == "OK"
    sqs.send_message(QueueUrl=ids["Own"], MessageBody="{}")
    assert state() == "ALARM"
    Queue(sqs, ids["Own"]).take()
    assert eventually(lambda: state() == "OK", 90)


def test_an_event_reaches_a_rules_queue_if_the_queues_policy_lets_it(client: Client) -> None:
    rule = {
        "Name": unique("rule"),
        "EventPattern": {"source": ["mraa"], "detail": {"state": ["fenced"]}},
        "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
    }
    resources = {
        "Queue": resource("AWS::SQS::Queue", {"QueueName": unique("events")}),
        "Rule": resource("AWS::Events::Rule", rule),
    }
    name = unique("events")
    queue = Queue(client("sqs", SECONDARY), make_stack(client, SECONDARY, name, resources)["Queue"])
    events = client("events", SECONDARY)

    def put_events(state: str) -> None:
        entry = {"Source": "mraa", "DetailType": "State", "Detail": f'{{"state": "{state}"}}'}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    put_events("fenced")
    assert queue.take() == []
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}},
    }
    document = {"Version": "2012-10-17", "Statement": [allow]}
    policy = resource("AWS::SQS::QueuePolicy", {"Queues": [{"Ref": "Queue"}], "PolicyDocument": document})
    make_stack(client, SECONDARY, name, {**resources, "Policy": policy})
    put_events("active")
    put_events("fenced")
    (event,) = queue.take()
    assert (event["source"], event["region"], event["detail"]) == ("mraa", SECONDARY, {"state": "fenced"})


def test_events_that_eventbridge_does_not_take_fail_alone(client: Client) -> None:
    good = {"Source": "mraa", "DetailType": "State", "Detail": "{}"}
    entries = [{**good, "Detail": "{"}, good, {**good, "Detail": "[]"}, {"Source": "mraa"}]
    answer = client("events", PRIMARY).put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 3
    codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
    assert codes == ["MalformedDetail", None, "MalformedDetail", "InvalidArgument"]
    assert answer["Entries"][1]["EventId"]


def test_a_caller_needs_permission_for_the_bus_and_the_queue(client: Client) -> None:
    iam, user = client("iam", PRIMARY), unique("user")
    iam.create_user(UserName=user)
    bus = f"arn:aws:events:{PRIMARY}:000000000000:event-bus/default"
    allow = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    entries = [{"Source": "mraa", "DetailType": "State", "Detail": "{}"}]

    assert client("events", PRIMARY, **keys).put_events(Entries=entries)["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match="is not authorized to perform: events:PutEvents"):
        client("events", SECONDARY, **keys).put_events(Entries=entries)
    queue = client("sqs", PRIMARY).create_queue(QueueName=unique("queue"))["QueueUrl"]
    with pytest.raises(ClientError, match="sqs:SendMessage"):
        client("sqs", PRIMARY, **keys).send_message(QueueUrl=queue, MessageBody="{}")


def test_queues_and_events_are_not_served_without_a_signature(client: Client) -> None:
    for service, call in (("sqs", "list_queues"), ("events", "list_rules")):
        stranger = client(service, PRIMARY, aws_access_key_id="test", aws_secret_access_key="test")
        with pytest.raises(ClientError):
            getattr(stranger, call)()
