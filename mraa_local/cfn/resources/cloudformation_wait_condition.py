"""``AWS::CloudFormation::WaitCondition``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in, no_permissions

RESOURCE = ResourceType(
    "AWS::CloudFormation::WaitCondition",
    supported=anything_in("Handle Timeout Count"),
    permissions=no_permissions,
)
