"""S3 replication by the bucket's own rules: versions, delete markers and tags, under the rule's role.

A version keeps its id and its place in time, so that both buckets end with the same history and the same current
object, whichever order things arrive in. Replicas are put into the store directly and so are never sent back.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import buckets
from mraa_local.engine import object_versions as versions
from mraa_local.engine import objects as s3
from mraa_local.engine.objects import Record, Rule
from mraa_local.engine.scope import account_id, scope
from mraa_local.replication import metrics
from mraa_local.replication.queues import Stamp

SERVICE = "s3.amazonaws.com"


@dataclass(frozen=True)
class ObjectChange:
    """A version, a delete marker or a version's new tags.

    ``record`` is the engine's own record of the version: it has no ``version_id`` yet when the change is queued.
    """

    kind: ClassVar[str] = "objects"
    stamp: Stamp
    destination: str
    account_id: str
    bucket: str
    key: str
    what: str
    """``version``, ``marker`` or ``tags``."""
    record: dict[str, Any]
    size_bytes: int
    rule: dict[str, Any]
    role: str

    @property
    def version_id(self) -> str:
        """The version this is about."""
        return str(self.record.get("version_id") or "null")

    @property
    def destination_bucket(self) -> str:
        """The bucket the rule names."""
        return _bucket_name(self.rule)

    @property
    def metrics_rule(self) -> metrics.Rule | None:
        """The rule as CloudWatch knows it; None where its metrics are off."""
        return _metrics_rule(self.account_id, self.stamp.region, self.bucket, self.destination, self.rule)

    def apply(self) -> None:
        """Write it to the destination bucket, and its replication status to the source."""
        with scope(self.account_id, self.stamp.region):
            version = versions.find(self.bucket, self.key, self.version_id)
            # A version deleted for good before its turn has nothing left to replicate.
            is_done = version is None or self._replicate(version)
            if version is not None and self.what == "version":
                versions.set_status(self.bucket, self.key, self.version_id, "COMPLETED" if is_done else "FAILED")
        if self.metrics_rule:
            metrics.operation_done(self.metrics_rule, self.size_bytes, is_failed=not is_done)

    def _replicate(self, version: dict[str, Any]) -> bool:
        tags = versions.tags(self.bucket, self.key, self.version_id)
        is_reachable = s3.can_reach_destination(self.bucket, self.key, self.rule, self.role)
        if not is_reachable or not self._is_allowed(bool(tags)):
            return False
        name = self.destination_bucket
        if self.what == "tags":
            versions.set_tags(name, self.key, self.version_id, tags)
        elif self.what == "marker":
            versions.insert_marker(name, self.key, version, self.stamp.region)
        else:
            body = versions.body(self.bucket, self.key, version)
            storage_class = self.rule["Destination"].get("StorageClass")
            versions.insert(name, self.key, version, body, tags, self.stamp.region, storage_class)
        return True

    def _is_allowed(self, has_tags: bool) -> bool:
        """Whether the rule's role may read here and write there."""
        source, destination = f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.destination_bucket}"
        at_source, at_destination = f"{source}/{self.key}", f"{destination}/{self.key}"
        needed = {"s3:GetReplicationConfiguration": source, "s3:ListBucket": source}
        if self.what == "marker":
            needed["s3:ReplicateDelete"] = at_destination
        else:
            needed["s3:GetObjectVersionForReplication"] = needed["s3:GetObjectVersionAcl"] = at_source
            needed["s3:ReplicateObject"] = at_destination
        if has_tags or self.what == "tags":
            needed["s3:GetObjectVersionTagging"] = at_source
            needed["s3:ReplicateTags"] = at_destination
        role = ServiceRole(self.role, SERVICE, source_arn=source)
        return role.can_be_assumed() and all(
            role.may(
                action,
                resource,
                self.stamp.region,
                resource_policy=buckets.policy(resource.removeprefix("arn:aws:s3:::").partition("/")[0]),
            )
            for action, resource in needed.items()
        )


def install(send: Callable[[ObjectChange], None], stamp: Callable[[str], Stamp]) -> None:
    """Queue what the engine would write to the other bucket at once."""

    def queue(bucket: str, key: str, what: str, record: Record, rule: Rule, role: str) -> bool:
        """False if the destination does not exist."""
        source, destination = s3.region(bucket), s3.region(_bucket_name(rule))
        if source is None or destination is None:
            return False
        size = int(record.get("size", 0)) if what == "version" else 0
        send(ObjectChange(stamp(source), destination, account_id(), bucket, key, what, record, size, rule, role))
        return True

    def version_written(bucket: str, key: str, record: Record, tags: dict[str, str] | None) -> None:
        rule, role = s3.rule_for(bucket, key, tags)
        if rule is not None and not _is_left_out(rule, record):
            record["replication_status"] = "PENDING"
            if not queue(bucket, key, "version", record, rule, role):
                record["replication_status"] = "FAILED"

    def marker_written(bucket: str, key: str) -> None:
        # A rule by tags never takes a delete marker, for it has none.
        rule, role = s3.rule_for(bucket, key, None)
        marker = versions.newest(bucket, key)
        if rule is not None and marker and _takes_markers(rule):
            queue(bucket, key, "marker", marker, rule, role)

    def tags_changed(bucket: str, key: str, version_id: str) -> None:
        version = versions.find(bucket, key, version_id)
        rule, role = s3.rule_for(bucket, key, versions.tags(bucket, key, version_id) or None)
        if version is not None and rule is not None and _takes_changes(rule, version):
            queue(bucket, key, "tags", version, rule, role)

    s3.replicate_by(version_written, marker_written, tags_changed)


def queued(change: ObjectChange) -> None:
    """Count a change that has just been queued."""
    if change.metrics_rule:
        metrics.operation_queued(change.metrics_rule, change.size_bytes)


def metrics_rules() -> Iterator[metrics.Rule]:
    """The rules of the request's account whose metrics are enabled and whose buckets exist."""
    for bucket, rule in s3.enabled_rules():
        source, destination = s3.region(bucket), s3.region(_bucket_name(rule))
        if source and destination and (found := _metrics_rule(account_id(), source, bucket, destination, rule)):
            yield found


def _metrics_rule(
    account: str, source: str, bucket: str, destination: str, rule: dict[str, Any]
) -> metrics.Rule | None:
    if rule["Destination"].get("Metrics", {}).get("Status") != "Enabled":
        return None
    return metrics.Rule(account, source, bucket, destination, _bucket_name(rule), rule["ID"])


def _bucket_name(rule: dict[str, Any]) -> str:
    return str(rule["Destination"]["Bucket"]).rpartition(":::")[2]


def _is_left_out(rule: dict[str, Any], record: dict[str, Any]) -> bool:
    """Objects under a KMS key are replicated only if the rule selects them."""
    is_kms = record.get("preserved_headers", {}).get("x-amz-server-side-encryption", "").startswith("aws:kms")
    return is_kms and _selects(rule, "SseKmsEncryptedObjects") != "Enabled"


def _takes_markers(rule: dict[str, Any]) -> bool:
    return "Filter" not in rule or (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled"


def _takes_changes(rule: dict[str, Any], version: dict[str, Any]) -> bool:
    """A change of a replica goes back only with replica modification sync."""
    return version.get("replication_status") != "REPLICA" or _selects(rule, "ReplicaModifications") == "Enabled"


def _selects(rule: dict[str, Any], name: str) -> str:
    return str(((rule.get("SourceSelectionCriteria") or {}).get(name) or {}).get("Status", "Disabled"))
