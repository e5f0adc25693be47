"""``AWS::SQS::Queue``."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.resources.calls import refuse_existing
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, has_own_tags
from mraa_local.engine import queues
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    name = change.physical_id.rpartition("/")[2] or change.new.get("QueueName", "")
    queue = arn("sqs", name)
    if change.is_delete:
        yield Permission("sqs:DeleteQueue", queue)
        return
    yield Permission("sqs:CreateQueue" if change.is_create else "sqs:SetQueueAttributes", queue)
    yield Permission("sqs:GetQueueAttributes", queue)
    if has_own_tags(change):
        yield Permission("sqs:TagQueue", queue)


def is_new(props: dict[str, Any]) -> None:
    """The engine would empty a queue of that name, and take it over."""
    name = props.get("QueueName")
    if name and queues.exists(arn("sqs", name)):
        refuse_existing("sqs", "AWS::SQS::Queue", name)


RESOURCE = ResourceType(
    "AWS::SQS::Queue",
    supported=anything_in(
        "QueueName DelaySeconds MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedrivePolicy "
        "VisibilityTimeout FifoQueue ContentBasedDeduplication DeduplicationScope Tags"
    ),
    no_effect={
        "FifoThroughputLimit": "throughput is not limited",
        "RedriveAllowPolicy": "shown; any queue may use it as its dead-letter queue",
        "SqsManagedSseEnabled": "shown; what is stored is not encrypted",
        "KmsMasterKeyId": "shown; what is stored is not encrypted",
        "KmsDataKeyReusePeriodSeconds": "shown; what is stored is not encrypted",
    },
    permissions=permissions,
    create_checks=(is_new,),
)
