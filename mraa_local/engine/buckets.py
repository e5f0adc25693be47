"""Buckets: their records and settings, and what S3 answers about them.

A setting is an S3 document as bytes, put and dropped under S3's own name for it (``versioning``, ``replication``).
"""

from collections.abc import Callable
from typing import Any

from ministack.services import s3

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

NAMESPACE = str(s3.S3_NS)

_PUT: dict[str, Callable[[str, bytes], Answer]] = {
    "versioning": lambda bucket, body: s3._put_bucket_versioning(bucket, body),
    "ownership": lambda bucket, body: s3._put_bucket_ownership_controls(bucket, body),
    "encryption": lambda bucket, body: s3._put_bucket_encryption(bucket, body),
    "logging": lambda bucket, body: s3._put_bucket_logging(bucket, body),
    "lifecycle": lambda bucket, body: s3._put_bucket_lifecycle(bucket, body),
    "replication": lambda bucket, body: s3._put_bucket_replication(bucket, body),
    "policy": lambda bucket, body: s3._put_bucket_policy(bucket, body),
}
_DROP: dict[str, Callable[[str], Answer]] = {
    "ownership": lambda bucket: s3._delete_bucket_ownership_controls(bucket),
    "encryption": lambda bucket: s3._delete_bucket_encryption(bucket),
    "lifecycle": lambda bucket: s3._delete_bucket_lifecycle(bucket),
    "replication": lambda bucket: s3._delete_bucket_replication(bucket),
}


def find(bucket: str) -> dict[str, Any] | None:
    """The bucket's record in the account of the request: ``region``, ``_ownership_controls``, ..."""
    record: dict[str, Any] | None = s3._buckets.get(bucket)
    return record


def exists(bucket: str) -> bool:
    """Whether a bucket of this name exists, in any account."""
    return s3._bucket_owner_account(bucket) is not None


def region_in(account_id: str, bucket: str, default: str) -> str:
    """The Region of the account's bucket, empty if it does not exist; may be asked outside a request."""
    record = s3._buckets.get_scoped(account_id, None, bucket)
    return str(record.get("region") or default) if record else ""


def put(bucket: str, setting: str, document: bytes) -> Answer:
    """Put a setting, as the S3 API does."""
    return _PUT[setting](bucket, document)


def drop(bucket: str, setting: str) -> Answer:
    """Drop a setting, as the S3 API does."""
    return _DROP[setting](bucket)


def delete(bucket: str) -> Answer:
    """Delete an empty bucket."""
    answer: Answer = s3._delete_bucket(bucket)
    return answer


def set_tags(bucket: str, tags: dict[str, str]) -> None:
    """Give the bucket these tags and no others."""
    s3._bucket_tags[bucket] = tags


def policy(bucket: str) -> Any:
    """The bucket's policy; None if it has none."""
    return s3._bucket_policies.get(bucket)


def refusal(code: str, message: str) -> Answer:
    """S3's answer to a request that it refuses."""
    answer: Answer = s3._error(code, message, 400)
    return answer


def before_replication_rules(check: Callable[[str, bytes], Answer | None]) -> None:
    """Have ``check(bucket, document)`` see replication rules before they are put; what it answers refuses them."""
    original = s3._put_bucket_replication

    def put_replication(bucket: str, document: bytes) -> Answer:
        answer: Answer = check(bucket, document) or original(bucket, document)
        return answer

    rebind(original, put_replication)


def cors_headers(bucket: str, method: str, headers: dict[str, str]) -> dict[str, Any]:
    """What the bucket's CORS rules add to an answer."""
    return dict(s3.cors_response_headers(bucket, method, headers))


def cors_preflight(bucket: str, key: str, headers: dict[str, str]) -> Answer:
    """The answer to a preflight by the bucket's CORS rules."""
    answer: Answer = s3.cors_preflight(bucket, key, headers)
    return answer
