"""What a stack and the stacks nested in it have: whoever wrote the template may have named it anything."""

from collections.abc import Collection
from typing import NamedTuple

from mraa.aws import Aws, Clock, pages

_STACK = "AWS::CloudFormation::Stack"


class StackResource(NamedTuple):
    """One that exists."""

    type: str
    logical_id: str
    physical_id: str


def resources_of_stack(
    aws: Aws, clock: Clock, region: str, stack: str, types: Collection[str], *, attempts: int = 1
) -> list[StackResource]:
    """Those of these types, stack by stack. AwsError if the stack does not exist."""
    client, found = aws.client("cloudformation", region, fast=True), list[StackResource]()
    stacks = [stack]
    for name in stacks:  # which grows by those that are nested
        doing = f"Listing the resources of the stack {name}"
        listed = pages(client, "list_stack_resources", doing, region, attempts=attempts, clock=clock, StackName=name)
        for resource in (resource for page in listed for resource in page["StackResourceSummaries"]):
            physical_id = str(resource.get("PhysicalResourceId", ""))  # one whose creation failed has none
            if not physical_id or resource["ResourceStatus"] == "DELETE_COMPLETE":
                continue
            if resource["ResourceType"] in types:
                found.append(StackResource(resource["ResourceType"], resource["LogicalResourceId"], physical_id))
            elif resource["ResourceType"] == _STACK and physical_id not in stacks:
                stacks.append(physical_id)
    return found
