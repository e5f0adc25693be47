"""``AWS::IAM::Policy``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in

RESOURCE = ResourceType(
    "AWS::IAM::Policy",
    supported=anything_in("PolicyName PolicyDocument Roles Users Groups"),
)
