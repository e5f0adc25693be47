"""The object store of a Region: its bucket, the bucket of its access logs, and the replication to the other Region."""

from awacs.aws import ArnLike, Principal, StringEquals
from troposphere import Equals, GetAtt, If, NoValue, Ref, Template, iam, s3

from mraa import names
from mraa.templates import explanations, policies
from mraa.templates.arns import bucket_arn
from mraa.templates.explanations import explain
from mraa.templates.parts import IS_PRIMARY, RETAINED, VERSIONED, Substitution, bounded, bucket_policy, private_bucket
from mraa.templates.policies import OURS, allow

_TIMED = "HasReplicationTimeControl"
_THRESHOLD = s3.ReplicationTimeValue(Minutes=15)  # the only value that S3 accepts


def add_buckets(template: Template, sub: Substitution) -> s3.Bucket:
    """Add both buckets with their policies; returns the one of objects."""
    template.add_condition(_TIMED, Equals(Ref("ReplicationTimeControl"), "Enabled"))
    logs_bucket = template.add_resource(
        private_bucket(
            "ObjectStoreLogsBucket",
            sub(names.object_store_logs(names.TOKEN, names.REGION)),
            VersioningConfiguration=VERSIONED,
            **RETAINED,
        )
    )
    explain(logs_bucket, explanations.HOLDS_DELIVERED_LOGS)
    logs_policy = template.add_resource(
        bucket_policy(
            logs_bucket,
            allow(
                "s3:PutObject",
                [sub(f"${{{logs_bucket.title}.Arn}}/*")],
                StringEquals("aws:SourceAccount", Ref("AWS::AccountId")),
                # not the bucket's Arn attribute: the bucket is created after this policy
                ArnLike("aws:SourceArn", sub(bucket_arn(names.REGION))),
                principal=Principal("Service", "logging.s3.amazonaws.com"),
            ),
        )
    )
    bucket = template.add_resource(
        private_bucket(
            "ObjectStoreBucket",
            sub(names.object_store(names.TOKEN, names.REGION)),
            VersioningConfiguration=VERSIONED,
            LoggingConfiguration=s3.LoggingConfiguration(DestinationBucketName=Ref(logs_bucket), LogFilePrefix="s3/"),
            CorsConfiguration=_cors(),
            ReplicationConfiguration=If(IS_PRIMARY, _replication(sub), NoValue),
            DependsOn=logs_policy,
            **RETAINED,
        )
    )
    template.add_resource(bucket_policy(bucket))
    return bucket


def add_replication_role(template: Template, sub: Substitution) -> None:
    """Add the one role for both directions; each bucket is a source and a destination."""
    buckets = [bucket_arn("${PrimaryRegion}"), bucket_arn("${SecondaryRegion}")]
    template.add_resource(
        iam.Role(
            "ReplicationRole",
            Condition=IS_PRIMARY,
            AssumeRolePolicyDocument=policies.trust_service("s3.amazonaws.com"),
            Policies=[
                policies.inline(
                    "replicate",
                    allow("s3:GetReplicationConfiguration s3:ListBucket", [sub(arn) for arn in buckets]),
                    allow(
                        "s3:GetObjectVersionAcl s3:GetObjectVersionForReplication s3:GetObjectVersionTagging "
                        "s3:ReplicateDelete s3:ReplicateObject s3:ReplicateTags",
                        [sub(f"{arn}/*") for arn in buckets],
                        why=OURS,
                    ),
                )
            ],
            **bounded(sub),
        )
    )


def _cors() -> s3.CorsConfiguration:
    """Any origin is allowed, as requests must be signed; the web app's origin is not known here."""
    return s3.CorsConfiguration(
        CorsRules=[
            s3.CorsRules(
                AllowedOrigins=["*"],
                AllowedMethods=["GET", "HEAD", "PUT"],
                AllowedHeaders=["*"],
                ExposedHeaders=["ETag", "x-amz-request-id", "x-amz-version-id"],
                MaxAge=600,
            )
        ]
    )


def _replication(sub: Substitution) -> s3.ReplicationConfiguration:
    """Everything is replicated: objects, delete markers, and changes to replicas."""
    destination = s3.ReplicationConfigurationRulesDestination(
        Bucket=sub(bucket_arn("${SecondaryRegion}")),
        Metrics=s3.Metrics(Status="Enabled", EventThreshold=If(_TIMED, _THRESHOLD, NoValue)),
        ReplicationTime=If(_TIMED, s3.ReplicationTime(Status="Enabled", Time=_THRESHOLD), NoValue),
    )
    rule = s3.ReplicationConfigurationRules(
        Id=names.FORWARD_RULE,
        Status="Enabled",
        Priority=1,
        Filter=s3.ReplicationRuleFilter(Prefix=""),
        DeleteMarkerReplication=s3.DeleteMarkerReplication(Status="Enabled"),
        SourceSelectionCriteria=s3.SourceSelectionCriteria(
            ReplicaModifications=s3.ReplicaModifications(Status="Enabled")
        ),
        Destination=destination,
    )
    return s3.ReplicationConfiguration(Role=GetAtt("ReplicationRole", "Arn"), Rules=[rule])
