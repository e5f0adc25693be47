"""Puts the reverse replication rule, secondary bucket to primary, without which a failback would lose objects.

A rule requires an existing destination, so the two buckets cannot both have their rules from the start: the stack
created second puts the first one's rule through this function. Other rules of the bucket are kept.

Requires on the source bucket: s3:GetReplicationConfiguration, s3:PutReplicationConfiguration; iam:PassRole on the role.
"""

from typing import Any

from botocore.exceptions import ClientError

from mraa_fence.retries import Clock, codes_of, is_transient, retry
from shared import aws, cloudformation
from shared.aws import Client
from shared.cloudformation import InvalidRequest, Request, text

RULE_ID = "mraa-reverse"

# S3's errors while a new role cannot be assumed yet, or while another call changes the bucket
_TOO_EARLY = {"AccessDenied", "InvalidArgument", "InvalidRequest", "OperationAborted"}
_RETRY_LIMIT_S = 60.0
_MARGIN_S = 10.0


class ForeignRules(Exception):
    """The bucket has other rules under another role, and a bucket has one role for all rules."""


def handle(event: Any, context: Any) -> None:
    """Entry point."""
    cloudformation.run(event, context, configure, "SourceBucket")


def configure(request: Request, clock: Clock = Clock()) -> dict[str, str]:  # noqa: B008 - a constant
    """Put our rule, or remove it."""
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
    retry(
        lambda: s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=configuration),
        clock,
        clock.monotonic() + min(_RETRY_LIMIT_S, request.remaining_s() - _MARGIN_S),
        first_pause_s=2,
        is_retried=lambda error: is_transient(error) or codes_of(error)[0] in _TOO_EARLY,
    )


def _rule(properties: dict[str, Any], priority: int) -> dict[str, Any]:
    """Everything is replicated: objects, delete markers and changes to replicas."""
    destination: dict[str, Any] = {
        "Bucket": text(properties, "DestinationBucketArn"),
        "Metrics": {"Status": "Enabled"},
    }
    control = text(properties, "ReplicationTimeControl")
    if control == "Enabled":  # 15 minutes is the only value that S3 accepts
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
    """Remove our rule. No error if the bucket or the rule does not exist."""
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
    """The bucket's replication configuration; empty if it has none."""
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
