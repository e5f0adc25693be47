"""What an S3 request needs: its action, by method and sub-resource, and what its headers ask for besides.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html ("Permissions"). Only what the engine serves is here;
anything else is undetermined, and so is a request with two sub-resources, of which S3 answers none.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from mraa_local.access import passed_roles
from mraa_local.engine import authorization
from mraa_local.engine.authorization import Call, Check, UndeterminedError

# method -> sub-resource ("" for none) -> action
_OF_BUCKETS: dict[str, dict[str, str]] = {
    "GET": {
        "": "ListBucket",
        "acl": "GetBucketAcl",
        "accelerate": "GetAccelerateConfiguration",
        "cors": "GetBucketCORS",
        "encryption": "GetEncryptionConfiguration",
        "lifecycle": "GetLifecycleConfiguration",
        "list-type": "ListBucket",
        "location": "GetBucketLocation",
        "logging": "GetBucketLogging",
        "notification": "GetBucketNotification",
        "object-lock": "GetBucketObjectLockConfiguration",
        "ownershipControls": "GetBucketOwnershipControls",
        "policy": "GetBucketPolicy",
        "publicAccessBlock": "GetBucketPublicAccessBlock",
        "replication": "GetReplicationConfiguration",
        "tagging": "GetBucketTagging",
        "uploads": "ListBucketMultipartUploads",
        "versioning": "GetBucketVersioning",
        "versions": "ListBucketVersions",
        "website": "GetBucketWebsite",
    },
    "PUT": {
        "": "CreateBucket",
        "acl": "PutBucketAcl",
        "accelerate": "PutAccelerateConfiguration",
        "cors": "PutBucketCORS",
        "encryption": "PutEncryptionConfiguration",
        "lifecycle": "PutLifecycleConfiguration",
        "logging": "PutBucketLogging",
        "notification": "PutBucketNotification",
        "object-lock": "PutBucketObjectLockConfiguration",
        "ownershipControls": "PutBucketOwnershipControls",
        "policy": "PutBucketPolicy",
        "publicAccessBlock": "PutBucketPublicAccessBlock",
        "replication": "PutReplicationConfiguration",
        "requestPayment": "PutBucketRequestPayment",
        "tagging": "PutBucketTagging",
        "versioning": "PutBucketVersioning",
        "website": "PutBucketWebsite",
    },
    "DELETE": {
        "": "DeleteBucket",
        "cors": "PutBucketCORS",
        "encryption": "PutEncryptionConfiguration",
        "lifecycle": "PutLifecycleConfiguration",
        "ownershipControls": "PutBucketOwnershipControls",
        "policy": "DeleteBucketPolicy",
        "publicAccessBlock": "PutBucketPublicAccessBlock",
        "replication": "PutReplicationConfiguration",
        "tagging": "PutBucketTagging",
        "website": "DeleteBucketWebsite",
    },
    "HEAD": {"": "ListBucket"},
    "POST": {"delete": "DeleteObject"},
}
_OF_OBJECTS: dict[str, dict[str, str]] = {
    "GET": {
        "": "GetObject",
        "acl": "GetObjectAcl",
        "attributes": "GetObjectAttributes",
        "legal-hold": "GetObjectLegalHold",
        "retention": "GetObjectRetention",
        "tagging": "GetObjectTagging",
        "uploadId": "ListMultipartUploadParts",
    },
    "PUT": {
        "": "PutObject",
        "acl": "PutObjectAcl",
        "legal-hold": "PutObjectLegalHold",
        "retention": "PutObjectRetention",
        "tagging": "PutObjectTagging",
        "uploadId": "PutObject",
    },
    "POST": {"restore": "RestoreObject", "uploadId": "PutObject", "uploads": "PutObject"},
    "DELETE": {"": "DeleteObject", "tagging": "DeleteObjectTagging", "uploadId": "AbortMultipartUpload"},
    "HEAD": {"": "GetObject"},
}
# every sub-resource of S3, those that are not served too: a request with one is never taken for one without
_SUB_RESOURCES = {name for of in (_OF_BUCKETS, _OF_OBJECTS) for names in of.values() for name in names if name} | {
    "abac",
    "analytics",
    "annotation",
    "intelligent-tiering",
    "inventory",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "metadataTable",
    "metrics",
    "policyStatus",
    "renameObject",
    "request-payment",
    "requestPayment",
    "select",
    "session",
    "torrent",
}
_OF_VERSIONS = {
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
}
# headers of an upload and the right that each needs besides s3:PutObject
_UPLOAD_RIGHTS = {
    "x-amz-acl": "s3:PutObjectAcl",
    "x-amz-grant-full-control": "s3:PutObjectAcl",
    "x-amz-grant-read": "s3:PutObjectAcl",
    "x-amz-grant-read-acp": "s3:PutObjectAcl",
    "x-amz-grant-write-acp": "s3:PutObjectAcl",
    "x-amz-tagging": "s3:PutObjectTagging",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
}


def bucket_and_key(path: str) -> tuple[str, str]:
    """Bucket and key of a path; a key may begin with a slash, which makes it another key."""
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket, key


def action_of(call: Call) -> str:
    """The request's action; raises UndeterminedError."""
    bucket, key = bucket_and_key(call.path)
    named = sorted(_SUB_RESOURCES & call.query.keys())
    if not bucket and call.method == "GET" and not named:
        return "s3:ListAllMyBuckets"
    of_method = (_OF_OBJECTS if key else _OF_BUCKETS).get(call.method, {})
    action = of_method.get(named[0] if named else "") if bucket and len(named) < 2 else None
    if action is None:
        what = " and ".join(named) or "this path"
        raise UndeterminedError("s3", f"{call.method} {call.path}: the local cloud does not support {what} with it")
    return f"s3:{_OF_VERSIONS.get(action, action) if key and _value(call.query, 'versionId') else action}"


