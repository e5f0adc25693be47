"""What a template means for one stack: its conditions, and values with what CloudFormation filled in."""

from typing import Any

import pytest

from mraa.stacks.models import StackDescription
from mraa.stacks.plan.evaluate import TemplateValues, UnknownValueError, for_stack
from tests.regions import PRIMARY, SECONDARY

ACCOUNT = "123456789012"
TEMPLATE: dict[str, Any] = {
    "Parameters": {"PrimaryRegion": {"Type": "String"}, "Time": {"Type": "String", "Default": "Disabled"}},
    "Mappings": {"Regions": {PRIMARY: {"isOptIn": "no"}}},
    "Conditions": {
        "IsPrimary": {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "PrimaryRegion"}]},
        "HasTime": {"Fn::Equals": [{"Ref": "Time"}, "Enabled"]},
        "Both": {"Fn::And": [{"Condition": "IsPrimary"}, {"Condition": "HasTime"}]},
        "Either": {"Fn::Or": [{"Condition": "IsPrimary"}, {"Condition": "HasTime"}]},
        "IsSecondary": {"Fn::Not": [{"Condition": "IsPrimary"}]},
    },
    "Resources": {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"Rules": {"Fn::If": ["IsPrimary", ["r"], NO := {"Ref": "AWS::NoValue"}]}},
        },
        "Role": {"Type": "AWS::IAM::Role", "Condition": "IsPrimary", "Properties": {"Path": {"Fn::Sub": "/${Time}/"}}},
        "Plain": {"Type": "AWS::IAM::Role", "Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {}},
        "Own": {"Type": "Custom::Own", "Condition": "IsSecondary", "Properties": {}},
    },
}
PHYSICAL = {
    "Bucket": "the-bucket",
    "Role": "the-role",
    "Plain": "plain-role",
    "Queue": f"https://sqs.{PRIMARY}.amazonaws.com/{ACCOUNT}/the-queue",
    "Function": "the-function",
}


def stack(region: str, partition: str = "aws", **parameters: str) -> StackDescription:
    stack_id = f"arn:{partition}:cloudformation:{region}:{ACCOUNT}:stack/demo/guid"
    return StackDescription(
        "demo", stack_id, region, "CREATE_COMPLETE", parameters={"PrimaryRegion": PRIMARY, **parameters}
    )


def values(region: str = PRIMARY, **parameters: str) -> TemplateValues:
    return for_stack(TEMPLATE, stack(region, **parameters), PHYSICAL)


@pytest.mark.parametrize(
    ("region", "time", "expected"),
    [
        (PRIMARY, "Disabled", {"IsPrimary", "Either"}),
        (PRIMARY, "Enabled", {"IsPrimary", "HasTime", "Both", "Either"}),
        (SECONDARY, "Disabled", {"IsSecondary"}),
        (SECONDARY, "Enabled", {"HasTime", "Either", "IsSecondary"}),
    ],
)
def test_conditions_hold_by_region_and_parameters(region: str, time: str, expected: set[str]) -> None:
    here = values(region, Time=time)
    assert {name for name in TEMPLATE["Conditions"] if here.holds(name)} == expected


def test_a_parameter_that_was_not_given_has_its_default() -> None:
    assert not values().holds("HasTime")


def test_a_region_has_only_the_resources_whose_conditions_hold() -> None:
    assert set(values(PRIMARY).resources) == {"Bucket", "Role", "Plain", "Queue", "Function"}
    assert set(values(SECONDARY).resources) == {"Bucket", "Plain", "Queue", "Function", "Own"}


