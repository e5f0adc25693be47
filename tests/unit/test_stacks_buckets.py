"""Emptying a bucket: what S3 refuses, and what is gone already."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from mraa.aws import Aws, Clock
from mraa.errors import AwsError
from mraa.stacks.destroy.buckets import delete_bucket
from mraa.stacks.models import Leftover, LeftoverKind
from tests.regions import PRIMARY

BUCKET = Leftover(LeftoverKind.BUCKET, "bucket", PRIMARY)


class Bucket:
    """A bucket of one version that S3 refuses to delete with a code."""

    def __init__(self, code: str) -> None:
        self.code, self.is_deleted = code, False

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"Versions": [{"Key": "k", "VersionId": "v"}]}])

    def delete_objects(self, **_: Any) -> dict[str, Any]:
        return {"Errors": [{"Key": "k", "VersionId": "v", "Code": self.code, "Message": "no"}]}

    def delete_bucket(self, **_: Any) -> None:
        self.is_deleted = True


def delete(bucket: Bucket) -> None:
    aws = cast(Aws, SimpleNamespace(client=lambda service, region: bucket))
    delete_bucket(aws, Clock(), lambda event: None, "123456789012", BUCKET)


def test_a_version_that_somebody_else_has_deleted_meanwhile_is_no_error() -> None:
    bucket = Bucket("NoSuchVersion")
    delete(bucket)
    assert bucket.is_deleted


def test_a_version_that_may_not_be_deleted_ends_it_with_s3s_reason() -> None:
    with pytest.raises(AwsError, match="Deleting bucket bucket in us-east-1 failed: AccessDenied: k: no"):
        delete(Bucket("AccessDenied"))
