"""``AWS::CloudFormation::WaitConditionHandle``."""

from mraa_local.cfn.resources.model import ResourceType, no_permissions

RESOURCE = ResourceType("AWS::CloudFormation::WaitConditionHandle", supported={}, permissions=no_permissions)
