"""``AWS::CloudFront::Distribution``: what it refers to must exist; the engine does not check."""

from typing import Any

from mraa_local import regions
from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources.model import ResourceType, anything_in, one_action_each
from mraa_local.engine import buckets, distributions
from mraa_local.engine.scope import account_id


def references_exist(props: dict[str, Any]) -> None:
    """Origin access controls and headers policies exist, and the log bucket takes ACLs, which CloudFront logs need."""
    config = props["DistributionConfig"]
    for origin in config.get("Origins") or []:
        control = origin.get("OriginAccessControlId")
        if control and not distributions.has_access_control(control):
            refuse("The specified origin access control does not exist.", "CloudFront", 404, "InvalidRequest")
    policy = (config.get("DefaultCacheBehavior") or {}).get("ResponseHeadersPolicyId")
    if policy and not distributions.has_headers_policy(policy):
        refuse("The specified response headers policy does not exist.", "CloudFront", 404, "InvalidRequest")
    logs = (config.get("Logging") or {}).get("Bucket")
    if logs:
        record = buckets.find(logs.partition(".s3")[0])
        if record and record["region"] in regions.opt_in():
            message = f"CloudFront delivers no logs to buckets in {record['region']}: {logs}"
            refuse(message, "CloudFront", 400, "InvalidRequest")
        ownership = (record or {}).get("_ownership_controls") or "BucketOwnerEnforced"
        if "BucketOwnerEnforced" in ownership:
            message = f"The S3 bucket that you specified for CloudFront logs does not enable ACL access: {logs}"
            refuse(message, "CloudFront", 400, "InvalidRequest")


RESOURCE = ResourceType(
    "AWS::CloudFront::Distribution",
    supported={
        "DistributionConfig": {
            **anything_in("Enabled DefaultRootObject CustomErrorResponses"),
            "DefaultCacheBehavior": anything_in(
                "TargetOriginId ViewerProtocolPolicy ResponseHeadersPolicyId AllowedMethods OriginRequestPolicyId "
                "Compress"
            ),
            "Origins": anything_in("Id DomainName OriginPath OriginAccessControlId S3OriginConfig"),
        }
    },
    no_effect={
        "DistributionConfig.Comment": "shown",
        "DistributionConfig.HttpVersion": "served over HTTP/1.1",
        "DistributionConfig.IPV6Enabled": "served on 127.0.0.1",
        "DistributionConfig.Logging": "checked; no logs are delivered",
        "DistributionConfig.PriceClass": "there are no edge locations",
        "DistributionConfig.DefaultCacheBehavior.CachePolicyId": "nothing is cached",
        "DistributionConfig.DefaultCacheBehavior.CachedMethods": "nothing is cached",
        "Tags": "shown",
    },
    checks=(references_exist,),
    permissions=one_action_each(
        "cloudfront:CreateDistribution",
        "cloudfront:UpdateDistribution",
        "cloudfront:DeleteDistribution",
        lambda change: f"arn:aws:cloudfront::{account_id()}:distribution/{change.physical_id or '*'}",
    ),
)
