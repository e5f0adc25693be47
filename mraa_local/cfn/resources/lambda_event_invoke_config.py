"""``AWS::Lambda::EventInvokeConfig``."""

from collections.abc import Iterator

from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, function_arn
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    verb = "Delete" if change.is_delete else "Put" if change.is_create else "Update"
    yield Permission(f"lambda:{verb}FunctionEventInvokeConfig", function_arn(change.current["FunctionName"]))


RESOURCE = ResourceType(
    "AWS::Lambda::EventInvokeConfig",
    supported=anything_in("FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds"),
    permissions=permissions,
)
