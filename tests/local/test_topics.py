"""Topics in both Regions of the running local cloud: to queues and functions that let them in."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import StackFailedError, delete, eventually, make_stack, resource, unique
from tests.local.replicating import Client, Faults
from tests.local.serving import allow, arn, new_queue, permission, queue_policy, showing
from tests.local.streaming import Queue
from tests.regions import PRIMARY, REGIONS, SECONDARY

TOPIC = {"Ref": "Topic"}


def subscription(protocol: str, endpoint: Any, **properties: Any) -> dict[str, Any]:
    given = {"TopicArn": TOPIC, "Protocol": protocol, "Endpoint": endpoint, **properties}
    return resource("AWS::SNS::Subscription", given)


def to_a_queue(name: str, **properties: Any) -> dict[str, Any]:
    """A topic with a queue that gets what is published as it is."""
    endpoint = {"Fn::GetAtt": ["Queue", "Arn"]}
    return {
        "Topic": resource("AWS::SNS::Topic", {"TopicName": name}),
        "Queue": resource("AWS::SQS::Queue"),
        "QueuePolicy": queue_policy("sns", TOPIC),
        "Subscription": subscription("sqs", endpoint, RawMessageDelivery=True, **properties),
    }


@pytest.mark.parametrize("region", REGIONS)
def test_a_topic_of_a_region_sends_to_a_queue_and_a_function(client: Client, region: str) -> None:
    seen = new_queue(client)
    resources = {
        **to_a_queue("news"),
        **showing(seen),
        "Permission": permission("sns", TOPIC),
        "ToFunction": subscription("lambda", {"Fn::GetAtt": ["Function", "Arn"]}),
    }
    ids = make_stack(client, region, unique("topic"), resources)
    client("sns", region).publish(TopicArn=ids["Topic"], Message=f'{{"from": "{region}"}}', Subject="s")
    queue = Queue(client("sqs", region), ids["Queue"])
    assert eventually(queue.take) == [{"from": region}]
    (event,) = eventually(seen.take)
    (record,) = event["Records"]
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", ids["ToFunction"])
    assert (record["Sns"]["TopicArn"], record["Sns"]["Message"]) == (ids["Topic"], f'{{"from": "{region}"}}')


def test_a_filter_policy_chooses_by_attributes_or_by_the_message(client: Client) -> None:
    name = unique("filtered")
    filtered = to_a_queue(name, FilterPolicy={"kind": ["wanted"]}, FilterPolicyScope="MessageBody")
    ids = make_stack(client, PRIMARY, name, filtered)
    sns, queue = client("sns"), Queue(client("sqs"), ids["Queue"])
    for kind in ("other", "wanted"):
        sns.publish(TopicArn=ids["Topic"], Message=json.dumps({"kind": kind}))
    assert eventually(queue.take) == [{"kind": "wanted"}]
    changed = to_a_queue(name, FilterPolicy={"kind": [{"anything-but": ["wanted"]}]})
    assert make_stack(client, PRIMARY, name, changed)["Subscription"] == ids["Subscription"]
    for kind in ("wanted", "other"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=ids["Topic"], Message=json.dumps({"a": kind}), MessageAttributes=attributes)
    eventually(lambda: len(queue.take()) == 2)
    assert queue.take()[-1] == {"a": "other"}


def test_nothing_reaches_a_queue_or_function_without_its_permission(client: Client) -> None:
    seen, name = new_queue(client), unique("closed")
    resources = {
        **to_a_queue(name),
        **showing(seen),
        "ToFunction": subscription("lambda", {"Fn::GetAtt": ["Function", "Arn"]}),
    }
    del resources["QueuePolicy"]
    ids = make_stack(client, PRIMARY, name, resources)
    client("sns").publish(TopicArn=ids["Topic"], Message='"lost"')
    opened = {**resources, "QueuePolicy": queue_policy("sns", TOPIC), "Permission": permission("sns", TOPIC)}
    make_stack(client, PRIMARY, name, opened)
    client("sns").publish(TopicArn=ids["Topic"], Message='"arrives"')
    assert eventually(Queue(client("sqs"), ids["Queue"]).take) == ["arrives"]
    (event,) = eventually(seen.take)
    assert event["Records"][0]["Sns"]["Message"] == '"arrives"'


def test_a_topic_is_down_with_its_region_and_unknown_in_the_other(client: Client, faults: Faults) -> None:
    ids = make_stack(client, SECONDARY, unique("topic"), to_a_queue(unique("down")))
    with pytest.raises(ClientError) as raised:
        client("sns", PRIMARY).publish(TopicArn=ids["Topic"], Message="m")
    assert raised.value.response["Error"]["Code"] in ("NotFound", "InvalidParameter")
    faults.set("region", region=SECONDARY, state="down")
    with pytest.raises(ClientError, match="is down"):
        client("sns", SECONDARY).publish(TopicArn=ids["Topic"], Message="m")
    faults.set("region", region=SECONDARY, state="up")
    client("sns", SECONDARY).publish(TopicArn=ids["Topic"], Message='"m"')
    assert eventually(Queue(client("sqs", SECONDARY), ids["Queue"]).take) == ["m"]


def test_who_publishes_needs_the_right_to(client: Client, identity: Any, as_user: Any) -> None:
    ids = make_stack(client, PRIMARY, unique("topic"), to_a_queue(unique("guarded")))
    other = as_user("sns", identity(unique("user"), allow("sns:Publish", arn("sns", "other"))))
    with pytest.raises(ClientError, match="sns:Publish") as raised:
        other.publish(TopicArn=ids["Topic"], Message="m")
    assert raised.value.response["Error"]["Code"] == "AuthorizationError"
    entitled = as_user("sns", identity(unique("user"), allow("sns:Publish", ids["Topic"])))
    assert entitled.publish(TopicArn=ids["Topic"], Message="m")["MessageId"]
    with pytest.raises(ClientError, match="sns:Unsubscribe"):
        entitled.unsubscribe(SubscriptionArn=ids["Subscription"])


def test_a_topic_policy_denies_until_it_is_deleted(client: Client) -> None:
    name = unique("policy")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": TOPIC}
    policy = resource(
        "AWS::SNS::TopicPolicy",
        {"Topics": [TOPIC], "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
    )
    topic = {"Topic": resource("AWS::SNS::Topic", {"Tags": [{"Key": "a", "Value": "b"}], "DisplayName": "d"})}
    ids = make_stack(client, PRIMARY, name, {**topic, "Policy": policy})
    with pytest.raises(ClientError, match="not authorized"):
        client("sns").publish(TopicArn=ids["Topic"], Message="m")
    make_stack(client, PRIMARY, name, topic)
    client("sns").publish(TopicArn=ids["Topic"], Message="m")
    assert client("sns").list_tags_for_resource(ResourceArn=ids["Topic"])["Tags"][0] == {"Key": "a", "Value": "b"}


def test_an_update_changes_a_topic_in_place_and_a_deletion_removes_it(client: Client) -> None:
    name, sns = unique("changed"), client("sns")
    queues = [new_queue(client), new_queue(client)]
    both = [{"Protocol": "sqs", "Endpoint": queue.arn} for queue in queues]
    before = make_stack(client, PRIMARY, name, {"Topic": resource("AWS::SNS::Topic", {"Subscription": both[:1]})})
    changed = {"Topic": resource("AWS::SNS::Topic", {"Subscription": both[1:], "DisplayName": "new"})}
    after = make_stack(client, PRIMARY, name, changed)
    assert after == before
    found = sns.list_subscriptions_by_topic(TopicArn=after["Topic"])["Subscriptions"]
    assert [of["Endpoint"] for of in found] == [queues[1].arn]
    assert sns.get_topic_attributes(TopicArn=after["Topic"])["Attributes"]["DisplayName"] == "new"
    cf = client("cloudformation")
    stack_id = cf.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    assert delete(cf, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_topic_attributes(TopicArn=after["Topic"])


@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("Subscription", {"Protocol": "email", "Endpoint": "a@example.com"}, "protocols sqs and lambda"),
        ("Subscription", {"Protocol": "https", "Endpoint": "https://example.com"}, "protocols sqs and lambda"),
        ("Subscription", {"Endpoint": "nonsense"}, "not a valid SQS ARN"),
        ("Subscription", {"Endpoint": arn("sqs", "q", "eu-west-1")}, "delivers within a Region"),
        ("Subscription", {"TopicArn": arn("sns", "no-such")}, "Topic does not exist"),
        ("Subscription", {"FilterPolicyScope": "Message"}, "FilterPolicyScope: Invalid value"),
        ("Subscription", {"RedrivePolicy": {}}, "does not support the property RedrivePolicy"),
        ("Topic", {"TopicName": "bad name"}, "Invalid parameter: Topic Name"),
        ("Topic", {"TopicName": "x.fifo"}, "Topic Name"),
        ("Topic", {"FifoTopic": True, "TopicName": "x"}, "fifo suffix"),
    ],
)
def test_what_sns_would_refuse_fails_the_stack(
    client: Client, name: str, properties: dict[str, Any], reason: str
) -> None:
    resources = to_a_queue(unique("refused"))
    resources[name]["Properties"] |= properties
    with pytest.raises(StackFailedError, match=reason):
        make_stack(client, PRIMARY, unique("refused"), resources)


def test_a_topic_that_exists_is_not_taken_over(client: Client) -> None:
    name = unique("taken")
    client("sns").create_topic(Name=name)
    with pytest.raises(StackFailedError, match="already exists"):
        make_stack(client, PRIMARY, name, {"Topic": resource("AWS::SNS::Topic", {"TopicName": name})})
    assert client("sns").get_topic_attributes(TopicArn=arn("sns", name))["Attributes"]["TopicArn"] == arn("sns", name)
