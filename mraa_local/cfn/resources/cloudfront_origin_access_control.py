"""``AWS::CloudFront::OriginAccessControl``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in, one_action_each
from mraa_local.engine.scope import account_id

RESOURCE = ResourceType(
    "AWS::CloudFront::OriginAccessControl",
    supported={
        "OriginAccessControlConfig": anything_in(
            "Name Description OriginAccessControlOriginType SigningBehavior SigningProtocol"
        )
    },
    permissions=one_action_each(
        "cloudfront:CreateOriginAccessControl",
        "cloudfront:UpdateOriginAccessControl",
        "cloudfront:DeleteOriginAccessControl",
        # the creation has no resource-level permissions
        lambda change: (
            f"arn:aws:cloudfront::{account_id()}:origin-access-control/{change.physical_id}"
            if change.physical_id
            else "*"
        ),
    ),
)
