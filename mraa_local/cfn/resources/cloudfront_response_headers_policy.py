"""``AWS::CloudFront::ResponseHeadersPolicy``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in

RESOURCE = ResourceType(
    "AWS::CloudFront::ResponseHeadersPolicy",
    supported={
        "ResponseHeadersPolicyConfig": anything_in(
            "Name Comment CorsConfig SecurityHeadersConfig CustomHeadersConfig RemoveHeadersConfig "
            "ServerTimingHeadersConfig"
        )
    },
)
