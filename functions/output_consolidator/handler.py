"""Reads the stack instances' outputs, so that the main stack can export them.

A template cannot reference them: the names of the stack instances' stacks are generated.

Requires: cloudformation:ListStackInstances on the stack set, cloudformation:DescribeStacks on its instances' stacks.
"""

from typing import Any

from shared import aws, cloudformation
from shared.cloudformation import Request, text

# output of the regional template -> attribute of the custom resource, after Primary or Secondary
_OUTPUTS = {
    "RoutingLayerApiId": "RoutingLayerApiId",
    "PhotosApiId": "PhotosApiId",
    "ObjectStoreBucketName": "ObjectStoreBucket",
}


class OutputMissing(Exception):
    """A stack instance or one of its outputs is missing."""


def handle(event: Any, context: Any) -> None:
    """Entry point."""
    cloudformation.run(event, context, _work, "StackSetName")


def _work(request: Request) -> dict[str, str]:
    if request.type == "Delete":
        return {}
    name = text(request.properties, "StackSetName")
    pages = aws.client("cloudformation").get_paginator("list_stack_instances").paginate(StackSetName=name)
    # an instance whose creation failed has no stack
    stack_ids = {found["Region"]: found.get("StackId") for page in pages for found in page["Summaries"]}
    data = {}
    for side in ("Primary", "Secondary"):
        region = text(request.properties, f"{side}Region")
        stack_id = stack_ids.get(region)
        if not stack_id:
            raise OutputMissing(f"The stack set {name} has no stack in {region}.")
        [stack] = aws.client("cloudformation", region).describe_stacks(StackName=stack_id)["Stacks"]
        outputs = {output["OutputKey"]: output.get("OutputValue") for output in stack.get("Outputs", [])}
        for output, attribute in _OUTPUTS.items():
            value = outputs.get(output)
            if not value or not isinstance(value, str):
                raise OutputMissing(f"{stack_id} in {region} has no output {output}.")
            data[side + attribute] = value
    return data
