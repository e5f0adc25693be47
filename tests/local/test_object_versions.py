"""Object versions on the running cloud, listed page by page while they are deleted."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local.deploying import unique


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    return client("s3")


@pytest.fixture
def bucket(s3: Any) -> Iterator[str]:
    name = unique("versions")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield name
    for _, key, version in listed(s3, name):
        s3.delete_object(Bucket=name, Key=key, VersionId=version)
    s3.delete_bucket(Bucket=name)


def listed(s3: Any, bucket: str, **more: Any) -> list[tuple[str, str, str]]:
    page = s3.list_object_versions(Bucket=bucket, **more)
    found = [("version", of) for of in page.get("Versions", [])] + [
        ("marker", of) for of in page.get("DeleteMarkers", [])
    ]
    return [(kind, of["Key"], of["VersionId"]) for kind, of in found]


def write(s3: Any, bucket: str, *keys: str) -> list[str]:
    return [s3.put_object(Bucket=bucket, Key=key, Body=b"x")["VersionId"] for key in keys]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_bucket_is_emptied_page_by_page(s3: Any, bucket: str, size: int) -> None:
    write(s3, bucket, *5 * ["a"], *3 * ["b"], "c")
    s3.delete_object(Bucket=bucket, Key="a")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
    for page in pages:
        for of in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=of["Key"], VersionId=of["VersionId"])
    assert listed(s3, bucket) == []


def test_a_page_continues_after_the_deleted_version_without_what_was_written_since(s3: Any, bucket: str) -> None:
    first, second, third, fourth = write(s3, bucket, *4 * ["a"])
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=2)
    assert [of["VersionId"] for of in page["Versions"]] == [fourth, third]
    s3.delete_object(Bucket=bucket, Key="a", VersionId=third)
    write(s3, bucket, "a", "b")
    rest = listed(s3, bucket, KeyMarker=page["NextKeyMarker"], VersionIdMarker=page["NextVersionIdMarker"])
    assert [version for _, key, version in rest if key == "a"] == [second, first]
    assert "b" in {key for _, key, _ in rest}


def test_a_page_that_ended_with_a_key_that_is_gone_continues_with_the_next_key(s3: Any, bucket: str) -> None:
    (only, _) = write(s3, bucket, "a", "b")
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=1)
    s3.delete_object(Bucket=bucket, Key="a", VersionId=only)
    rest = listed(s3, bucket, KeyMarker=page["NextKeyMarker"], VersionIdMarker=page["NextVersionIdMarker"])
    assert [key for _, key, _ in rest] == ["b"]
