"""``AWS::S3::Bucket`` with everything our templates ask of it, and refusals as on AWS.

The engine creates the bucket and applies its CORS rules, public access block and notifications. What it ignores goes
through its own S3 functions here, so that the S3 API shows it and refuses what AWS would refuse.
"""

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.reasons import checked
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, pass_role
from mraa_local.engine import buckets
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import Answer, region

_ACTIONS = {
    "BucketEncryption": "s3:PutEncryptionConfiguration",
    "CorsConfiguration": "s3:PutBucketCORS",
    "LifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "LoggingConfiguration": "s3:PutBucketLogging",
    "OwnershipControls": "s3:PutBucketOwnershipControls",
    "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
    "ReplicationConfiguration": "s3:PutReplicationConfiguration",
    "Tags": "s3:PutBucketTagging",
    "VersioningConfiguration": "s3:PutBucketVersioning",
}
# the properties of a lifecycle rule that are supported
_LIFECYCLE = {
    "Id",
    "Status",
    "Prefix",
    "ExpirationInDays",
    "ExpiredObjectDeleteMarker",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
}


def document(tag: str, content: Any) -> bytes:
    """Nested dictionaries as an S3 document; a list becomes one element a member."""
    root = Element(tag, xmlns=buckets.NAMESPACE)
    _fill(root, content)
    return bytes(tostring(root, encoding="utf-8"))


def _fill(parent: Element, content: Any) -> None:
    if isinstance(content, dict):
        for name, value in content.items():
            for member in value if isinstance(value, list) else [value]:
                _fill(SubElement(parent, name), member)
    else:
        parent.text = str(content).lower() if isinstance(content, bool) else str(content)


def permissions(change: Change) -> Iterator[Permission]:
    arn = f"arn:aws:s3:::{change.physical_id or change.new.get('BucketName', '')}"
    if change.is_delete:
        yield Permission("s3:DeleteBucket", arn)
        return
    if change.is_create:
        yield Permission("s3:CreateBucket", arn)
    for name, action in _ACTIONS.items():
        if change.touches(name):
            yield Permission(action, arn)
    if change.sets("ReplicationConfiguration"):
        yield pass_role(change.new["ReplicationConfiguration"]["Role"], "s3.amazonaws.com")


def _versioning(name: str, value: dict[str, Any]) -> Answer:
    return buckets.put(name, "versioning", document("VersioningConfiguration", value))


def _no_versioning(name: str) -> Answer:
    return _versioning(name, {"Status": "Suspended"})  # AWS cannot turn it off either


def _ownership(name: str, value: dict[str, Any]) -> Answer:
    return buckets.put(name, "ownership", document("OwnershipControls", {"Rule": value["Rules"]}))


