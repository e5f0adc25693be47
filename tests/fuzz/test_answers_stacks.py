"""What CloudFormation answers, read by everything of the deployer that reads it."""

import json
from typing import Any

import pytest

from mraa.aws import Clock
from mraa.settings import Settings
from mraa.stacks import describe, describe_changes, execute, leftovers
from mraa.stacks.destroy.buckets import delete_bucket
from mraa.stacks.destroy.roles import delete_role
from mraa.stacks.drift.cloudformation import detect_stack_drift, detect_stack_set_drift
from mraa.stacks.drift.detect import detect_drift
from mraa.stacks.models import Leftover, LeftoverKind, StackDescription, StackEvent, StackRequest
from mraa.stacks.preflight.doctor import run_checks
from mraa.stacks.watch import causes
from mraa.stacks.watch.follow import follow_operation, require_success
from mraa.stacks.watch.stack_set import running_operations
from tests.functions.fakes import FakeTime
from tests.fuzz.aws_answers import AnsweredAws, Reader, require_read, require_read_or_refused
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.unit.fake_stacks import STACK_ID, TOKEN

CF = "cloudformation"
EVENT_ID = f"{STACK_ID}#1"
MAIN = StackDescription("mraa", STACK_ID, PRIMARY, "UPDATE_COMPLETE", parameters={"SecondaryRegion": SECONDARY})
SETTINGS = Settings(secondary_region=SECONDARY, bucket_prefix="bucket")
REQUEST = StackRequest("mraa", PRIMARY, "https://b.s3.us-east-1.amazonaws.com/x.template", {}, REGIONS)
FAILED = StackEvent(
    "e", 1.0, PRIMARY, STACK_ID, "F", "p", "AWS::Lambda::Function", "CREATE_FAILED", "(function f, log stream s)"
)
PREFIX = f"mraa-{TOKEN}-"
TEMPLATE = {
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}},
        "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "b", "PolicyDocument": {"Statement": []}}},
        "Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"Replicas": [{"Region": PRIMARY}]}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"FunctionName": "f", "EventSourceArn": "arn:stream"},
        },
    }
}
VALUES: dict[str, Any] = {
    "StackId": STACK_ID,
    "StackName": "mraa",
    "StackStatus": "UPDATE_COMPLETE",
    "EventId": EVENT_ID,
    "PhysicalResourceId": STACK_ID,
    "ResourceType": "AWS::CloudFormation::Stack",
    "ResourceStatus": "UPDATE_IN_PROGRESS",
    "Region": SECONDARY,
    "Status": "SUCCEEDED",
    "DetectionStatus": "DETECTION_COMPLETE",
    "DeletionTime": None,
    "TemplateBody": TEMPLATE,
    "ParameterKey": "SecondaryRegion",
    "ParameterValue": SECONDARY,
}


def clock() -> Clock:
    time = FakeTime()
    return Clock(now=lambda: 1_795_420_800.0 + time.seconds, monotonic=lambda: time.seconds, sleep=time.sleep)


def nothing(*_: Any) -> None:
    """Where events go."""


def change_set(aws: AnsweredAws) -> None:
    found = execute.create_change_set(aws, clock(), REQUEST, [], is_creation=False)
    if found:
        describe_changes.change_set_templates(aws, found)


def followed(aws: AnsweredAws) -> None:
    end = follow_operation(aws, clock(), nothing, MAIN, REGIONS)
    require_success(aws, end, REGIONS, "Run it again.")