def test_a_resource_keeps_only_the_branch_that_its_region_has() -> None:
    assert values(PRIMARY).resources["Bucket"]["Properties"] == {"Rules": ["r"]}
    assert values(SECONDARY).resources["Bucket"]["Properties"] == {}
    # what it refers to stays as it is written
    assert values(PRIMARY).resources["Role"]["Properties"] == {"Path": {"Fn::Sub": "/${Time}/"}}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"Ref": "Bucket"}, "the-bucket"),
        ({"Ref": "Time"}, "Disabled"),
        ({"Ref": "AWS::AccountId"}, ACCOUNT),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::the-bucket"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, f"arn:aws:iam::{ACCOUNT}:role/Disabled/the-role"),
        ({"Fn::GetAtt": ["Plain", "Arn"]}, f"arn:aws:iam::{ACCOUNT}:role/plain-role"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, f"arn:aws:sqs:{PRIMARY}:{ACCOUNT}:the-queue"),
        ({"Fn::GetAtt": ["Function", "Arn"]}, f"arn:aws:lambda:{PRIMARY}:{ACCOUNT}:function:the-function"),
        ({"Fn::Sub": "${Bucket.Arn}/* of ${AWS::Region}"}, f"arn:aws:s3:::the-bucket/* of {PRIMARY}"),
        ({"Fn::Sub": "a literal ${!Bucket}"}, "a literal ${Bucket}"),
        ({"Fn::Sub": ["${Name}-${Time}", {"Name": {"Ref": "Bucket"}}]}, "the-bucket-Disabled"),
        ({"Fn::Join": ["-", {"Fn::Split": ["/", "a/b"]}]}, "a-b"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}, "demo"),
        ([{"Fn::If": ["HasTime", 1, {"Ref": "AWS::NoValue"}]}, 2], [2]),
        ({"a": {"Fn::If": ["IsPrimary", {"b": {"Ref": "Time"}}, 0]}}, {"a": {"b": "Disabled"}}),
        ({"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "isOptIn"]}, "no"),
        ({"Fn::If": ["HasTime", {"Ref": "Nobody"}, "other"]}, "other"),
    ],
)
def test_a_value_is_what_cloudformation_fills_in(written: Any, expected: Any) -> None:
    assert values()(written) == expected


@pytest.mark.parametrize(
    "written",
    [{"Ref": "Nobody"}, {"Fn::GetAtt": ["Own", "Answer"]}, {"Fn::ImportValue": "x"}, {"Fn::Sub": "${Nobody.Arn}"}],
)
def test_a_value_that_only_cloudformation_knows_is_an_error_that_names_it(written: Any) -> None:
    with pytest.raises(UnknownValueError, match=r"Nobody|Own\.Answer|ImportValue"):
        values()(written)


def test_an_attribute_that_was_read_elsewhere_is_used() -> None:
    known = for_stack(TEMPLATE, stack(PRIMARY), PHYSICAL, {"Own.Answer": "42"})
    assert known({"Fn::GetAtt": ["Own", "Answer"]}) == "42"


def test_an_import_is_known_if_its_export_is() -> None:
    known = for_stack(TEMPLATE, stack(PRIMARY), PHYSICAL, exports={"main-SecondaryRegion": SECONDARY})
    assert known({"Fn::ImportValue": {"Fn::Sub": "main-SecondaryRegion"}}) == SECONDARY
    with pytest.raises(UnknownValueError, match="main-Other"):
        known({"Fn::ImportValue": "main-Other"})


def test_names_are_of_the_stacks_partition() -> None:
    china = for_stack(TEMPLATE, stack("cn-north-1", "aws-cn"), PHYSICAL)
    assert china({"Fn::GetAtt": ["Bucket", "Arn"]}) == "arn:aws-cn:s3:::the-bucket"


def test_a_condition_that_only_cloudformation_can_evaluate_removes_nothing() -> None:
    resource = {"Type": "T", "Condition": "C", "Properties": {"P": {"Fn::If": ["C", 1, 2]}}}
    template = {"Conditions": {"C": {"Fn::Equals": [{"Fn::ImportValue": "x"}, "y"]}}, "Resources": {"R": resource}}
    assert for_stack(template, stack(PRIMARY)).resources == {"R": resource}
