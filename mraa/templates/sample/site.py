"""The site: a private bucket that only CloudFront may read, and strict headers on every response."""

from awacs.aws import Principal, StringEquals
from troposphere import Condition, GetAtt, If, Not, NoValue, Ref, Sub, Template, cloudfront

from mraa import names
from mraa.templates import explanations
from mraa.templates.explanations import explain
from mraa.templates.parts import REMOVED, RETAINED, VERSIONED, Substitution, bucket_policy, is_opt_in, private_bucket
from mraa.templates.policies import allow

CONSOLE_BUCKET = "ConsoleBucket"
DISTRIBUTION = "Distribution"

# CloudFront delivers standard logs to no bucket in a Region that is disabled by default
_LOGS = "HasAccessLogs"

# AWS's managed policy CachingOptimized: caches what the files' Cache-Control allows
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_HSTS_S = 365 * 24 * 60 * 60
_ORIGIN = "console"


def add_site(template: Template, sub: Substitution) -> None:
    """Add the bucket of the console's files, the bucket of access logs, and the distribution."""
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
                    cloudfront.Origin(
                        Id=_ORIGIN,
                        DomainName=GetAtt(bucket, "RegionalDomainName"),
                        OriginPath=f"/{names.CONSOLE_FOLDER}",
                        OriginAccessControlId=GetAtt(access, "Id"),
                        # empty: origin access control supersedes it
                        S3OriginConfig=cloudfront.S3OriginConfig(OriginAccessIdentity=""),
                    )
                ],
                DefaultCacheBehavior=cloudfront.DefaultCacheBehavior(
                    TargetOriginId=_ORIGIN,
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
        )
    )
    explain(distribution, *explanations.DISTRIBUTION)
    template.add_resource(
        bucket_policy(
            bucket,
            allow(
                "s3:GetObject",
                [Sub(f"${{{bucket.title}.Arn}}/{names.CONSOLE_FOLDER}/*")],
                StringEquals(
                    "aws:SourceArn",
                    Sub(
                        f"arn:${{AWS::Partition}}:cloudfront::${{AWS::AccountId}}:distribution/${{{distribution.title}}}"
                    ),
                ),
                principal=Principal("Service", "cloudfront.amazonaws.com"),
            ),
        )
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
