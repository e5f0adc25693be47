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


# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
_FAILS_OVER_ON = {400, 403, 404, 416, 429, 500, 502, 503, 504}
_NEVER_FAILS_OVER = {"POST", "PUT", "PATCH", "DELETE"}


def groups_are_valid(props: dict[str, Any]) -> None:
    """An origin group has two origins that exist, statuses that CloudFront knows, and no writes in front of it."""
    config = props["DistributionConfig"]
    origins = {origin["Id"] for origin in config.get("Origins") or []}
    groups = (config.get("OriginGroups") or {}).get("Items") or []
    for group in groups:
        members = [member["OriginId"] for member in group["Members"]["Items"]]
        if len(members) != 2:
            _refuse(f"The origin group {group['Id']} must have two origins.")
        for member in members:
            if member not in origins:
                _refuse(f"The origin group {group['Id']} has the origin {member}, which does not exist.")
        for code in group["FailoverCriteria"]["StatusCodes"]["Items"]:
            if int(code) not in _FAILS_OVER_ON:
                _refuse(f"The origin group {group['Id']} cannot fail over on the status code {code}.")
    behavior = config.get("DefaultCacheBehavior") or {}
    is_grouped = behavior.get("TargetOriginId") in {group["Id"] for group in groups}
    if is_grouped and _NEVER_FAILS_OVER & set(behavior.get("AllowedMethods") or []):
        _refuse(
            "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated "
            "with an origin group."
        )


def _refuse(message: str) -> None:
    refuse(message, "CloudFront", 400, "InvalidArgument")


RESOURCE = ResourceType(
    "AWS::CloudFront::Distribution",
    supported={
        "DistributionConfig": {
            **anything_in("Enabled DefaultRootObject CustomErrorResponses"),
            "DefaultCacheBehavior": anything_in(
                "TargetOriginId ViewerProtocolPolicy ResponseHeadersPolicyId AllowedMethods OriginRequestPolicyId "
                "Compress"
            ),
            "Origins": {
                **anything_in("Id DomainName OriginPath OriginAccessControlId ConnectionAttempts ConnectionTimeout"),
                "S3OriginConfig": anything_in("OriginAccessIdentity"),
            },
            "OriginGroups": {
                "Quantity": ...,
                "Items": anything_in("Id FailoverCriteria Members"),
            },
        }
    },
    no_effect={
        "DistributionConfig.Comment": "shown",
        "DistributionConfig.HttpVersion": "served over HTTP/1.1",
        "DistributionConfig.IPV6Enabled": "served on 127.0.0.1",
        "DistributionConfig.Logging": "checked; no logs are delivered",
        "DistributionConfig.PriceClass": "there are no edge locations",
        "DistributionConfig.Origins.S3OriginConfig.OriginReadTimeout": "an origin that is reached answers",
        "DistributionConfig.DefaultCacheBehavior.CachePolicyId": "nothing is cached",
        "DistributionConfig.DefaultCacheBehavior.CachedMethods": "nothing is cached",
        "Tags": "shown",
    },
    checks=(references_exist, groups_are_valid),
    permissions=one_action_each(
        "cloudfront:CreateDistribution",
        "cloudfront:UpdateDistribution",
        "cloudfront:DeleteDistribution",
        lambda change: f"arn:aws:cloudfront::{account_id()}:distribution/{change.physical_id or '*'}",
    ),
)