def checks_of(call: Call) -> list[Check]:
    """Everything that a request needs, its own action first."""
    action = action_of(call)
    bucket, key = bucket_and_key(call.path)
    if action == "s3:DeleteObject" and not key:
        checks = list(_deletions(bucket, call.body)) or [Check(action, _arn(bucket, ""))]
    else:
        checks = [Check(action, _arn(bucket, key) if bucket else "*", _keys(action, call))]
    targets = [check.resource_arn for check in checks]
    if action == "s3:PutObject":
        checks += _of_upload(call, targets[0])
    if action.startswith("s3:GetObject") and action.endswith("Attributes"):
        checks.append(Check(action.removesuffix("Attributes"), targets[0]))
    checks += passed_roles.checks_of(action, call)
    if call.headers.get("x-amz-bypass-governance-retention", "").strip().lower() == "true":
        checks += [Check("s3:BypassGovernanceRetention", target) for target in targets]
    return checks


def _of_upload(call: Call, target: str) -> Iterator[Check]:
    # an object's settings are in the request that begins its upload: not in a part's, nor in the completion's
    if not _value(call.query, "uploadId"):
        for action in sorted({right for header, right in _UPLOAD_RIGHTS.items() if call.headers.get(header)}):
            yield Check(action, target, _tag_keys(call))
    source, _, query = call.headers.get("x-amz-copy-source", "").partition("?")
    if source:
        is_version = any(name == "versionId" and value for name, value in parse_qsl(query))
        yield Check("s3:GetObjectVersion" if is_version else "s3:GetObject", _arn(*bucket_and_key(unquote(source))))


def _keys(action: str, call: Call) -> Mapping[str, Any]:
    """Condition keys that the engine does not set."""
    if action in {"s3:PutObjectTagging", "s3:PutObjectVersionTagging"}:
        return _tag_keys(call)
    if action != "s3:PutObject":
        return {}
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    is_part = "uploads" in call.query or _value(call.query, "partNumber") != ""
    keys: dict[str, Any] = {"s3:ObjectCreationOperation": "false" if is_part else "true", **_tag_keys(call)}
    for header in ("if-match", "if-none-match"):
        if header in call.headers:
            keys[f"s3:{header}"] = call.headers[header]
    return keys


def _tag_keys(call: Call) -> dict[str, Any]:
    tags = dict(parse_qsl(call.headers.get("x-amz-tagging", ""), keep_blank_values=True))
    if not tags:
        return {}
    named = {f"s3:RequestObjectTag/{name}": value for name, value in tags.items()}
    return {**named, "s3:RequestObjectTagKeys": list(tags)}


def _deletions(bucket: str, body: bytes) -> Iterator[Check]:
    for arn, version_id in authorization.deleted_objects(bucket, body):
        yield Check("s3:DeleteObjectVersion" if version_id else "s3:DeleteObject", arn)


def _arn(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _value(query: Mapping[str, Any], name: str) -> str:
    values = query.get(name) or [""]
    return str(values[0] if isinstance(values, list) else values)
