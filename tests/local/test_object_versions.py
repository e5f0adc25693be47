"""Objects on the running cloud: their versions, listed page by page while they are deleted, and S3's defaults."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

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


def test_an_object_is_encrypted_and_a_stream_of_bytes_unless_something_else_is_said(s3: Any, bucket: str) -> None:
    assert s3.put_object(Bucket=bucket, Key="a", Body=b"x")["ServerSideEncryption"] == "AES256"
    s3.put_object(Bucket=bucket, Key="b", Body=b"x", ContentType="text/plain")
    upload = {"Bucket": bucket, "Key": "c", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="c")["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    found = {key: s3.head_object(Bucket=bucket, Key=key) for key in "abc"}
    assert {of["ServerSideEncryption"] for of in found.values()} == {"AES256"}
    types = {key: of["ContentType"] for key, of in found.items()}
    assert types == {"a": "binary/octet-stream", "b": "text/plain", "c": "binary/octet-stream"}


def test_a_copy_obeys_its_conditions(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["ETag"]
    source = {"Bucket": bucket, "CopySource": f"{bucket}/a"}
    s3.copy_object(**source, Key="b", IfNoneMatch="*")
    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"other"'}):
        with pytest.raises(ClientError, match="PreconditionFailed"):
            s3.copy_object(**source, Key="b", **condition)
    assert len([of for of in listed(s3, bucket) if of[1] == "b"]) == 1
    s3.copy_object(**source, Key="b", IfMatch=etag)