READERS = [
    Reader("find_stack", ((CF, "DescribeStacks"),), lambda aws: describe.find_stack(aws, PRIMARY, "mraa"), VALUES),
    Reader(
        "stacks",
        ((CF, "ListStacks"),),
        lambda aws: describe.existing_instance_stacks(aws, PRIMARY, [TOKEN]),
        VALUES,
        weight=5,
    ),
    Reader(
        "deleted", ((CF, "ListStacks"),), lambda aws: describe.deleted_stacks(aws, PRIMARY, "mraa"), VALUES, weight=5
    ),
    Reader(
        "resources",
        ((CF, "ListStackResources"),),
        lambda aws: describe.stack_resources(aws, PRIMARY, STACK_ID),
        VALUES,
        weight=5,
    ),
    Reader(
        "events", ((CF, "DescribeStackEvents"),), lambda aws: describe.operation_events(aws, PRIMARY, STACK_ID), VALUES
    ),
    Reader(
        "instances",
        ((CF, "ListStackInstances"), (CF, "ListStacks")),
        lambda aws: describe.instance_stacks(aws, PRIMARY, TOKEN, REGIONS),
        VALUES,
        weight=5,
    ),
    Reader("operations", ((CF, "ListStackSetOperations"),), lambda aws: running_operations(aws, MAIN), VALUES),
    Reader(
        "cause",
        tuple(
            (CF, of)
            for of in (
                "DescribeStackEvents",
                "ListStackInstances",
                "ListStackSetOperations",
                "ListStackSetOperationResults",
                "DescribeEvents",
                "ListStacks",
            )
        ),
        lambda aws: causes.first_cause(aws, MAIN, REGIONS),
        VALUES | {"ResourceType": describe.STACK_SET_TYPE, "ResourceStatus": "UPDATE_FAILED"},
        weight=5,
    ),
    Reader("log", (("logs", "GetLogEvents"),), lambda aws: causes.function_log(aws, FAILED), weight=5),
    Reader(
        "summary",
        ((CF, "GetTemplateSummary"), (CF, "GetTemplate")),
        lambda aws: (
            describe_changes.declared_parameters(aws, PRIMARY, "u"),
            describe_changes.template_resources(aws, PRIMARY, STACK_ID),
        ),
        VALUES,
        weight=5,
    ),
    Reader(
        "change set",
        ((CF, "CreateChangeSet"), (CF, "DescribeChangeSet"), (CF, "GetTemplate"), (CF, "DescribeEvents")),
        change_set,
        VALUES | {"Status": "CREATE_COMPLETE"},
    ),
    Reader(
        "drift of a stack",
        tuple(
            (CF, of)
            for of in (
                "DetectStackDrift",
                "DescribeStackDriftDetectionStatus",
                "DescribeStackResourceDrifts",
                "ListStackResources",
            )
        ),
        lambda aws: detect_stack_drift(aws, clock(), nothing, MAIN, "mraa"),
        VALUES,
    ),
    Reader(
        "drift of the stack set",
        tuple(
            (CF, of)
            for of in (
                "DetectStackSetDrift",
                "DescribeStackSetOperation",
                "ListStackSetOperationResults",
                "ListStackInstances",
                "DescribeStackResourceDrifts",
                "ListStackResources",
            )
        ),
        lambda aws: detect_stack_set_drift(aws, clock(), nothing, MAIN, REGIONS),
        VALUES,
        weight=5,
    ),
    Reader(
        "drift",
        (
            (CF, "DescribeStacks"),
            (CF, "DetectStackDrift"),
            (CF, "DescribeStackDriftDetectionStatus"),
            (CF, "DescribeStackResourceDrifts"),
            (CF, "ListStackResources"),
            (CF, "GetTemplate"),
            (CF, "ListStackInstances"),
            (CF, "DescribeStackSetOperation"),
            (CF, "DetectStackSetDrift"),
            (CF, "ListStacks"),
            (CF, "ListStackSetOperationResults"),
            ("sts", "GetCallerIdentity"),
            ("s3", "GetBucketPolicy"),
            ("s3", "GetBucketReplication"),
            ("dynamodb", "DescribeTable"),
            ("lambda", "GetEventSourceMapping"),
        ),
        lambda aws: detect_drift(aws, clock(), nothing, SETTINGS),
        VALUES | {"Policy": json.dumps({"Statement": []}), "ParameterKey": "SecondaryRegion"},
        weight=30,
    ),
    Reader(
        "following",
        tuple(
            (CF, of)
            for of in (
                "DescribeStacks",
                "DescribeStackEvents",
                "ListStackInstances",
                "ListStackSetOperations",
                "GetTemplate",
            )
        ),
        followed,
        VALUES | {"Status": "RUNNING"},
        weight=20,
    ),
    Reader(
        "leftovers",
        (("s3", "ListBuckets"), ("dynamodb", "ListTables"), ("logs", "DescribeLogGroups"), ("iam", "ListRoles")),
        lambda aws: leftovers.find_leftovers(aws, REGIONS, [TOKEN]),
        {"Name": f"{PREFIX}x", "TableNames": [f"{PREFIX}x"], "logGroupName": f"/aws/lambda/{PREFIX}x"},
        weight=5,
    ),
    Reader(
        "bucket to delete",
        (("s3", "ListObjectVersions"), ("s3", "DeleteObjects")),
        lambda aws: delete_bucket(aws, clock(), nothing, "1", Leftover(LeftoverKind.BUCKET, "b", PRIMARY)),
        {"Errors": []},
        weight=5,
    ),
    Reader(
        "role to delete",
        (("apigateway", "GetAccount"), ("iam", "ListAttachedRolePolicies"), ("iam", "ListRolePolicies")),
        lambda aws: delete_role(aws, nothing, REGIONS, Leftover(LeftoverKind.ROLE, "r", PRIMARY)),
        {"PolicyArn": "arn:aws:iam::123456789012:policy/x"},
        weight=5,
    ),
    Reader(
        "doctor",
        (
            ("sts", "GetCallerIdentity"),
            ("s3", "HeadBucket"),
            ("s3", "HeadObject"),
            (CF, "DescribeStacks"),
            (CF, "ListStackInstances"),
            (CF, "ListStacks"),
            (CF, "DescribeAccountLimits"),
            ("s3", "ListBuckets"),
            ("service-quotas", "GetServiceQuota"),
            ("lambda", "GetAccountSettings"),
            ("apigateway", "GetAccount"),
            ("dynamodb", "ListTables"),
            ("logs", "DescribeLogGroups"),
            ("iam", "ListRoles"),
        ),
        lambda aws: list(run_checks(aws, clock(), SETTINGS)),
        VALUES | {"Account": "123456789012"},
        weight=20,
    ),
]


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_a_complete_answer_is_read(aws: AnsweredAws, reader: Reader) -> None:
    require_read(aws, reader)


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_any_answer_is_read_or_refused(aws: AnsweredAws, reader: Reader) -> None:
    require_read_or_refused(aws, reader, len(READERS))
