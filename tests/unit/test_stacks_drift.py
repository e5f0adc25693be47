"""What counts as a difference from the template, and how what was read here joins what CloudFormation detected."""

from dataclasses import replace
from typing import Any

import pytest

from mraa.events import Event
from mraa.stacks.drift.bucket_policies import policy_differences
from mraa.stacks.drift.detect import drifted, merged, not_checked
from mraa.stacks.drift.event_sources import mapping_differences
from mraa.stacks.drift.replication import restored_rule_lines
from mraa.stacks.models import DriftReport, PropertyDifference, ResourceDrift, StackDescription
from mraa.stacks.plan.replication_rules import forward_configuration, reverse_rule, rule_differences
from replication_configurer.handler import _rule
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import FakeCloud, bucket
from tests.unit.fake_stacks import STACK_ID

TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:*"],
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
LOGS = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": ["s3:PutObject"]}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    "returned",
    [
        {"Action": "s3:*"},
        {"Principal": {"AWS": "*"}},
        {"Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"]},
        {"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}},
        {"Condition": {"Bool": {"aws:SecureTransport": False}}},
    ],
)
def test_a_policy_in_the_words_that_s3_returns_has_not_changed(returned: dict[str, Any]) -> None:
    assert policy_differences(policy(TLS_ONLY, LOGS), policy({**LOGS, "Sid": ""}, {**TLS_ONLY, **returned})) == []


def test_each_statement_that_is_missing_changed_or_too_much_is_named() -> None:
    weaker = {**TLS_ONLY, "Resource": "arn:aws:s3:::b"}
    public = {"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    found = policy_differences(policy(TLS_ONLY, LOGS), policy(weaker, public))
    assert [(of.path.rpartition("/")[2], bool(of.expected), bool(of.actual)) for of in found] == [
        ("TlsOnly", True, True),
        ("s3:PutObject", True, False),
        ("Public", False, True),
    ]
    assert '"Resource": "arn:aws:s3:::b"' in found[0].actual


OTHER = {"ID": "other", "Priority": 7, "Destination": {"Bucket": "arn:aws:s3:::elsewhere"}}


@pytest.mark.parametrize("has_time_control", [False, True])
def test_the_reverse_rule_is_expected_as_our_function_puts_it(*, has_time_control: bool) -> None:
    control = "Enabled" if has_time_control else "Disabled"
    put = _rule({"DestinationBucketArn": "arn:aws:s3:::b", "ReplicationTimeControl": control}, priority=8)
    assert reverse_rule(destination="arn:aws:s3:::b", has_time_control=has_time_control, others=[OTHER]) == put
    assert reverse_rule(destination="b", has_time_control=has_time_control, others=[])["Priority"] == 1


RULE = reverse_rule(destination="arn:aws:s3:::b", has_time_control=True, others=[])


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Status": "Disabled"}, "/Status"),
        ({"Priority": 2}, "/Priority"),
        ({"Filter": {"Prefix": "public/"}}, "/Filter"),
        ({"Filter": {"Tag": {"Key": "a", "Value": "b"}}}, "/Filter"),
        ({"DeleteMarkerReplication": {"Status": "Disabled"}}, "/DeleteMarkerReplication/Status"),
        ({"SourceSelectionCriteria": {}}, "/SourceSelectionCriteria/ReplicaModifications/Status"),
        ({"Destination": {**RULE["Destination"], "Bucket": "arn:aws:s3:::c"}}, "/Destination/Bucket"),
        ({"Destination": {**RULE["Destination"], "StorageClass": "GLACIER"}}, "/Destination/StorageClass"),
        (
            {"Destination": {**RULE["Destination"], "Metrics": {"Status": "Enabled"}}},
            "/Destination/Metrics/EventThreshold/Minutes",
        ),
        (
            {
                "Destination": {
                    **RULE["Destination"],
                    "ReplicationTime": {"Status": "Disabled", "Time": {"Minutes": 15}},
                }
            },
            "/Destination/ReplicationTime/Status",
        ),
    ],
)
def test_every_property_that_decides_what_is_replicated_where_and_how_soon_is_compared(
    change: dict[str, Any], path: str
) -> None:
    assert [of.path for of in rule_differences(RULE, {**RULE, **change})] == [path]


@pytest.mark.parametrize("everything", [{}, {"Prefix": ""}, {"And": {}}])
def test_each_form_of_a_filter_for_everything_is_the_same(everything: dict[str, Any]) -> None:
    assert rule_differences(RULE, {**RULE, "Filter": everything}) == []


def test_a_rule_of_a_template_is_put_with_s3s_name_of_its_id() -> None:
    written = {"Role": "r", "Rules": [{"Id": "mraa-forward", "Status": "Enabled"}]}
    assert forward_configuration(written) == {"Role": "r", "Rules": [{"ID": "mraa-forward", "Status": "Enabled"}]}


