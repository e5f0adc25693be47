"""The rule from the secondary bucket back to the primary one, without which a failback would lose objects.

A bucket's rule needs its destination to exist, so the two buckets cannot both carry theirs from the start: the stack
created second puts the first one's rule through this function. Rules that somebody else put there are kept.

Needs on the source bucket: s3:GetReplicationConfiguration, s3:PutReplicationConfiguration; iam:PassRole on the role.
"""

from typing import Any

from botocore.exceptions import ClientError

from shared import aws, cloudformation
from shared.aws import Client, codes_of
from shared.cloudformation import InvalidRequest, Request, text
from shared.retries import Clock, is_passing, patiently

RULE_ID = "mraa-reverse"

# What S3 answers while a role is too young to be assumed, or while the bucket is being changed by another call.
_TOO_EARLY = {"AccessDenied", "InvalidArgument", "InvalidRequest", "OperationAborted"}
_RETRY_LIMIT_S = 60.0
_MARGIN_S = 10.0


class ForeignRules(Exception):
    """The bucket has rules of somebody else's under another role; a bucket has one role for all."""


def handle(event: Any, context: Any) -> None:
    """Entry point."""
    cloudformation.run(event, context, configure, "SourceBucket")


def configure(request: Request, clock: Clock = Clock()) -> dict[str, str]:  # noqa: B008 - a constant
    """Put our rule, or take it away."""
    old = request.old_properties
    if request.type == "Delete":
        _remove_rule(request.properties)
    else:
        if old.get("SourceBucket") not in (None, request.properties.get("SourceBucket")):
            _remove_rule(old)
        _put_rule(request, clock)
    return {}


def _put_rule(request: Request, clock: Clock) -> None:
    bucket, role = text(request.properties, "SourceBucket"), text(request.properties, "RoleArn")
    s3 = _s3(request.properties)
    found = _configuration(s3, bucket)
    others = _without_ours(found)
    if others and found["Role"] != role:
        raise ForeignRules(f"{bucket} has other replication rules, under the role {found['Role']}: remove them first.")
    priority = 1 + max((int(rule.get("Priority", 0)) for rule in others), default=0)
    configuration = {"Role": role, "Rules": [*others, _rule(request.properties, priority)]}
    patiently(
        lambda: s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=configuration),
        clock,
        clock.monotonic() + min(_RETRY_LIMIT_S, request.remaining_s() - _MARGIN_S),
        first_pause_s=2,
        is_retried=lambda error: is_passing(error) or codes_of(error)[0] in _TOO_EARLY,
    )


def _rule(properties: dict[str, Any], priority: int) -> dict[str, Any]:
    """Everything goes over: objects, delete markers and changes made to replicas."""
    destination: dict[str, Any] = {
        "Bucket": text(properties, "DestinationBucketArn"),
        "Metrics": {"Status": "Enabled"},
    }
    control = text(properties, "ReplicationTimeControl")
    if control == "Enabled":  # 15 minutes is the only value that S3 takes
        destination["Metrics"]["EventThreshold"] = {"Minutes": 15}
        destination["ReplicationTime"] = {"Status": "Enabled", "Time": {"Minutes": 15}}
    elif control != "Disabled":
        raise InvalidRequest("The property ReplicationTimeControl must be Enabled or Disabled.")
    return {
        "ID": RULE_ID,
        "Status": "Enabled",
        "Priority": priority,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}},
        "Destination": destination,
    }


def _remove_rule(properties: dict[str, Any]) -> None:
    """Leave the bucket without our rule; without the bucket or the rule there is nothing to do."""
    bucket, s3 = text(properties, "SourceBucket"), _s3(properties)
    try:
        found = _configuration(s3, bucket)
        others = _without_ours(found)
        if others:
            s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={**found, "Rules": others})
        elif found:
            s3.delete_bucket_replication(Bucket=bucket)
    except ClientError as error:
        if codes_of(error)[0] != "NoSuchBucket":
            raise


def _configuration(s3: Client, bucket: str) -> dict[str, Any]:
    """The bucket's replication configuration; empty where it has none."""
    try:
        return dict(s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"])
    except ClientError as error:
        if codes_of(error)[0] == "ReplicationConfigurationNotFoundError":
            return {}
        raise


def _without_ours(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for rule in configuration.get("Rules", []) if rule.get("ID") != RULE_ID]


def _s3(properties: dict[str, Any]) -> Client:
    return aws.client("s3", text(properties, "SourceRegion"))
