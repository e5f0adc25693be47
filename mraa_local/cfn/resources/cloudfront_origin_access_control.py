"""``AWS::CloudFront::OriginAccessControl``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in

RESOURCE = ResourceType(
    "AWS::CloudFront::OriginAccessControl",
    supported={
        "OriginAccessControlConfig": anything_in(
            "Name Description OriginAccessControlOriginType SigningBehavior SigningProtocol"
        )
    },
)
