"""Every form of TemplateURL that people and tools write."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.cfn.template_url import Location, parse
from mraa_local.process import LocalCloud
from tests.regions import PRIMARY

PORT = 4566


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://b.s3.us-east-1.amazonaws.com/a/t.template", Location("b", "a/t.template", "us-east-1")),
        ("https://b.s3-eu-west-1.amazonaws.com/t", Location("b", "t", "eu-west-1")),
        ("https://b.s3.dualstack.us-east-1.amazonaws.com/t", Location("b", "t", "us-east-1")),
        ("https://b.s3.cn-north-1.amazonaws.com.cn/t", Location("b", "t", "cn-north-1")),
        ("https://b.s3.amazonaws.com/t", Location("b", "t")),
        ("https://dotted.name.s3.amazonaws.com/t", Location("dotted.name", "t")),
        ("https://s3.amazonaws.com/b/a/t", Location("b", "a/t")),
        ("https://s3.eu-west-1.amazonaws.com/b/t", Location("b", "t", "eu-west-1")),
        ("http://127.0.0.1:4566/b/a/t", Location("b", "a/t")),
        ("http://localhost:4566/b/t", Location("b", "t")),
        ("http://b.localhost:4566/t", Location("b", "t")),
        ("http://b.s3.localhost:4566/t", Location("b", "t")),
        ("http://b.s3.us-east-1.localhost:4566/t", Location("b", "t")),
        ("https://b.s3.amazonaws.com/with%20space", Location("b", "with space")),
    ],
)
def test_the_bucket_is_found_in_host_or_path(url: str, expected: Location) -> None:
    assert parse(url, PORT) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/b/t",
        "https://b.s3.amazonaws.com.example.com/t",
        "https://b.s3.amazonaws.com/",
        "http://b.s3.amazonaws.com/t",
        "http://127.0.0.1:9999/b/t",
        "http://127.0.0.1:4566/b",
        "file:///etc/passwd",
        "t.template",
    ],
)
def test_what_cloudformation_does_not_accept_is_not_accepted(url: str) -> None:
    assert parse(url, PORT) is None


BODY = {
    "Resources": {"It": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/u", "Type": "String", "Value": "1"}}}
}


@pytest.fixture(scope="module")
def bucket(client: Callable[..., Any]) -> str:
    s3 = client("s3", "eu-west-1")
    s3.create_bucket(Bucket="templates-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="templates-eu", Key="p/v1/t.template", Body=json.dumps(BODY).encode())
    return "templates-eu"


def test_stacks_and_change_sets_are_created_from_a_bucket(
    cloud: LocalCloud, client: Callable[..., Any], bucket: str
) -> None:
    cloudformation = client("cloudformation", PRIMARY)
    url = f"https://{bucket}.s3.eu-west-1.amazonaws.com/p/v1/t.template"
    cloudformation.validate_template(TemplateURL=url)
    cloudformation.create_stack(StackName="by-url", TemplateURL=url)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="by-url", WaiterConfig={"Delay": 1})
    made = cloudformation.create_change_set(
        StackName="by-url-too",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateURL=f"{cloud.endpoint}/{bucket}/p/v1/t.template",
    )
    described = cloudformation.describe_change_set(ChangeSetName=made["Id"])
    assert [change["ResourceChange"]["LogicalResourceId"] for change in described["Changes"]] == ["It"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://templates-eu.s3.us-east-1.amazonaws.com/p/v1/t.template", "this region: eu-west-1"),
        ("https://templates-eu.s3.amazonaws.com/p/v1/other", "specified key does not exist"),
        ("https://nobodys.s3.amazonaws.com/t", "specified bucket does not exist"),
        ("https://example.com/t", "must be a supported URL"),
    ],
)
def test_a_url_of_nothing_fails_with_the_reason(client: Callable[..., Any], bucket: str, url: str, words: str) -> None:
    with pytest.raises(ClientError, match=words):
        client("cloudformation", PRIMARY).create_stack(StackName="nowhere", TemplateURL=url)
