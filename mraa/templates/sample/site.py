"""The site: a private bucket in each Region that only CloudFront may read, and strict headers on every response.

CloudFront asks the primary Region's bucket and, where that does not answer, the secondary's, which has the same files.
"""

from typing import Any

from awacs.aws import Principal, Statement, StringEquals
from troposphere import Condition, GetAtt, If, Not, NoValue, Ref, Sub, Template, cloudfront

from mraa import names
from mraa.templates import explanations
from mraa.templates.explanations import explain
from mraa.templates.parts import REMOVED, RETAINED, VERSIONED, Substitution, bucket_policy, is_opt_in, private_bucket
from mraa.templates.policies import allow
from mraa.templates.release import Release
from mraa.templates.sample import secondary_bucket

CONSOLE_BUCKET = "ConsoleBucket"
DISTRIBUTION = "Distribution"

# CloudFront delivers standard logs to no bucket in a Region that is disabled by default
_LOGS = "HasAccessLogs"

# AWS's managed policy CachingOptimized: caches what the files' Cache-Control allows
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_HSTS_S = 365 * 24 * 60 * 60
_ORIGIN, _SECONDARY_ORIGIN, _BOTH = "console", "secondary-console", "console-in-both-regions"

# A lost Region hangs. CloudFront's defaults, three attempts of 10 s to connect and 30 s for an answer, would hold up
# every file for half a minute before the second bucket is asked. Asking that one needlessly does no harm.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
_CONNECTION_ATTEMPTS = 1
_CONNECTION_TIMEOUT_S = 2
_READ_TIMEOUT_S = 4
# not 403 and 404, which say that a file is missing: asking twice would hide that one bucket is not as deployed
_FAILS_OVER_ON = [500, 502, 503, 504]


def add_site(template: Template, sub: Substitution, release: Release) -> None:
    """Add the buckets of the console's files, the bucket of access logs, and the distribution."""
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
    opt_in = "PrimaryIsOptIn"
    template.add_condition(opt_in, is_opt_in(Ref("AWS::Region")))
    template.add_condition(_LOGS, Not(Condition(opt_in)))
    bucket = template.add_resource(
        # filled from a release, emptied by the console deployer: contains no user data
        private_bucket(CONSOLE_BUCKET, sub(names.console(names.TOKEN, names.REGION)), **REMOVED)
    )
    explain(bucket, *explanations.SITE_BUCKET)
    logs_bucket = template.add_resource(
        private_bucket(
            "WebLogsBucket",
            sub(names.web_logs(names.TOKEN, names.REGION)),
            ownership="BucketOwnerPreferred",  # CloudFront's standard logs require an ACL
            VersioningConfiguration=VERSIONED,
            Condition=_LOGS,
            **RETAINED,
        )
    )
    explain(logs_bucket, explanations.HOLDS_LOGS)
    logs_policy = bucket_policy(logs_bucket)
    logs_policy.resource["Condition"] = _LOGS
    template.add_resource(logs_policy)
    access = template.add_resource(
        cloudfront.OriginAccessControl(
            "OriginAccessControl",
            OriginAccessControlConfig=cloudfront.OriginAccessControlConfig(
                Name=sub(names.console(names.TOKEN, names.REGION)),
                OriginAccessControlOriginType="s3",
                SigningBehavior="always",
                SigningProtocol="sigv4",
            ),
        )
    )
    secondary_bucket.add_bucket(template, sub, release)
    distribution = template.add_resource(
        cloudfront.Distribution(
            DISTRIBUTION,
            DistributionConfig=cloudfront.DistributionConfig(
                Enabled=True,
                Comment="Sample web app of the Multi-Region Application Architecture",
                DefaultRootObject="index.html",
                HttpVersion="http2and3",
                IPV6Enabled=True,
                Origins=[
                    _origin(_ORIGIN, GetAtt(bucket, "RegionalDomainName"), access),
                    _origin(_SECONDARY_ORIGIN, sub(secondary_bucket.DOMAIN), access),
                ],
                OriginGroups=cloudfront.OriginGroups(
                    Quantity=1,
                    Items=[
                        cloudfront.OriginGroup(
                            Id=_BOTH,
                            FailoverCriteria=cloudfront.OriginGroupFailoverCriteria(
                                StatusCodes=cloudfront.StatusCodes(Quantity=len(_FAILS_OVER_ON), Items=_FAILS_OVER_ON)
                            ),
                            Members=cloudfront.OriginGroupMembers(
                                Quantity=2,
                                Items=[
                                    cloudfront.OriginGroupMember(OriginId=of) for of in (_ORIGIN, _SECONDARY_ORIGIN)
                                ],
                            ),
                        )
                    ],
                ),
                DefaultCacheBehavior=cloudfront.DefaultCacheBehavior(
                    TargetOriginId=_BOTH,
                    ViewerProtocolPolicy="https-only",
                    AllowedMethods=["GET", "HEAD"],
                    CachedMethods=["GET", "HEAD"],
                    CachePolicyId=_CACHING_OPTIMIZED,
                    ResponseHeadersPolicyId=Ref(_add_headers(template, sub)),
                    Compress=True,
                ),
                Logging=If(
                    _LOGS, cloudfront.Logging(Bucket=GetAtt(logs_bucket, "DomainName"), Prefix="cloudfront/"), NoValue
                ),
            ),
            # it is named as an origin, and nobody else may have made one of its name
            DependsOn=secondary_bucket.BUCKET,
        )
    )
    explain(distribution, *explanations.DISTRIBUTION)
    template.add_resource(
        bucket_policy(bucket, _read_by(distribution, Sub(f"${{{bucket.title}.Arn}}/{names.CONSOLE_FOLDER}/*")))
    )
    files = sub(f"{secondary_bucket.ARN}/{names.CONSOLE_FOLDER}/*")
    secondary_bucket.add_policy(template, sub, _read_by(distribution, files))


