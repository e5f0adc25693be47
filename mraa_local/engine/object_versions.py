"""Versions of objects: find one, insert a replica where it belongs in time, set status and tags.

A version is the engine's own dictionary, oldest first in the history of its key.
"""

import html
import re
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from typing import Any

from ministack.services import s3

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Marker = tuple[str, str, str]  # bucket, key, version id: where a page of a listing ends

_NEXT = re.compile("<NextKeyMarker>(.*?)</NextKeyMarker><NextVersionIdMarker>(.*?)</NextVersionIdMarker>", re.DOTALL)

_WRITTEN_IN = "mraa_written_in"  # on replicas; what has none was written in the bucket's own Region


def find(bucket: str, key: str, version_id: str) -> dict[str, Any] | None:
    """The entry of a version, or None."""
    history = s3._object_versions.get((bucket, key)) or []
    return next((entry for entry in history if entry["version_id"] == version_id), None)


def older_than(bucket: str, key: str, version_id: str) -> list[str]:
    """The ids of the versions of a key that are older than this one."""
    ids = [str(entry["version_id"]) for entry in s3._object_versions.get((bucket, key)) or []]
    return ids[: ids.index(version_id)] if version_id in ids else []


@contextmanager
def placeholder(marker: Marker, older: Set[str]) -> Iterator[None]:
    """While entered, a version that does not exist has its place in the history of its key: after the older ones."""
    bucket, key, version_id = marker
    history = s3._object_versions.get((bucket, key))
    if not history:
        yield
        return
    place = max((number for number, entry in enumerate(history, 1) if entry["version_id"] in older), default=0)
    history.insert(place, {"version_id": version_id})
    try:
        yield
    finally:
        del history[place]


def around_listing(
    around: Callable[[str, Marker | None, Callable[[], tuple[Answer, Marker | None]]], Answer],
) -> None:
    """Have ``around(bucket, where to continue, go on)`` list versions; going on also gives where the page ends."""
    original = s3._list_object_versions

    def list_versions(bucket: str, params: dict[str, Any]) -> Answer:
        key, version_id = s3._qp(params, "key-marker"), s3._qp(params, "version-id-marker")
        marker = (bucket, str(key), str(version_id)) if key and version_id else None

        def proceed() -> tuple[Answer, Marker | None]:
            answer: Answer = original(bucket, params)
            return answer, _end_of_page(bucket, answer)

        return around(bucket, marker, proceed)

    rebind(original, list_versions)


def _end_of_page(bucket: str, answer: Answer) -> Marker | None:
    found = _NEXT.search(answer[2].decode()) if answer[0] == 200 else None
    return (bucket, html.unescape(found[1]), found[2]) if found else None


def newest(bucket: str, key: str) -> dict[str, Any] | None:
    """The newest version or delete marker of a key, or None."""
    history = s3._object_versions.get((bucket, key))
    return history[-1] if history else None


def tags(bucket: str, key: str, version_id: str) -> dict[str, str]:
    """The version's tags."""
    return s3._object_tags.get((bucket, key, version_id)) or {}


def body(bucket: str, key: str, version: dict[str, Any]) -> bytes | None:
    """The version's bytes."""
    data: bytes | None = s3._version_body(s3._buckets[bucket], bucket, key, version)
    return data


def set_status(bucket: str, key: str, version_id: str, status: str) -> None:
    """Write the replication status on the version, and on the current object if that is it."""
    entry = find(bucket, key, version_id)
    if entry is None:
        return
    entry["replication_status"] = status
    current = s3._buckets[bucket]["objects"].get(key)
    if current is not None and current.get("version_id") == version_id:
        current["replication_status"] = status
    s3._persist_version_state(bucket, key, s3._buckets[bucket])


def set_tags(bucket: str, key: str, version_id: str, tags: dict[str, str]) -> None:
    """Give a version other tags; no effect if the version does not exist (yet)."""
    if find(bucket, key, version_id) is None:
        return
    if tags:
        s3._object_tags[bucket, key, version_id] = dict(tags)
    else:
        s3._object_tags.pop((bucket, key, version_id), None)
    s3._persist_version_state(bucket, key, s3._buckets[bucket])


def insert(
    bucket: str,
    key: str,
    version: dict[str, Any],
    body: bytes | None,
    tags: dict[str, str],
    written_in: str,
    storage_class: str | None = None,
) -> None:
    """Put a replica of ``version`` into the bucket's history; it is current unless a newer one exists."""
    replica = {**version, "data": body, "replication_status": "REPLICA"}
    if storage_class:
        replica["storage_class"] = storage_class
    if not _place(bucket, key, replica, written_in):
        return
    if tags:
        s3._object_tags[bucket, key, replica["version_id"]] = dict(tags)
    record = s3._object_record_from_version(replica)
    record["parts"] = replica.get("parts")
    if replica["is_latest"]:
        s3._buckets[bucket]["objects"][key] = record
    elif s3.S3_PERSIST:
        s3._persist_displaced_version(bucket, key, record, "Enabled")
    s3._persist_version_state(bucket, key, s3._buckets[bucket])


def insert_marker(bucket: str, key: str, marker: dict[str, Any], written_in: str) -> None:
    """Put a replica of a delete marker into the bucket's history."""
    replica = dict(marker)
    if _place(bucket, key, replica, written_in):
        if replica["is_latest"]:
            s3._buckets[bucket]["objects"].pop(key, None)
        s3._persist_version_state(bucket, key, s3._buckets[bucket])


def _place(bucket: str, key: str, replica: dict[str, Any], written_in: str) -> bool:
    """Insert by time of writing (the Region's name breaks a tie); False if the version already exists."""
    if find(bucket, key, replica["version_id"]) is not None:
        return False
    current = s3._buckets[bucket]["objects"].get(key)
    history = s3._object_versions.setdefault((bucket, key), [])
    s3._preserve_null_version(bucket, key, history, current)
    replica[_WRITTEN_IN] = written_in
    here = s3.bucket_region(bucket)
    mine = (replica["last_modified"], written_in)
    at = next(
        (i for i, entry in enumerate(history) if (entry["last_modified"], entry.get(_WRITTEN_IN, here)) > mine),
        len(history),
    )
    if at == len(history):
        s3._persist_displaced_version(bucket, key, current, "Enabled")
    history.insert(at, replica)
    for entry in history:
        entry["is_latest"] = entry is history[-1]
    return True
