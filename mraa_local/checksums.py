"""The answer to an upload names the checksum that was verified, as S3's does; the engine keeps it to itself.

Uploaders compare it with what they sent: nothing else proves that the object arrived whole.
"""

from typing import Any

from ministack.services import s3

from mraa_local import hooks

HOOKED = ("ministack.services.s3._buckets", "ministack.services.s3._put_object")


def install() -> None:
    """Add the stored object's checksums to what PutObject answers."""
    original = s3._put_object

    def put_object(bucket_name: str, key: str, body: bytes, headers: dict[str, str]) -> Any:
        status, answered, content = original(bucket_name, key, body, headers)
        if status == 200:
            checksums = s3._buckets[bucket_name]["objects"][key].get("checksums") or {}
            answered = {**answered, **{f"x-amz-checksum-{name.lower()}": value for name, value in checksums.items()}}
        return status, answered, content

    hooks.rebind(original, put_object)
