"""``AWS::CloudFront::ResponseHeadersPolicy``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in, one_action_each
from mraa_local.engine.scope import account_id

RESOURCE = ResourceType(
    "AWS::CloudFront::ResponseHeadersPolicy",
    supported={
        "ResponseHeadersPolicyConfig": anything_in(
            "Name Comment CorsConfig SecurityHeadersConfig CustomHeadersConfig RemoveHeadersConfig "
            "ServerTimingHeadersConfig"
        )
    },
    permissions=one_action_each(
        "cloudfront:CreateResponseHeadersPolicy",
        "cloudfront:UpdateResponseHeadersPolicy",
        "cloudfront:DeleteResponseHeadersPolicy",
        lambda change: f"arn:aws:cloudfront::{account_id()}:response-headers-policy/{change.physical_id or '*'}",
    ),
)
