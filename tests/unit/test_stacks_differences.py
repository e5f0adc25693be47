"""A change set's resources, property by property, and the warnings in it."""

from typing import Any

import pytest

from mraa.stacks.describe_changes import resource_change
from mraa.stacks.models import ChangeSet, PropertyChange, ResourceChange, StackDescription
from mraa.stacks.plan import differences, wording
from mraa.stacks.plan.evaluate import for_stack
from mraa.stacks.plan.replacement import replacement
from tests.regions import PRIMARY, SECONDARY

TABLE, BUCKET, ROLE = "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::IAM::Role"


def change_set(*changes: ResourceChange, is_creation: bool = False) -> ChangeSet:
    return ChangeSet("arn:cs", "arn:x", "us-east-1", is_creation, changes)


def modified(kind: str, replacement: str, *paths: str, policy: str = "") -> ResourceChange:
    return ResourceChange("Modify", "X", kind, replacement, tuple(PropertyChange(path) for path in paths), policy)


def test_the_values_in_cloudformations_change_set_are_kept() -> None:
    target = {
        "Attribute": "Properties",
        "Name": "Timeout",
        "Path": "/Properties/Timeout",
        "BeforeValue": "3",
        "AfterValue": "4",
        "RequiresRecreation": "Never",
    }
    change = resource_change({"Action": "Modify", "Details": [{"Target": target}]})
    assert change.properties == (PropertyChange("Timeout", "3", "4", "Never"),)
    assert differences.filled(change, {"Properties": {"Timeout": 5}}, {}).properties == change.properties


def filled(before: Any, after: Any) -> list[tuple[str, str, str]]:
    change = ResourceChange("Modify", "X", "T", "", (PropertyChange("P"),))
    done = differences.filled(change, {"Properties": {"P": before}}, {"Properties": {"P": after}})
    return [(of.path, of.before, of.after) for of in done.properties]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [("P/b", "2", "3")]),
        ({"a": 1}, {"a": 1, "b": {"c": 2}}, [("P/b", "", '{"c": 2}')]),
        ([1, 2], [1, 3], [("P/1", "2", "3")]),
        ([1], [1, 2], [("P", "[1]", "[1, 2]")]),
        ({"Ref": "A"}, {"Ref": "B"}, [("P", '{"Ref": "A"}', '{"Ref": "B"}')]),
        ({"Fn::Sub": "a"}, "b", [("P", '{"Fn::Sub": "a"}', "b")]),
        (None, "b", [("P", "", "b")]),
        ({"Ref": "A"}, {"Ref": "A"}, [("P", "", "")]),
    ],
)
def test_the_others_are_read_from_the_templates_down_to_what_differs(
    before: Any, after: Any, expected: list[tuple[str, str, str]]
) -> None:
    assert filled(before, after) == expected


def test_a_property_that_only_depends_on_another_change_names_it() -> None:
    detail = {"Target": {"Attribute": "Properties", "Name": "Replicas"}, "CausingEntity": "DeletionProtection"}
    change = resource_change({"Action": "Modify", "LogicalResourceId": "T", "Details": [detail]})
    same = {"Properties": {"Replicas": [{"Ref": "DeletionProtection"}]}}
    lines = wording.resource_lines(change_set(differences.filled(change, same, same)))
    assert lines[1] == "    Replicas: depends on DeletionProtection"


def test_a_long_value_is_cut_and_a_missing_one_is_none() -> None:
    (_, line) = wording.resource_lines(
        change_set(ResourceChange("Modify", "X", "T", "", (PropertyChange("Body", "", '"' + 200 * "x" + '"'),)))
    )
    assert line.startswith('    Body: none -> "xxx')
    assert line.endswith("...")


def test_of_two_long_values_that_begin_alike_what_differs_is_visible() -> None:
    before, after = (f'"https://{"x" * 200}/template-{end}"' for end in ("0123.json", "4567.json"))
    change = ResourceChange("Modify", "X", "T", "", (PropertyChange("TemplateURL", before, after),))
    _, line = wording.resource_lines(change_set(change))
    assert line == (
        '    TemplateURL: ...xxxxxxxxxxxxxxxxxxxx/template-0123.json" -> ...xxxxxxxxxxxxxxxxxxxx/template-4567.json"'
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (modified(TABLE, "Conditional", "Replicas/0/DeletionProtectionEnabled"), ""),
        (modified(TABLE, "Conditional", "Replicas", "KeySchema/0"), "  may be replaced  CONTAINS DATA"),
        (modified(TABLE, "Conditional"), "  may be replaced  CONTAINS DATA"),
        (modified(BUCKET, "True", "BucketName"), "  REPLACED  CONTAINS DATA"),
        (
            modified(BUCKET, "True", "BucketName", policy="ReplaceAndRetain"),
            "  REPLACED  CONTAINS DATA: old resource retained",
        ),
        (modified(ROLE, "Conditional", "Path"), "  may be replaced"),
        (modified(ROLE, "Conditional", "Policies"), ""),
        (modified(ROLE, "False", "Policies"), ""),
    ],
)
def test_only_a_change_that_may_replace_is_marked_and_with_it_the_data_at_risk(
    change: ResourceChange, words: str
) -> None:
    assert wording.resource_lines(change_set(change))[0] == f"~ X ({change.resource_type}){words}"


def test_a_removed_resource_with_data_is_marked() -> None:
    gone = ResourceChange("Remove", "X", TABLE)
    assert wording.resource_lines(change_set(gone)) == [f"- X ({TABLE})  CONTAINS DATA"]


