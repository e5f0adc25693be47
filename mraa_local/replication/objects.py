"""S3 replication by the bucket's own rules: versions, delete markers and tags, under the rule's role.

A version keeps its id and its place in time, so that both buckets end with the same history and the same current
object, whichever order things arrive in. Replicas are put into the store directly and so are never sent back.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ministack.core.responses import get_account_id, request_scope
from ministack.services import s3

from mraa_local.replication import metrics, versions
from mraa_local.replication.queues import Stamp
from mraa_local.service_roles import ServiceRole

HOOKED = tuple(
    f"ministack.services.s3.{name}"
    for name in (
        "_bucket_policies", "_bucket_replication", "_buckets", "_delete_object_tagging", "_maybe_replicate",
        "_maybe_replicate_delete_marker", "_object_tags", "_object_versions", "_put_object_tagging",
        "_replication_destination", "_replication_rule_for", "_replication_rule_prefix", "_replication_rule_tags",
        "bucket_region",
    )
)  # fmt: skip

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
        if self.rule["Destination"].get("Metrics", {}).get("Status") != "Enabled":
            return None
        return metrics.Rule(
            self.account_id, self.stamp.region, self.bucket, self.destination, self.destination_bucket, self.rule["ID"]
        )

    def apply(self) -> None:
        """Bring it to the destination bucket, and say at the source how it went."""
        with request_scope(self.account_id, self.stamp.region):
            version = versions.find(self.bucket, self.key, self.version_id)
            # A version deleted for good before its turn has nothing left to replicate.
            is_done = version is None or self._replicate(version)
            if version is not None and self.what == "version":
                versions.set_status(self.bucket, self.key, self.version_id, "COMPLETED" if is_done else "FAILED")
        if self.metrics_rule:
            metrics.operation_done(self.metrics_rule, self.size_bytes, is_failed=not is_done)

    def _replicate(self, version: dict[str, Any]) -> bool:
        tags = s3._object_tags.get((self.bucket, self.key, self.version_id)) or {}
        target = s3._replication_destination(self.bucket, self.key, self.rule, self.role)
        if target is None or not self._is_allowed(bool(tags)):
            return False
        name = self.destination_bucket
        if self.what == "tags":
            versions.set_tags(name, self.key, self.version_id, tags)
        elif self.what == "marker":
            versions.insert_marker(name, self.key, version, self.stamp.region)
        else:
            body = s3._version_body(s3._buckets[self.bucket], self.bucket, self.key, version)
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
                resource_policy=s3._bucket_policies.get(resource.removeprefix("arn:aws:s3:::").partition("/")[0]),
            )
            for action, resource in needed.items()
        )


def install(send: Callable[[ObjectChange], None], stamp: Callable[[str], Stamp]) -> None:
    """Queue what the engine would write to the other bucket at once."""

    def queue(bucket: str, key: str, what: str, record: dict[str, Any], rule: dict[str, Any], role: str) -> bool:
        """False where the destination is no bucket at all."""
        destination = s3.bucket_region(_bucket_name(rule))
        if destination is None:
            return False
        written = stamp(s3.bucket_region(bucket))
        size = int(record.get("size", 0)) if what == "version" else 0
        send(ObjectChange(written, destination, get_account_id(), bucket, key, what, record, size, rule, role))
        return True

    def replicate(
        bucket: str, key: str, record: dict[str, Any], _data: Any, tags: dict[str, str] | None = None
    ) -> None:
        rule, role = s3._replication_rule_for(bucket, key, tags)
        if rule is not None and not _is_left_out(rule, record):
            record["replication_status"] = "PENDING"
            if not queue(bucket, key, "version", record, rule, role):
                record["replication_status"] = "FAILED"

    def replicate_marker(bucket: str, key: str) -> None:
        # A rule by tags never takes a delete marker, for it has none.
        rule, role = s3._replication_rule_for(bucket, key, None)
        history = s3._object_versions.get((bucket, key)) or []
        if rule is not None and history and _takes_markers(rule):
            queue(bucket, key, "marker", history[-1], rule, role)

    def with_tags(change_tags: Callable[..., Any], *arguments: Any) -> Any:
        answer = change_tags(*arguments)
        if answer[0] >= 300:
            return answer
        bucket, key = arguments[0], arguments[1]
        version_id = answer[1].get("x-amz-version-id", "null")
        version = versions.find(bucket, key, version_id)
        tags = s3._object_tags.get((bucket, key, version_id))
        rule, role = s3._replication_rule_for(bucket, key, tags)
        if version is not None and rule is not None and _takes_changes(rule, version):
            queue(bucket, key, "tags", version, rule, role)
        return answer

    put_tags, delete_tags = s3._put_object_tagging, s3._delete_object_tagging
    s3._maybe_replicate, s3._maybe_replicate_delete_marker = replicate, replicate_marker
    s3._put_object_tagging = lambda *arguments: with_tags(put_tags, *arguments)
    s3._delete_object_tagging = lambda *arguments: with_tags(delete_tags, *arguments)


def queued(change: ObjectChange) -> None:
    """Count a change in that has just been queued."""
    if change.metrics_rule:
        metrics.operation_queued(change.metrics_rule, change.size_bytes)


def _bucket_name(rule: dict[str, Any]) -> str:
    return str(rule["Destination"]["Bucket"]).rpartition(":::")[2]


def _is_left_out(rule: dict[str, Any], record: dict[str, Any]) -> bool:
    """Objects under a KMS key are replicated only where the rule says so."""
    is_kms = record.get("preserved_headers", {}).get("x-amz-server-side-encryption", "").startswith("aws:kms")
    return is_kms and _selects(rule, "SseKmsEncryptedObjects") != "Enabled"


def _takes_markers(rule: dict[str, Any]) -> bool:
    return "Filter" not in rule or (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled"


def _takes_changes(rule: dict[str, Any], version: dict[str, Any]) -> bool:
    """A change of a replica goes back only with replica modification sync."""
    return version.get("replication_status") != "REPLICA" or _selects(rule, "ReplicaModifications") == "Enabled"


def _selects(rule: dict[str, Any], name: str) -> str:
    return str(((rule.get("SourceSelectionCriteria") or {}).get(name) or {}).get("Status", "Disabled"))
