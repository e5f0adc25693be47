"""``AWS::CloudFormation::CustomResource`` and ``Custom::`` anything: a function decides what its properties mean."""

from collections.abc import Iterator

from mraa_local.cfn.resources.model import Permission, ResourceType
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    yield Permission("lambda:InvokeFunction", str(change.current["ServiceToken"]))


RESOURCE = ResourceType("AWS::CloudFormation::CustomResource", supported=..., permissions=permissions)