def test_iam_changes_are_listed_for_an_update_but_not_for_a_creation() -> None:
    role = ResourceChange("Add", "X", ROLE)
    assert "! permissions change (IAM): X" in wording.resource_lines(change_set(role))
    assert wording.resource_lines(change_set(role, is_creation=True)) == [f"+ X ({ROLE})"]


def dependent(logical_id: str, kind: str, path: str, cause: str) -> ResourceChange:
    return ResourceChange("Modify", logical_id, kind, "Conditional", (PropertyChange(path, cause=cause),))


def test_what_depends_on_a_resource_that_is_not_replaced_is_not_replaced() -> None:
    function = ResourceChange("Modify", "F", "AWS::Lambda::Function", "False")
    api = dependent("Api", "AWS::ApiGateway::RestApi", "Body", "F.Arn")
    permission = dependent("P", "AWS::Lambda::Permission", "SourceArn", "Api")
    deployment = dependent("D", "AWS::ApiGateway::Deployment", "RestApiId", "Api")
    stage = dependent("S", "AWS::ApiGateway::Stage", "DeploymentId", "D")
    said = wording.resource_lines(change_set(function, api, permission, deployment, stage))
    assert not [line for line in said if "replaced" in line]


def test_what_depends_on_a_resource_that_may_be_replaced_may_be_replaced() -> None:
    role = ResourceChange("Modify", "R", ROLE, "Conditional", (PropertyChange("Path"),))
    permission = dependent("P", "AWS::Lambda::Permission", "SourceArn", "R")
    attribute = dependent("Q", "AWS::Lambda::Permission", "SourceArn", "R.Arn")
    said = wording.resource_lines(change_set(role, permission, attribute))
    assert len([line for line in said if "may be replaced" in line]) == 3


def test_our_custom_resources_are_not_replaced_unless_their_function_changes() -> None:
    same = dependent("C", "Custom::ReverseReplication", "TemplateHash", "TemplateHash")
    other = dependent("C", "Custom::ReverseReplication", "ServiceToken", "F.Arn")
    assert replacement(same) == "False"
    assert replacement(other) == "Conditional"


def test_two_templates_differ_by_added_and_removed_resources_and_changed_properties() -> None:
    before = {
        "Kept": {"Type": "T", "Properties": {"A": 1}},
        "Gone": {"Type": BUCKET, "Properties": {}},
        "Changed": {"Type": TABLE, "Properties": {"A": {"x": 1, "y": 2}, "B": 1, "C": 1}},
        "Policy": {"Type": "T", "DeletionPolicy": "Delete"},
    }
    after = {
        "Kept": {"Type": "T", "Properties": {"A": 1}},
        "New": {"Type": ROLE, "Properties": {}},
        "Changed": {"Type": TABLE, "Properties": {"A": {"x": 1, "y": 3}, "B": 1, "D": 4}},
        "Policy": {"Type": "T", "DeletionPolicy": "Retain"},
    }
    assert differences.between(before, before) == ()
    assert wording.resource_lines(change_set(*differences.between(before, after))) == [
        f"~ Changed ({TABLE})",
        "    A/y: 2 -> 3",
        "    C: 1 -> none",
        "    D: none -> 4",
        f"- Gone ({BUCKET})  CONTAINS DATA",
        f"+ New ({ROLE})",
        "~ Policy (T)",
        "! permissions change (IAM): New",
    ]


def conditional(code: str) -> dict[str, Any]:
    """A template with a resource and a property that only one Region has."""
    return {
        "Conditions": {"IsPrimary": {"Fn::Equals": [{"Ref": "AWS::Region"}, PRIMARY]}},
        "Resources": {
            "Both": {"Type": "T", "Properties": {"Code": code}},
            "Bucket": {
                "Type": BUCKET,
                "Properties": {"Rule": {"Fn::If": ["IsPrimary", code, {"Ref": "AWS::NoValue"}]}},
            },
            "Reverse": {"Type": "Custom::Reverse", "Condition": "IsPrimary", "Properties": {"Hash": code}},
        },
    }


@pytest.mark.parametrize(("region", "expected"), [(PRIMARY, ["Both", "Bucket", "Reverse"]), (SECONDARY, ["Both"])])
def test_a_region_lists_only_what_it_has(region: str, expected: list[str]) -> None:
    here = StackDescription("demo", f"arn:aws:cloudformation:{region}:1:stack/demo/x", region, "UPDATE_COMPLETE")
    before, after = (for_stack(conditional(code), here) for code in ("old", "new"))
    paths = {"Both": "Code", "Bucket": "Rule", "Reverse": "Hash"}
    listed = change_set(
        *(ResourceChange("Modify", name, "T", "False", (PropertyChange(path),)) for name, path in paths.items())
    )
    assert [of.logical_id for of in differences.in_stack(listed, before, after).changes] == expected
    assert [of.logical_id for of in differences.between(before.resources, after.resources)] == expected


def test_what_a_template_does_not_name_is_listed_as_cloudformation_does() -> None:
    here = StackDescription("demo", f"arn:aws:cloudformation:{SECONDARY}:1:stack/demo/x", SECONDARY, "UPDATE_COMPLETE")
    known = for_stack(conditional("same"), here)
    tags = ResourceChange("Modify", "Both", "T", "False", (PropertyChange("Tags"),))
    removed = ResourceChange("Remove", "Reverse", "Custom::Reverse")
    unread = for_stack({}, here)
    assert differences.in_stack(change_set(tags), known, known).changes == (tags,)
    assert differences.in_stack(change_set(removed), unread, unread).changes == (removed,)
