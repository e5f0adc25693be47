"""``AWS::S3::Bucket`` with everything our templates ask of it, and refusals as on AWS.

The engine makes the bucket and applies its CORS rules, public access block and notifications. What it ignores goes
through its own S3 functions here, so that the S3 API shows it and refuses what AWS would refuse.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.core.responses import get_region
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from mraa_local import hooks
from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.reasons import Answer, checked

HOOKED = (
    "ministack.services.cloudformation.provisioners._RESOURCE_HANDLERS",
    "ministack.services.cloudformation.provisioners._policy_document_json",
    "ministack.services.s3._bucket_owner_account",
    "ministack.services.s3._bucket_tags",
    "ministack.services.s3._buckets",
    "ministack.services.s3._delete_bucket",
    "ministack.services.s3._delete_bucket_encryption",
    "ministack.services.s3._delete_bucket_lifecycle",
    "ministack.services.s3._delete_bucket_ownership_controls",
    "ministack.services.s3._delete_bucket_replication",
    "ministack.services.s3._error",
    "ministack.services.s3._put_bucket_encryption",
    "ministack.services.s3._put_bucket_lifecycle",
    "ministack.services.s3._put_bucket_logging",
    "ministack.services.s3._put_bucket_ownership_controls",
    "ministack.services.s3._put_bucket_policy",
    "ministack.services.s3._put_bucket_replication",
    "ministack.services.s3._put_bucket_versioning",
)

TYPE = "AWS::S3::Bucket"
# what each rule of a lifecycle configuration may say here
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
    root = Element(tag, xmlns=s3.S3_NS)
    _fill(root, content)
    return bytes(tostring(root, encoding="utf-8"))


def _fill(parent: Element, content: Any) -> None:
    if isinstance(content, dict):
        for name, value in content.items():
            for member in value if isinstance(value, list) else [value]:
                _fill(SubElement(parent, name), member)
    else:
        parent.text = str(content).lower() if isinstance(content, bool) else str(content)


def _versioning(name: str, value: dict[str, Any]) -> Answer:
    return s3._put_bucket_versioning(name, document("VersioningConfiguration", value))


def _no_versioning(name: str) -> Answer:
    return _versioning(name, {"Status": "Suspended"})  # AWS cannot turn it off either


def _ownership(name: str, value: dict[str, Any]) -> Answer:
    body = document("OwnershipControls", {"Rule": value["Rules"]})
    return s3._put_bucket_ownership_controls(name, body)


def _encryption(name: str, value: dict[str, Any]) -> Answer:
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    rules = [
        {renamed.get(key, key): part for key, part in rule.items()}
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    body = document("ServerSideEncryptionConfiguration", {"Rule": rules})
    return s3._put_bucket_encryption(name, body)


def _lifecycle(name: str, value: dict[str, Any]) -> Answer:
    rules = [_lifecycle_rule(rule) for rule in value["Rules"]]
    return s3._put_bucket_lifecycle(name, document("LifecycleConfiguration", {"Rule": rules}))


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    unknown = rule.keys() - _LIFECYCLE
    if unknown:
        raise ValueError(f"the local cloud does not support {', '.join(sorted(unknown))} in a rule of {TYPE}")
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
    record = s3._buckets.get(target)
    if record is None or record.get("region") != get_region():
        message = "The target bucket for logging does not exist, is not owned by you, or is in another Region."
        return s3._error("InvalidTargetBucketForLogging", message, 400)
    enabled = {"TargetBucket": target, "TargetPrefix": value.get("LogFilePrefix", "")}
    return s3._put_bucket_logging(name, document("BucketLoggingStatus", {"LoggingEnabled": enabled}))


def _no_logging(name: str) -> Answer:
    return s3._put_bucket_logging(name, document("BucketLoggingStatus", {}))


def _replication(name: str, value: dict[str, Any]) -> Answer:
    renamed = {"Id": "ID", "TagFilter": "Tag", "TagFilters": "Tag"}

    def translated(part: Any) -> Any:
        if isinstance(part, dict):
            return {renamed.get(key, key): translated(inner) for key, inner in part.items()}
        return [translated(inner) for inner in part] if isinstance(part, list) else part

    body = document("ReplicationConfiguration", {"Role": value["Role"], "Rule": translated(value["Rules"])})
    return s3._put_bucket_replication(name, body)


class Configuration(NamedTuple):
    """One property of a bucket: how it is put, and how it goes when the template drops it."""

    name: str
    put: Callable[[str, dict[str, Any]], Answer]
    drop: Callable[[str], Answer]


# in this order: replication needs versioning
_CONFIGURATIONS = (
    Configuration("VersioningConfiguration", _versioning, _no_versioning),
    Configuration("OwnershipControls", _ownership, lambda name: s3._delete_bucket_ownership_controls(name)),
    Configuration("BucketEncryption", _encryption, lambda name: s3._delete_bucket_encryption(name)),
    Configuration("LoggingConfiguration", _logging, _no_logging),
    Configuration("LifecycleConfiguration", _lifecycle, lambda name: s3._delete_bucket_lifecycle(name)),
    Configuration("ReplicationConfiguration", _replication, lambda name: s3._delete_bucket_replication(name)),
)


def _apply(name: str, props: dict[str, Any], old_props: dict[str, Any]) -> None:
    """Put what the template says and drop what it says no longer; raises ValueError for what S3 refuses."""
    for configuration in _CONFIGURATIONS:
        value, old = props.get(configuration.name), old_props.get(configuration.name)
        if value and value != old:
            checked(configuration.put(name, value), "S3")
        elif old and not value:
            checked(configuration.drop(name), "S3")
    if props.get("Tags") != old_props.get("Tags"):
        s3._bucket_tags[name] = {tag["Key"]: str(tag["Value"]) for tag in props.get("Tags") or []}


def _attributes(name: str, given: dict[str, str]) -> dict[str, str]:
    return {**given, "DualStackDomainName": f"{name}.s3.dualstack.{get_region()}.amazonaws.com"}


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete an empty bucket; one that is gone already is success, as for AWS's handler."""
    if s3._bucket_owner_account(physical_id) is not None:
        checked(s3._delete_bucket(physical_id), "S3", "GeneralServiceException")


