"""``AWS::Events::Rule`` with a pattern and queues as targets."""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    bus = change.current.get("EventBusName", "default")
    name = change.physical_id or change.new.get("Name", "")
    rule = arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")
    if change.is_delete or change.touches("Targets"):
        if change.old.get("Targets"):
            yield Permission("events:RemoveTargets", rule)
        if change.new.get("Targets"):
            yield Permission("events:PutTargets", rule)
    yield Permission("events:DeleteRule" if change.is_delete else "events:PutRule", rule)
    yield Permission("events:DescribeRule", rule)


def has_known_targets(props: dict[str, Any]) -> None:
    """Targets of other services would get nothing, or get it without permission."""
    for target in props.get("Targets") or ():
        if not str(target["Arn"]).startswith("arn:aws:sqs:"):
            raise ValueError(f"The local cloud does not support the target {target['Arn']} of a rule.")


RESOURCE = ResourceType(
    "AWS::Events::Rule",
    supported={
        **anything_in("Name Description EventBusName EventPattern State Tags"),
        "Targets": anything_in("Arn Id Input InputPath InputTransformer"),
    },
    permissions=permissions,
    checks=(has_known_targets,),
)
