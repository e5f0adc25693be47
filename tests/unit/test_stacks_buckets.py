"""Emptying a bucket: what S3 refuses, and what is gone already."""

from types import SimpleNamespace
from typing import cast

import boto3
import pytest
from botocore.stub import Stubber

from mraa.aws import Aws, Clock
from mraa.errors import AwsError
from mraa.stacks.destroy.buckets import delete_bucket
from mraa.stacks.models import Leftover, LeftoverKind
from tests.regions import PRIMARY

BUCKET = Leftover(LeftoverKind.BUCKET, "bucket", PRIMARY)


def delete(code: str) -> Stubber:
    """Delete a bucket of one version, which S3 refuses to delete with a code."""
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client("s3", PRIMARY, **keys)
    with Stubber(client) as s3:
        s3.add_response("list_object_versions", {"Versions": [{"Key": "k", "VersionId": "v"}]})
        refused = {"Key": "k", "VersionId": "v", "Code": code, "Message": "no"}
        s3.add_response("delete_objects", {"Errors": [refused]})
        s3.add_response("delete_bucket", {})
        aws = cast(Aws, SimpleNamespace(client=lambda service, region: client))
        delete_bucket(aws, Clock(), lambda event: None, "123456789012", BUCKET)
    return s3


def test_a_version_that_somebody_else_has_deleted_meanwhile_is_no_error() -> None:
    delete("NoSuchVersion").assert_no_pending_responses()


def test_a_version_that_may_not_be_deleted_ends_it_with_s3s_reason() -> None:
    with pytest.raises(AwsError, match="Deleting bucket bucket in us-east-1 failed: AccessDenied: k: no"):
        delete("AccessDenied")