def create_policy(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    """Put the policy through S3, which refuses a public one where public access is blocked."""
    policy = provisioners._policy_document_json(props)
    checked(s3._put_bucket_policy(props["Bucket"], policy.encode()), "S3")
    return str(props["Bucket"]), {}


def update_policy(
    physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str
) -> tuple[str, dict[str, str]]:
    """Put the new policy; on another bucket that is a replacement, and the engine deletes the old one."""
    return create_policy(physical_id, new_props, stack_name)


def destination_buckets(body: bytes) -> Iterable[str]:
    """The bucket names that a replication configuration writes to."""
    for found in re.findall(rb"<Bucket>\s*([^<\s]+)\s*</Bucket>", body):
        yield found.decode().rpartition(":")[2]


def _refuse_missing_destinations() -> None:
    original = s3._put_bucket_replication

    def put_bucket_replication(bucket_name: str, body: bytes) -> Answer:
        if s3._buckets.get(bucket_name) is not None:
            for destination in destination_buckets(body):
                if s3._bucket_owner_account(destination) is None:
                    return s3._error("InvalidRequest", "Destination bucket must exist.", 400)
        return original(bucket_name, body)

    hooks.rebind(original, put_bucket_replication)


def install() -> None:
    """Wrap the engine's handlers of buckets and their policies."""
    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    original_create, original_update = handlers["create"], handlers["update"]

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
        name, attributes = original_create(logical_id, props, stack_name)
        try:
            _apply(name, props, {})
        except ValueError as error:
            raise HalfCreated(name, str(error)) from error
        return name, _attributes(name, attributes)

    def update(
        physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, str]]:
        name, attributes = original_update(physical_id, old_props, new_props, stack_name)
        _apply(name, new_props, old_props if name == physical_id else {})
        return name, _attributes(name, attributes)

    handlers.update(create=create, update=update, delete=delete)

    policies = provisioners._RESOURCE_HANDLERS["AWS::S3::BucketPolicy"]
    policies.update(create=create_policy, update=update_policy)
    _refuse_missing_destinations()
