"""A bucket in the other Region is created private, gets its policy, and is deleted with everything in it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from secondary_bucket.handler import handle, manage
from shared.cloudformation import Request
from tests.errors import client_error
from tests.functions.conftest import Clients, CloudFormation, Context
from tests.functions.fakes import FakeClient, FakeTime, failing
from tests.regions import PRIMARY, SECONDARY

BUCKET = "mraa-1-ap-northeast-1-console"
PROPERTIES = {"Bucket": BUCKET, "Region": SECONDARY}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/console/*",
        }
    ],
}


@pytest.fixture
def s3(clients: Clients) -> Any:
    return clients("s3", SECONDARY)


def ask(
    cloudformation: CloudFormation,
    kind: str,
    properties: dict[str, Any] = PROPERTIES,
    resource: str = "SecondaryBucket",
) -> Any:
    cloudformation.bodies.clear()
    request = cloudformation.request(kind, properties, f"mraa/{BUCKET}", ResourceType=f"Custom::{resource}")
    handle(request, Context())
    return cloudformation.answer


def test_the_bucket_is_created_in_its_region_private_and_encrypted(s3: Any, cloudformation: CloudFormation) -> None:
    answer = ask(cloudformation, "Create")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", f"mraa/{BUCKET}")
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == SECONDARY
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    [rule] = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    [ownership] = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"]
    assert ownership == {"ObjectOwnership": "BucketOwnerEnforced"}


def test_in_us_east_1_the_bucket_is_created_without_a_location(
    clients: Clients, cloudformation: CloudFormation
) -> None:
    assert ask(cloudformation, "Create", {"Bucket": BUCKET, "Region": PRIMARY})["Status"] == "SUCCESS"
    assert clients("s3", PRIMARY).get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_bucket_that_an_interrupted_run_left_is_taken_over(
    s3: Any, cloudformation: CloudFormation, kind: str
) -> None:
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": SECONDARY})
    assert ask(cloudformation, kind)["Status"] == "SUCCESS"
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())


@pytest.mark.parametrize("code", ["AccessDenied", "OperationAborted"])
def test_a_role_or_a_name_that_is_not_ready_yet_is_waited_for(s3: Any, clients: Clients, code: str) -> None:
    early = failing(client_error(code, status=403), client_error(code, status=403))

    def refuse(operation: str, number: int, arguments: dict[str, Any]) -> None:
        if operation == "create_bucket":
            early(operation, number, arguments)

    clients.made[("s3", SECONDARY)] = FakeClient(s3, refuse)
    time = FakeTime()
    assert manage(Request("Create", "r", PROPERTIES, {}, lambda: 120.0), time.clock()) == {}
    assert len(time.pauses) == 2
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == SECONDARY


def test_a_permission_that_never_comes_fails_before_the_time_out(clients: Clients) -> None:
    clients.made[("s3", SECONDARY)] = FakeClient(
        on_call=failing(client_error("AccessDenied", status=403), forever=True), create_bucket=None
    )
    time = FakeTime()
    with pytest.raises(ClientError, match="AccessDenied"):
        manage(Request("Create", "r", PROPERTIES, {}, lambda: 120.0), time.clock())
    assert time.seconds <= 60


def test_a_bucket_of_somebody_else_is_not_used(clients: Clients, cloudformation: CloudFormation) -> None:
    taken = FakeClient(on_call=failing(client_error("BucketAlreadyExists", status=409)), create_bucket=None)
    clients.made[("s3", SECONDARY)] = taken
    answer = ask(cloudformation, "Create")
    assert (answer["Status"], "BucketAlreadyExists" in answer["Reason"]) == ("FAILED", True)
    assert [name for name, _ in taken.calls] == ["create_bucket"]


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_policy_of_the_template_is_put(s3: Any, cloudformation: CloudFormation, kind: str) -> None:
    ask(cloudformation, "Create")
    answer = ask(cloudformation, kind, {**PROPERTIES, "PolicyDocument": POLICY}, "SecondaryBucketPolicy")
    assert answer["Status"] == "SUCCESS"
    assert json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]) == POLICY


def test_a_policy_is_not_deleted_without_its_bucket(s3: Any, cloudformation: CloudFormation) -> None:
    ask(cloudformation, "Create")
    policy = {**PROPERTIES, "PolicyDocument": POLICY}
    ask(cloudformation, "Create", policy, "SecondaryBucketPolicy")
    assert ask(cloudformation, "Delete", policy, "SecondaryBucketPolicy")["Status"] == "SUCCESS"
    assert s3.get_bucket_policy(Bucket=BUCKET)["Policy"]


def test_a_delete_removes_the_bucket_with_every_version(s3: Any, cloudformation: CloudFormation) -> None:
    ask(cloudformation, "Create")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket=BUCKET, Key="console/index.html", Body=b"")
    s3.delete_object(Bucket=BUCKET, Key="console/index.html")
    assert ask(cloudformation, "Delete")["Status"] == "SUCCESS"
    assert s3.list_buckets()["Buckets"] == []
    assert ask(cloudformation, "Delete")["Status"] == "SUCCESS"  # it is gone already


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize(
    "away",
    [client_error("ServiceUnavailable", status=503), ConnectTimeoutError(endpoint_url="https://s3.example")],
    ids=["refuses", "hangs"],
)
def test_a_region_that_does_not_answer_is_named_in_one_line(
    clients: Clients, cloudformation: CloudFormation, kind: str, away: Exception
) -> None:
    clients.made[("s3", SECONDARY)] = FakeClient(
        on_call=failing(away, forever=True), create_bucket=None, list_object_versions=None
    )
    answer = ask(cloudformation, kind)
    assert answer["Status"] == "FAILED"
    assert f"S3 in {SECONDARY} does not answer, so the bucket {BUCKET} cannot be used." in answer["Reason"]


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        *(
            (name, resource)
            for name in ("Bucket", "Region")
            for resource in ("SecondaryBucket", "SecondaryBucketPolicy")
        ),
        ("PolicyDocument", "SecondaryBucketPolicy"),
    ],
)
def test_a_missing_property_is_named(
    clients: Clients, cloudformation: CloudFormation, name: str, resource: str
) -> None:
    given = {**PROPERTIES, "PolicyDocument": POLICY}
    answer = ask(cloudformation, "Create", {key: of for key, of in given.items() if key != name}, resource)
    assert (answer["Status"], name in answer["Reason"]) == ("FAILED", True)


def test_a_creation_that_never_happened_is_deleted_without_an_error(s3: Any, cloudformation: CloudFormation) -> None:
    handle(
        cloudformation.request("Delete", PROPERTIES, "never-created/x", ResourceType="Custom::SecondaryBucket"),
        Context(),
    )
    assert cloudformation.answer["Status"] == "SUCCESS"