EXPECTED = {
    "Enabled": True,
    "FunctionName": "guard",
    "EventSourceArn": "arn:stream",
    "BatchSize": 100,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": "arn:queue"}},
}
MAPPING = {
    "UUID": "u",
    "State": "Enabled",
    "FunctionArn": "arn:aws:lambda:us-east-1:1:function:guard",
    "EventSourceArn": "arn:stream",
    "BatchSize": 100,
    "ParallelizationFactor": 1,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": "arn:queue"}},
}


@pytest.mark.parametrize("state", ["Creating", "Enabling", "Enabled", "Updating"])
def test_a_mapping_as_lambda_describes_it_has_not_changed(state: str) -> None:
    assert mapping_differences(EXPECTED, {**MAPPING, "State": state}) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"State": "Disabled"}, PropertyDifference("/Enabled", "true", "false")),
        ({"State": "Disabling"}, PropertyDifference("/Enabled", "true", "false")),
        ({"BatchSize": 10}, PropertyDifference("/BatchSize", "100", "10")),
        ({"FunctionArn": "arn:aws:lambda:us-east-1:1:function:x"}, PropertyDifference("/FunctionName", "guard", "x")),
        ({"EventSourceArn": "arn:old"}, PropertyDifference("/EventSourceArn", "arn:stream", "arn:old")),
        (
            {"FunctionResponseTypes": []},
            PropertyDifference("/FunctionResponseTypes", '["ReportBatchItemFailures"]', "[]"),
        ),
        (
            {"DestinationConfig": {}},
            PropertyDifference("/DestinationConfig", '{"OnFailure": {"Destination": "arn:queue"}}', "{}"),
        ),
    ],
)
def test_what_differs_in_a_mapping_is_named(change: dict[str, Any], expected: PropertyDifference) -> None:
    assert mapping_differences(EXPECTED, {**MAPPING, **change}) == [expected]


def resource(logical_id: str, status: str, *paths: str, region: str = PRIMARY, fix: str = "") -> ResourceDrift:
    differences = tuple(PropertyDifference(path, "a", "b") for path in paths)
    return ResourceDrift(region, "stack instance", logical_id, "T", status, differences=differences, fix=fix)


def test_what_was_read_counts_where_cloudformation_did_not_check() -> None:
    read = [resource("Policy", "IN_SYNC"), resource("Policy", "DELETED", region=SECONDARY)]
    unchecked = [resource("Policy", "NOT_CHECKED"), resource("Policy", "NOT_CHECKED", region=SECONDARY)]
    report = DriftReport(merged([*unchecked, resource("Stage", "NOT_CHECKED")], read))
    assert drifted(report) == [read[1]]
    assert not_checked(report) == [resource("Stage", "NOT_CHECKED")]


def test_a_resource_that_both_found_changed_is_one_with_the_differences_of_both() -> None:
    detected, read = resource("Bucket", "MODIFIED", "/a", "/b"), resource("Bucket", "MODIFIED", "/b", "/c", fix="do")
    assert merged([detected], [read]) == (resource("Bucket", "MODIFIED", "/a", "/b", "/c", fix="do"),)
    assert merged([detected], [resource("Bucket", "IN_SYNC")]) == (detected,)
    assert merged([resource("Bucket", "IN_SYNC")], [read]) == (read,)


def test_the_custom_resource_of_the_reverse_rule_is_checked_by_reading_the_rule() -> None:
    custom = resource("ReverseReplication", "NOT_CHECKED")
    rule = ResourceDrift(SECONDARY, "mraa-x", "ReverseReplication", "S3 replication rule", "IN_SYNC")
    assert merged([custom], [rule]) == (rule,)
    assert merged([custom], []) == (custom,)


MAIN = StackDescription(
    "mraa",
    STACK_ID,
    PRIMARY,
    "UPDATE_COMPLETE",
    parameters={"SecondaryRegion": SECONDARY},
    outputs={"SecondaryRegion": SECONDARY},
)


def test_a_deployment_restores_a_lost_reverse_rule_and_says_so() -> None:
    cloud, events = FakeCloud(), list[Event]()
    cloud.rules[SECONDARY] = []
    (line,) = restored_rule_lines(cloud.aws, events.append, MAIN)
    assert (
        line == f"~ replication rule mraa-reverse of {bucket(SECONDARY)} in {SECONDARY} was deleted: will be restored"
    )
    assert events == []


def test_a_deployment_that_may_not_read_the_reverse_rule_says_so_and_restores_nothing() -> None:
    cloud, events = FakeCloud(), list[Event]()

    def refuse(service: str, region: str, operation: str) -> None:
        if operation == "get_bucket_replication":
            raise client_error("AccessDenied", "not authorized to perform s3:GetReplicationConfiguration", status=403)

    cloud.before = refuse
    assert restored_rule_lines(cloud.aws, events.append, MAIN) == []
    assert [(event.subject, event.text) for event in events] == [("ReverseReplication", "reverse rule cannot be read")]
    assert "s3:GetReplicationConfiguration" in events[0].reason


def test_before_the_first_complete_deployment_there_is_no_rule_to_restore() -> None:
    assert restored_rule_lines(FakeCloud().aws, list[Event]().append, replace(MAIN, outputs={})) == []
