"""Buckets created by CloudFormation on the running local cloud."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local import deploying
from tests.local.deploying import ACCOUNT, resource, template, unique
from tests.regions import PRIMARY, SECONDARY

Make = Callable[..., Any]
VERSIONED = {"VersioningConfiguration": {"Status": "Enabled"}}


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


@pytest.fixture(scope="module")
def s3(client: Make) -> Any:
    return client("s3", PRIMARY)


def bucket_template(name: str, **properties: Any) -> dict[str, Any]:
    return template({"Bucket": resource("AWS::S3::Bucket", {"BucketName": name, **properties})})


def replication(destination: str) -> dict[str, Any]:
    rule = {
        "Id": "there",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}},
        "Destination": {"Bucket": f"arn:aws:s3:::{destination}", "Metrics": {"Status": "Enabled"}},
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/replication"
    return {"ReplicationConfiguration": {"Role": role, "Rules": [rule]}}


def test_the_s3_api_shows_every_setting(cf: Any, s3: Any) -> None:
    name, logs = unique("bucket"), unique("logs")
    s3.create_bucket(Bucket=logs)
    body = bucket_template(
        name,
        **VERSIONED,
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
            ]
        },
        LoggingConfiguration={"DestinationBucketName": logs, "LogFilePrefix": "s3/"},
        LifecycleConfiguration={
            "Rules": [
                {
                    "Id": "old",
                    "Status": "Enabled",
                    "ExpirationInDays": 90,
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        CorsConfiguration={"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 5}]},
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True},
        Tags=[{"Key": "of", "Value": "test"}],
    )

    assert deploying.create(cf, unique("stack"), body)["StackStatus"] == "CREATE_COMPLETE"

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["BucketKeyEnabled"] and rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_logging(Bucket=name)["LoggingEnabled"] == {"TargetBucket": logs, "TargetPrefix": "s3/"}
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]
    assert lifecycle["Expiration"] == {"Days": 90}
    assert lifecycle["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert lifecycle["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerPreferred"}]
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"][0]["MaxAgeSeconds"] == 5
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["RestrictPublicBuckets"]) == (True, False)
    assert {"Key": "of", "Value": "test"} in s3.get_bucket_tagging(Bucket=name)["TagSet"]


def test_settings_that_the_template_drops_are_dropped(cf: Any, s3: Any) -> None:
    name, logs = unique("bucket"), unique("logs")
    s3.create_bucket(Bucket=logs)
    lifecycle = {"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": 90}]}
    full = bucket_template(
        name, **VERSIONED, LoggingConfiguration={"DestinationBucketName": logs}, LifecycleConfiguration=lifecycle
    )
    stack = deploying.create(cf, unique("stack"), full)

    assert deploying.update(cf, stack["StackName"], bucket_template(name))["StackStatus"] == "UPDATE_COMPLETE"

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=name)
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=name)


def test_a_replication_rule_is_put_and_replaced(cf: Any, s3: Any, client: Make) -> None:
    name, there = unique("bucket"), unique("there")
    remote = client("s3", SECONDARY)
    remote.create_bucket(Bucket=there, CreateBucketConfiguration={"LocationConstraint": SECONDARY})
    remote.put_bucket_versioning(Bucket=there, VersioningConfiguration={"Status": "Enabled"})

    stack = deploying.create(cf, unique("stack"), bucket_template(name, **VERSIONED, **replication(there)))
    assert stack["StackStatus"] == "CREATE_COMPLETE"

    rule = s3.get_bucket_replication(Bucket=name)["ReplicationConfiguration"]["Rules"][0]
    assert (rule["ID"], rule["Status"], rule["Priority"]) == ("there", "Enabled", 1)
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    assert rule["SourceSelectionCriteria"] == {"ReplicaModifications": {"Status": "Enabled"}}
    assert rule["Destination"] == {"Bucket": f"arn:aws:s3:::{there}", "Metrics": {"Status": "Enabled"}}

    timed = replication(there)
    timed["ReplicationConfiguration"]["Rules"][0]["Destination"] |= {
        "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
        "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
    }
    deploying.update(cf, stack["StackName"], bucket_template(name, **VERSIONED, **timed))
    destination = s3.get_bucket_replication(Bucket=name)["ReplicationConfiguration"]["Rules"][0]["Destination"]
    assert destination["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}


def test_a_rule_to_a_missing_bucket_fails_and_leaves_no_bucket(cf: Any, s3: Any) -> None:
    name = unique("bucket")

    stack = deploying.create(cf, unique("stack"), bucket_template(name, **VERSIONED, **replication("no-such-bucket")))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Destination bucket must exist." in deploying.reason(cf, stack["StackId"], "Bucket")
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=name)


def test_a_rule_to_a_bucket_without_versions_is_refused_by_cloudformation_and_by_s3(cf: Any, s3: Any) -> None:
    name, there = unique("bucket"), unique("there")
    s3.create_bucket(Bucket=there)
    stack = deploying.create(cf, unique("stack"), bucket_template(name, **VERSIONED, **replication(there)))
    assert "must have versioning enabled" in deploying.reason(cf, stack["StackId"], "Bucket")

    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    with pytest.raises(ClientError, match="Destination bucket must exist"):
        s3.put_bucket_replication(Bucket=name, **replication_request("no-such-bucket"))


def replication_request(destination: str) -> dict[str, Any]:
    configuration = replication(destination)["ReplicationConfiguration"]
    rule = configuration["Rules"][0]
    rule["ID"] = rule.pop("Id")
    return {"ReplicationConfiguration": configuration}


def test_an_update_that_fails_half_way_is_rolled_back(cf: Any, s3: Any) -> None:
    name = unique("bucket")
    stack = deploying.create(cf, unique("stack"), bucket_template(name))

    broken = bucket_template(
        name,
        **VERSIONED,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        **replication("no-such-bucket"),
    )
    assert deploying.update(cf, stack["StackName"], broken)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    with pytest.raises(ClientError, match="OwnershipControlsNotFoundError"):
        s3.get_bucket_ownership_controls(Bucket=name)


def test_logs_go_only_to_a_bucket_of_the_same_region(cf: Any, client: Make) -> None:
    logs = unique("logs")
    client("s3", SECONDARY).create_bucket(Bucket=logs, CreateBucketConfiguration={"LocationConstraint": SECONDARY})
    body = bucket_template(unique("bucket"), LoggingConfiguration={"DestinationBucketName": logs})
    stack = deploying.create(cf, unique("stack"), body)
    assert "target bucket for logging" in deploying.reason(cf, stack["StackId"], "Bucket")


def test_a_bucket_with_objects_or_old_versions_is_not_deleted(cf: Any, s3: Any) -> None:
    name = unique("bucket")
    stack = deploying.create(cf, unique("stack"), bucket_template(name, **VERSIONED))
    s3.put_object(Bucket=name, Key="one", Body=b"1")
    s3.delete_object(Bucket=name, Key="one")

    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in deploying.reason(cf, stack["StackId"], "Bucket")

    listed = s3.list_object_versions(Bucket=name)
    for of in listed["Versions"] + listed["DeleteMarkers"]:
        s3.delete_object(Bucket=name, Key="one", VersionId=of["VersionId"])
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_bucket_that_no_longer_exists_does_not_fail_the_deletion(cf: Any, s3: Any) -> None:
    name = unique("bucket")
    stack = deploying.create(cf, unique("stack"), bucket_template(name))
    s3.delete_bucket(Bucket=name)
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_retained_bucket_is_not_deleted(cf: Any, s3: Any) -> None:
    name = unique("bucket")
    body = bucket_template(name)
    body["Resources"]["Bucket"] |= {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    stack = deploying.create(cf, unique("stack"), body)
    deploying.delete(cf, stack["StackId"])
    assert s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_public_policy_is_refused_where_public_access_is_blocked(cf: Any, s3: Any) -> None:
    name = unique("bucket")
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }

    def with_policy(statement: dict[str, Any]) -> dict[str, Any]:
        body = bucket_template(name, PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
        document = {"Version": "2012-10-17", "Statement": [statement]}
        properties = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}
        body["Resources"]["Policy"] = resource("AWS::S3::BucketPolicy", properties)
        return body

    stack = deploying.create(cf, unique("stack"), with_policy(everyone))
    assert "BlockPublicPolicy" in deploying.reason(cf, stack["StackId"], "Policy")

    assert deploying.create(cf, unique("stack"), with_policy(tls))["StackStatus"] == "CREATE_COMPLETE"
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"] == [tls]