def _encryption(name: str, value: dict[str, Any]) -> Answer:
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    rules = [
        {renamed.get(key, key): part for key, part in rule.items()}
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return buckets.put(name, "encryption", document("ServerSideEncryptionConfiguration", {"Rule": rules}))


def _lifecycle(name: str, value: dict[str, Any]) -> Answer:
    rules = [_lifecycle_rule(rule) for rule in value["Rules"]]
    return buckets.put(name, "lifecycle", document("LifecycleConfiguration", {"Rule": rules}))


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    unknown = rule.keys() - _LIFECYCLE
    if unknown:
        raise ValueError(f"the local cloud does not support {', '.join(sorted(unknown))} in a rule of AWS::S3::Bucket")
    expiration: dict[str, Any] = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = rule["ExpirationInDays"]
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = rule["ExpiredObjectDeleteMarker"]
    given = {"ID": rule.get("Id"), "Filter": {"Prefix": rule.get("Prefix", "")}, "Status": rule["Status"]}
    given["Expiration"] = expiration or None
    for key in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        given[key] = rule.get(key)
    return {key: part for key, part in given.items() if part is not None}


def _logging(name: str, value: dict[str, Any]) -> Answer:
    target = value.get("DestinationBucketName") or name
    record = buckets.find(target)
    if record is None or record.get("region") != region():
        message = "The target bucket for logging does not exist, is not owned by you, or is in another Region."
        return buckets.refusal("InvalidTargetBucketForLogging", message)
    enabled = {"TargetBucket": target, "TargetPrefix": value.get("LogFilePrefix", "")}
    return buckets.put(name, "logging", document("BucketLoggingStatus", {"LoggingEnabled": enabled}))


def _no_logging(name: str) -> Answer:
    return buckets.put(name, "logging", document("BucketLoggingStatus", {}))


def _replication(name: str, value: dict[str, Any]) -> Answer:
    renamed = {"Id": "ID", "TagFilter": "Tag", "TagFilters": "Tag"}

    def translated(part: Any) -> Any:
        if isinstance(part, dict):
            return {renamed.get(key, key): translated(inner) for key, inner in part.items()}
        return [translated(inner) for inner in part] if isinstance(part, list) else part

    body = document("ReplicationConfiguration", {"Role": value["Role"], "Rule": translated(value["Rules"])})
    return buckets.put(name, "replication", body)


# property -> (how it is put, how it is dropped), in this order: replication needs versioning
_CONFIGURATIONS: dict[str, tuple[Callable[[str, dict[str, Any]], Answer], Callable[[str], Answer]]] = {
    "VersioningConfiguration": (_versioning, _no_versioning),
    "OwnershipControls": (_ownership, lambda name: buckets.drop(name, "ownership")),
    "BucketEncryption": (_encryption, lambda name: buckets.drop(name, "encryption")),
    "LoggingConfiguration": (_logging, _no_logging),
    "LifecycleConfiguration": (_lifecycle, lambda name: buckets.drop(name, "lifecycle")),
    "ReplicationConfiguration": (_replication, lambda name: buckets.drop(name, "replication")),
}


def _apply(bucket: str, props: dict[str, Any], old_props: dict[str, Any]) -> None:
    """Put the settings of the template and drop those it no longer has; raises ValueError for what S3 refuses."""
    for name, (put, drop) in _CONFIGURATIONS.items():
        value, old = props.get(name), old_props.get(name)
        if value and value != old:
            checked(put(bucket, value), "S3")
        elif old and not value:
            checked(drop(bucket), "S3")
    if props.get("Tags") != old_props.get("Tags"):
        buckets.set_tags(bucket, {tag["Key"]: str(tag["Value"]) for tag in props.get("Tags") or []})


def _attributes(name: str, given: dict[str, str]) -> dict[str, str]:
    return {**given, "DualStackDomainName": f"{name}.s3.dualstack.{region()}.amazonaws.com"}


def create(engine_create: Callable[..., Created], logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the bucket, then put its settings."""
    name, attributes = engine_create(logical_id, props, stack_name)
    try:
        _apply(name, props, {})
    except ValueError as error:
        raise HalfCreated(name, str(error)) from error
    return name, _attributes(name, attributes)


def update(
    engine_update: Callable[..., Created], physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str
) -> Created:
    """Update the bucket, then put the settings that differ."""
    name, attributes = engine_update(physical_id, old, new, stack_name)
    _apply(name, new, old if name == physical_id else {})
    return name, _attributes(name, attributes)


def delete(engine_delete: Callable[..., None], physical_id: str, props: dict[str, Any]) -> None:
    """Delete an empty bucket; one that no longer exists is success, as for AWS's handler."""
    if buckets.exists(physical_id):
        checked(buckets.delete(physical_id), "S3", "GeneralServiceException")


RESOURCE = ResourceType(
    "AWS::S3::Bucket",
    supported={
        **anything_in("BucketName OwnershipControls PublicAccessBlockConfiguration CorsConfiguration Tags"),
        "VersioningConfiguration": anything_in("Status"),
        "ReplicationConfiguration": {
            "Role": ...,
            "Rules": {
                **anything_in("Id Status Priority Filter DeleteMarkerReplication"),
                "SourceSelectionCriteria": anything_in("ReplicaModifications"),
                "Destination": anything_in("Bucket Metrics ReplicationTime"),
            },
        },
    },
    no_effect={
        "BucketEncryption": "shown, and named in answers; what is stored is not encrypted",
        "LifecycleConfiguration": "shown; nothing expires",
        "LoggingConfiguration": "checked and shown; no access logs are delivered",
    },
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    has_several_steps=True,
)
