"""Two Regions on moto for the deployer: code buckets, a template small enough for moto, and credentials."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from mraa import names
from mraa.settings import Settings
from tests.regions import PRIMARY, SECONDARY

SETTINGS = Settings(secondary_region=SECONDARY, bucket_prefix="code")
PREFIX = f"{SETTINGS.solution_name}/{SETTINGS.solution_version}"
ACCOUNT = "123456789012"

# what moto supports of a main stack: our parameters and outputs, and one resource
MAIN = {
    "Parameters": {
        "SecondaryRegion": {"Type": "String"},
        "ReplicationTimeControl": {"Type": "String", "Default": "Disabled"},
        "DeletionProtection": {"Type": "String", "Default": "Disabled"},
        "ApiGatewayLoggingRole": {"Type": "String", "Default": "Create"},
    },
    "Resources": {
        "State": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Name": "/test/state", "Value": {"Ref": "DeletionProtection"}},
        },
        "Time": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Name": "/test/time", "Value": {"Ref": "ReplicationTimeControl"}},
        },
    },
    "Outputs": {
        "SampleApplicationAppId": {"Value": "the-app"},
        "SecondaryRegion": {"Value": {"Ref": "SecondaryRegion"}},
    },
}
WEB = {
    "Parameters": {name: {"Type": "String"} for name in ("AdminName", "AdminEmail", "SolutionStackName")},
    "Resources": {
        "Name": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Name": "/test/web", "Value": {"Ref": "AdminName"}},
        }
    },
    "Outputs": {"ConsoleUrl": {"Value": "https://console.example"}},
}


@contextmanager
def moto_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto instead of AWS, and none of the developer's settings."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


def make_bucket(name: str, region: str) -> None:
    constraint = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    boto3.client("s3", region).create_bucket(Bucket=name, **constraint)


def publish(main: dict[str, object] | None = None) -> None:
    """Code buckets in both Regions with the templates in them."""
    for region in (PRIMARY, SECONDARY):
        s3 = boto3.client("s3", region)
        bucket = f"{SETTINGS.bucket_prefix}-{region}"
        if bucket not in {b["Name"] for b in s3.list_buckets()["Buckets"]}:
            make_bucket(bucket, region)
        for name, template in ((names.MAIN_TEMPLATE, main or MAIN), (names.DEMO_UI_TEMPLATE, WEB)):
            s3.put_object(Bucket=bucket, Key=f"{PREFIX}/{name}", Body=json.dumps(template).encode())
