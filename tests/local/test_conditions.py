"""Conditions, rules and parameter constraints: by themselves, and in a stack of the running cloud."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.cfn.conditions import evaluate
from mraa_local.engine.scope import scope
from tests.regions import PRIMARY, SECONDARY

PARAMETERS = {
    "PrimaryRegion": {"Value": "us-east-1", "Type": "String"},
    "Switch": {"Value": "Enabled", "Type": "String"},
    "Flag": {"Value": "true", "Type": "String"},
}


def truth(expression: Any, region: str = "us-east-1", **others: Any) -> bool:
    with scope("000000000000", region):
        return evaluate({"Conditions": {"It": expression, **others}, "Mappings": MAPPINGS}, PARAMETERS)["It"]


MAPPINGS = {"Roles": {"us-east-1": {"role": "primary"}, "eu-west-1": {"role": "other"}}}
IS_PRIMARY = {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "PrimaryRegion"}]}
IS_ENABLED = {"Fn::Equals": [{"Ref": "Switch"}, "Enabled"]}


def test_a_pseudo_parameter_is_compared_by_its_value() -> None:
    assert truth(IS_PRIMARY, "us-east-1")
    assert not truth(IS_PRIMARY, "ap-northeast-1")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Fn::Not": [IS_PRIMARY]}, False),
        ({"Fn::And": [IS_PRIMARY, IS_ENABLED]}, True),
        ({"Fn::And": [IS_PRIMARY, {"Fn::Not": [IS_ENABLED]}]}, False),
        ({"Fn::Or": [{"Fn::Not": [IS_PRIMARY]}, IS_ENABLED]}, True),
        ({"Condition": "Other"}, True),
        ({"Fn::Not": [{"Condition": "Other"}]}, False),
        ({"Fn::Equals": [{"Fn::Join": ["-", ["us", "east", "1"]]}, {"Ref": "AWS::Region"}]}, True),
        ({"Fn::Equals": [{"Fn::Sub": "${AWS::Region}/${Switch}"}, "us-east-1/Enabled"]}, True),
        ({"Fn::Equals": [{"Fn::FindInMap": ["Roles", {"Ref": "AWS::Region"}, "role"]}, "primary"]}, True),
        ({"Fn::Equals": [{"Fn::Select": [0, {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}]}, "us"]}, True),
        ({"Fn::Equals": [True, {"Ref": "Flag"}]}, True),
        ({"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}, False),
    ],
)
def test_functions_combine(expression: Any, expected: bool) -> None:
    assert truth(expression, Other=IS_PRIMARY) is expected


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ({"Condition": "Nobody"}, "Unresolved condition dependency Nobody"),
        ({"Condition": "It"}, "Circular dependency"),
        ({"Fn::Equals": [{"Ref": "SomeBucket"}, "x"]}, "Cannot reference resources"),
        ({"Fn::Equals": ["one operand"]}, "must be a condition function"),
        ({"Fn::And": []}, "must be a condition function"),
        ("true", "must be a condition function"),
    ],
)
def test_a_condition_that_aws_would_refuse_is_refused(expression: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        truth(expression)


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::SSM::Parameter", "Condition": "Misspelt"},
        {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::If": ["Misspelt", "a", "b"]}}},
    ],
)
def test_a_resource_cannot_use_an_undefined_condition(resource: Any) -> None:
    with pytest.raises(ValueError, match="Misspelt in the Resources block"):
        evaluate({"Conditions": {"Spelt": IS_PRIMARY}, "Resources": {"It": resource}}, PARAMETERS)


TEMPLATE = {
    "Parameters": {
        "SecondaryRegion": {"Type": "String", "AllowedPattern": "[a-z]{2}(-[a-z]+)+-[0-9]", "MinLength": 9},
        "Protection": {"Type": "String", "Default": "Disabled", "AllowedValues": ["Enabled", "Disabled"]},
    },
    "Rules": {
        "TwoRegions": {
            "Assertions": [
                {
                    "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "SecondaryRegion"}, {"Ref": "AWS::Region"}]}]},
                    "AssertDescription": "The secondary Region must be another one.",
                }
            ]
        }
    },
    "Conditions": {
        "IsTokyo": {"Fn::Equals": [{"Ref": "AWS::Region"}, "ap-northeast-1"]},
        "IsNotTokyo": {"Fn::Not": [{"Condition": "IsTokyo"}]},
    },
    "Resources": {
        "Always": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Name": "/conditions/always",
                "Type": "String",
                "Value": {"Fn::If": ["IsTokyo", "tokyo", "elsewhere"]},
            },
        },
        "Only": {
            "Type": "AWS::SSM::Parameter",
            "Condition": "IsTokyo",
            "Properties": {"Name": "/conditions/only", "Type": "String", "Value": "here"},
        },
    },
    "Outputs": {"Where": {"Condition": "IsNotTokyo", "Value": "elsewhere"}},
}


def create(client: Callable[..., Any], region: str, **parameters: str) -> Any:
    cloudformation = client("cloudformation", region)
    cloudformation.create_stack(
        StackName="conditions",
        TemplateBody=json.dumps(TEMPLATE),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="conditions", WaiterConfig={"Delay": 1})
    return cloudformation.describe_stacks(StackName="conditions")["Stacks"][0]


def test_one_template_creates_different_resources_in_each_region(client: Callable[..., Any]) -> None:
    tokyo = create(client, SECONDARY, SecondaryRegion=PRIMARY)
    virginia = create(client, PRIMARY, SecondaryRegion=SECONDARY)

    def names(region: str) -> dict[str, str]:
        found = client("ssm", region).get_parameters_by_path(Path="/conditions")["Parameters"]
        return {parameter["Name"]: parameter["Value"] for parameter in found}

    assert names(SECONDARY) == {"/conditions/always": "tokyo", "/conditions/only": "here"}
    assert names(PRIMARY) == {"/conditions/always": "elsewhere"}
    assert tokyo.get("Outputs", []) == []
    assert virginia["Outputs"][0]["OutputValue"] == "elsewhere"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"SecondaryRegion": "eu-west-1"}, "The secondary Region must be another one."),
        ({"SecondaryRegion": "Frankfurt!"}, "must match pattern"),
        ({"SecondaryRegion": "us-east-1", "Protection": "Perhaps"}, "AllowedValues"),
        ({"SecondaryRegion": "us-east-1", "Unheard": "of"}, r"\[Unheard\] do not exist in the template"),
        ({}, "SecondaryRegion"),
    ],
)
def test_a_stack_with_bad_parameters_is_refused_and_leaves_nothing(
    client: Callable[..., Any], parameters: dict[str, str], words: str
) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        create(client, "eu-west-1", **parameters)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert client("cloudformation", "eu-west-1").list_stacks()["StackSummaries"] == []
