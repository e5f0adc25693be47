"""What holds for all three templates."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.templates.resolving import REGIONAL_PARAMETERS, Resolver, references, walk

DATA = {"AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"}
# filled from a release and emptied by the console deployer: contains no user data
NO_DATA = {"ConsoleBucket", "ConsoleBucketPolicy"}


@pytest.fixture(params=["main", "regional", "demo_ui"])
def template(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.getfixturevalue(request.param)
    return found


def test_data_is_retained_except_after_a_failed_creation(template: dict[str, Any]) -> None:
    data = {name: r for name, r in template["Resources"].items() if r["Type"] in DATA and name not in NO_DATA}
    assert data
    for name, resource in data.items():
        assert (name, resource["DeletionPolicy"]) == (name, "RetainExceptOnCreate")
        assert (name, resource["UpdateReplacePolicy"]) == (name, "Retain")


def test_no_dependency_is_circular(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    needs = {name: references(resource) & set(resources) for name, resource in resources.items()}
    while ready := {name for name, needed in needs.items() if not needed & set(needs)}:
        needs = {name: needed for name, needed in needs.items() if name not in ready}
    assert not needs


def test_no_partition_or_dns_suffix_is_written_out(template: dict[str, Any]) -> None:
    # which Regions accounts must enable is known by their names only
    conditions = {name: of for name, of in template.get("Conditions", {}).items() if not name.endswith("IsOptIn")}
    parts = [template["Resources"], template["Outputs"], conditions]
    texts = [value for value in walk(parts) if isinstance(value, str)]
    # a service's principal has one name in every partition
    principals = re.compile(r"[a-z0-9-]+(\.s3|\.\$\{(AWS::Region|SecondaryRegion)\})?\.amazonaws\.com(:[a-z]+)?")
    suspects = [text for text in [*texts, *keys(parts)] if "amazonaws" in text and not principals.fullmatch(text)]
    assert not suspects
    assert not [text for text in texts if re.search(r"arn:aws", text)]
    assert not [text for text in texts if re.search(r"\b[a-z]{2}-(east|west|north|south|central)[a-z]*-\d", text)]


def keys(value: Any) -> Iterator[str]:
    for item in walk(value):
        if isinstance(item, dict):
            yield from item


def test_a_dead_function_costs_minutes(template: dict[str, Any]) -> None:
    custom = {name: r for name, r in template["Resources"].items() if r["Type"].startswith("Custom::")}
    assert custom
    for resource in custom.values():
        function = resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0]
        timeout_s = template["Resources"][function]["Properties"]["Timeout"]
        assert 120 <= resource["Properties"]["ServiceTimeout"] <= 300
        # the function's own answer, one second before its time-out, must be in time
        assert timeout_s < resource["Properties"]["ServiceTimeout"]


def test_lambda_does_not_retry_custom_resources(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    custom = [r for r in resources.values() if r["Type"].startswith("Custom::")]
    assert custom
    for resource in custom:
        function = resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0]
        [once] = [r for r in map(resources.get, resource["DependsOn"]) if r["Type"] == "AWS::Lambda::EventInvokeConfig"]
        assert once["Properties"] == {
            "FunctionName": {"Ref": function},
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": 0,
        }
        assert once.get("Condition") == resources[function].get("Condition")


def test_every_function_has_its_log_group_first_and_cannot_create_one(template: dict[str, Any]) -> None:
    functions = {name: r for name, r in template["Resources"].items() if r["Type"] == "AWS::Lambda::Function"}
    assert functions
    for function in functions.values():
        log_group = template["Resources"][function["DependsOn"]]
        assert log_group["Type"] == "AWS::Logs::LogGroup"
        assert log_group["Properties"]["RetentionInDays"] > 0
        assert function.get("Condition") == log_group.get("Condition")
        role = template["Resources"][function["Properties"]["Role"]["Fn::GetAtt"][0]]
        allowed = [word for word in walk(role["Properties"]["Policies"]) if str(word).startswith("logs:")]
        assert allowed == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_every_queue_denies_plain_http(regional: dict[str, Any]) -> None:
    resolve = Resolver(regional, REGIONAL_PARAMETERS)
    queues = {f"<{name}>" for name, r in regional["Resources"].items() if r["Type"] == "AWS::SQS::Queue"}
    policies = [
        resolve.resource(name) for name, r in regional["Resources"].items() if r["Type"].endswith("QueuePolicy")
    ]
    assert queues
    assert {queue for policy in policies for queue in policy["Queues"]} == queues
    for policy in policies:
        [deny] = policy["PolicyDocument"]["Statement"]
        assert deny["Effect"] == "Deny"
        assert deny["Principal"] == "*"
        assert deny["Action"] == ["sqs:*"]
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_bucket_denies_plain_http(template: dict[str, Any]) -> None:
    buckets = {name for name, r in template["Resources"].items() if r["Type"] == "AWS::S3::Bucket"}
    for name in buckets:
        statements = template["Resources"][f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
        [deny] = [statement for statement in statements if statement["Effect"] == "Deny"]
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert deny["Principal"] == "*"
