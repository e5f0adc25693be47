"""Objects: what is in them, their upload, and the moments at which S3 replicates.

A record is the engine's own dictionary of one version (``version_id``, ``size``, ``replication_status``, ...), a rule
a replication rule in the shape of the S3 API.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import s3

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Record = dict[str, Any]
Rule = dict[str, Any]


def content(bucket: str, key: str, version_id: str | None = None) -> bytes | None:
    """The object's bytes; None if the object does not exist."""
    data: bytes | None = s3._get_object_data(bucket, key, version_id=version_id)
    return data


def checksums(bucket: str, key: str) -> dict[str, str]:
    """The checksums that were verified at the upload, by algorithm."""
    return s3._buckets[bucket]["objects"][key].get("checksums") or {}


def around_upload(around: Callable[[str, str, Callable[[], Answer]], Answer]) -> None:
    """Have ``around(bucket, key, go on)`` answer PutObject."""
    original = s3._put_object

    def put_object(bucket: str, key: str, body: bytes, headers: dict[str, str]) -> Answer:
        return around(bucket, key, lambda: original(bucket, key, body, headers))

    rebind(original, put_object)


def default_content_type(content_type: str) -> None:
    """Give objects that are uploaded without a content type this one."""
    build, begin = s3._build_object_record, s3._create_multipart_upload

    def typed(headers: dict[str, str]) -> dict[str, str]:
        return headers if headers.get("content-type") else {**headers, "content-type": content_type}

    def build_record(body: bytes, headers: dict[str, str], *more: Any, **options: Any) -> Record:
        record: Record = build(body, typed(headers), *more, **options)
        return record

    def begin_multipart(bucket: str, key: str, headers: dict[str, str]) -> Answer:
        answer: Answer = begin(bucket, key, typed(headers))
        return answer

    rebind(build, build_record)
    rebind(begin, begin_multipart)


def default_encryption(headers: dict[str, str]) -> None:
    """Name this encryption for objects whose request and bucket name none."""
    original = s3._bucket_default_sse_headers

    def of_bucket(bucket: str) -> dict[str, str]:
        return dict(original(bucket)) or headers

    rebind(original, of_bucket)


def check_conditions_of_copies() -> None:
    """Check a copy's ``If-Match`` and ``If-None-Match`` against the object that it would replace."""
    original = s3._copy_object

    def copy(bucket: str, key: str, headers: dict[str, str]) -> Answer:
        record = s3._buckets.get(bucket) or {}
        refused: Answer | None = s3._check_put_preconditions(headers, record.get("objects", {}).get(key))
        answer: Answer = refused or original(bucket, key, headers)
        return answer

    rebind(original, copy)


def replicate_by(
    version_written: Callable[[str, str, Record, dict[str, str] | None], None],
    marker_written: Callable[[str, str], None],
    tags_changed: Callable[[str, str, str], None],
) -> None:
    """Replicate in the engine's place.

    Called in the source's Region with (bucket, key) and: the version's record and tags; nothing; the version's id.
    """
    put_tags, delete_tags = s3._put_object_tagging, s3._delete_object_tagging

    def noticed(change: Callable[..., Answer], bucket: str, key: str, *more: Any) -> Answer:
        answer = change(bucket, key, *more)
        if answer[0] < 300:
            tags_changed(bucket, key, answer[1].get("x-amz-version-id", "null"))
        return answer

    def written(bucket: str, key: str, record: Record, _data: Any, tags: dict[str, str] | None = None) -> None:
        version_written(bucket, key, record, tags)

    s3._maybe_replicate, s3._maybe_replicate_delete_marker = written, marker_written
    s3._put_object_tagging = lambda *arguments: noticed(put_tags, *arguments)
    s3._delete_object_tagging = lambda *arguments: noticed(delete_tags, *arguments)


def rule_for(bucket: str, key: str, tags: dict[str, str] | None) -> tuple[Rule | None, str]:
    """The first enabled rule that takes the object, and the role it replicates under."""
    rule, role = s3._replication_rule_for(bucket, key, tags)
    return rule, str(role)


def enabled_rules() -> Iterator[tuple[str, Rule]]:
    """Every bucket of the request's account with each of its enabled rules."""
    for bucket, config in s3._bucket_replication.items():
        yield from ((bucket, rule) for rule in config.get("Rules", []) if rule.get("Status") == "Enabled")


def can_reach_destination(bucket: str, key: str, rule: Rule, role: str) -> bool:
    """Whether the rule's destination is a bucket that takes replicas."""
    return s3._replication_destination(bucket, key, rule, role) is not None


def region(bucket: str) -> str | None:
    """The Region of a bucket in any account; None if it does not exist."""
    found: str | None = s3.bucket_region(bucket)
    return found
