"""``AWS::SQS::QueuePolicy``."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn
from mraa_local.engine import queues
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    for url in sorted({*change.old.get("Queues", ()), *change.new.get("Queues", ())}):
        yield Permission("sqs:SetQueueAttributes", _arn(url))


def queues_exist(props: dict[str, Any]) -> None:
    """The engine would leave out one that does not."""
    for url in props["Queues"]:
        if not queues.exists(_arn(url)):
            refuse("The specified queue does not exist.", "Sqs", 400, "InvalidRequest")


def _arn(url: str) -> str:
    return arn("sqs", str(url).rpartition("/")[2])


RESOURCE = ResourceType(
    "AWS::SQS::QueuePolicy",
    supported=anything_in("PolicyDocument Queues"),
    permissions=permissions,
    checks=(queues_exist,),
)