def _origin(origin_id: str, domain_name: Any, access: cloudfront.OriginAccessControl) -> cloudfront.Origin:
    return cloudfront.Origin(
        Id=origin_id,
        DomainName=domain_name,
        OriginPath=f"/{names.CONSOLE_FOLDER}",
        OriginAccessControlId=GetAtt(access, "Id"),
        ConnectionAttempts=_CONNECTION_ATTEMPTS,
        ConnectionTimeout=_CONNECTION_TIMEOUT_S,
        # an empty identity: origin access control supersedes it
        S3OriginConfig=cloudfront.S3OriginConfig(OriginAccessIdentity="", OriginReadTimeout=_READ_TIMEOUT_S),
    )


def _read_by(distribution: cloudfront.Distribution, files: Any) -> Statement:
    """What the policy of a bucket of the site allows: the distribution reads the files."""
    arn = f"arn:${{AWS::Partition}}:cloudfront::${{AWS::AccountId}}:distribution/${{{distribution.title}}}"
    return allow(
        "s3:GetObject",
        [files],
        StringEquals("aws:SourceArn", Sub(arn)),
        principal=Principal("Service", "cloudfront.amazonaws.com"),
    )


def _add_headers(template: Template, sub: Substitution) -> cloudfront.ResponseHeadersPolicy:
    return template.add_resource(
        cloudfront.ResponseHeadersPolicy(
            "SecurityHeaders",
            ResponseHeadersPolicyConfig=cloudfront.ResponseHeadersPolicyConfig(
                Name=sub(names.console(names.TOKEN, names.REGION)),
                SecurityHeadersConfig=cloudfront.SecurityHeadersConfig(
                    ContentSecurityPolicy=cloudfront.ContentSecurityPolicy(
                        ContentSecurityPolicy=sub(content_security_policy()), Override=True
                    ),
                    ContentTypeOptions=cloudfront.ContentTypeOptions(Override=True),
                    FrameOptions=cloudfront.FrameOptions(FrameOption="DENY", Override=True),
                    ReferrerPolicy=cloudfront.ReferrerPolicy(ReferrerPolicy="no-referrer", Override=True),
                    StrictTransportSecurity=cloudfront.StrictTransportSecurity(
                        AccessControlMaxAgeSec=_HSTS_S, IncludeSubdomains=True, Override=True
                    ),
                ),
            ),
        )
    )


def content_security_policy() -> str:
    """What the pages may load, for ``Fn::Sub``: themselves, sign-in, and both Regions' APIs and buckets."""
    sides = (("Primary", "${AWS::Region}"), ("Secondary", "${SecondaryRegion}"))
    buckets = [f"https://${{{side}ObjectStoreBucket}}.s3.{region}.${{AWS::URLSuffix}}" for side, region in sides]
    apis = [
        f"https://${{{side}{api}ApiId}}.execute-api.{region}.${{AWS::URLSuffix}}"
        for side, region in sides
        for api in ("RoutingLayer", "Photos")
    ]
    sign_in = [
        f"https://{service}.${{AWS::Region}}.${{AWS::URLSuffix}}" for service in ("cognito-idp", "cognito-identity")
    ]
    rules = {
        "default-src": ["'self'"],
        "connect-src": ["'self'", *sign_in, *apis, *buckets],
        "img-src": ["'self'", "blob:", "data:", *buckets],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())
