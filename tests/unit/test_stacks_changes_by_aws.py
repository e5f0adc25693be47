"""Changes as DescribeChangeSet answers them in AWS with ``IncludePropertyValues``, told to a person."""

from typing import Any

import botocore.session
import pytest

from mraa.stacks.describe_changes import resource_change
from mraa.stacks.models import ChangeSet, PropertyChange, ResourceChange
from mraa.stacks.plan import differences, wording
from mraa.stacks.plan.replacement import replacement
from tests.regions import PRIMARY

MODEL = botocore.session.get_session().get_service_model("cloudformation")
KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
HASH = "(Truncated-Signature):" + 64 * "a"


def lines(*changes: ResourceChange) -> list[str]:
    return wording.resource_lines(ChangeSet("arn:cs", "arn:x", PRIMARY, False, changes))


def detail(path: str, before: str | None, after: str | None, cause: str = "", **more: str) -> dict[str, Any]:
    name = path.removeprefix("/Properties/").partition("/")[0]
    values = {"BeforeValue": before, "AfterValue": after}
    target = {"Attribute": "Properties", "Name": name, "Path": path, "RequiresRecreation": "Never"}
    found: dict[str, Any] = {"Target": {**target, **{key: of for key, of in values.items() if of is not None}, **more}}
    return {**found, "CausingEntity": cause} if cause else found


def modified(*details: dict[str, Any], kind: str = "AWS::Lambda::Function", **more: str) -> ResourceChange:
    known = {"Action": "Modify", "LogicalResourceId": "X", "ResourceType": kind, "Replacement": "False"}
    return resource_change({**known, "Details": list(details), **more})


def test_a_nested_property_is_shown_by_its_path_with_both_values() -> None:
    change = modified(detail("/Properties/Environment/Variables/MODE", "slow", "fast"))
    assert lines(change)[1] == "    Environment/Variables/MODE: slow -> fast"


def test_an_added_and_a_removed_property_have_no_value_on_one_side() -> None:
    change = modified(detail("/Properties/A", None, "[]"), detail("/Properties/B", '{"c":1}', None))
    assert lines(change)[1:] == ["    A: none -> []", '    B: {"c":1} -> none']


def test_a_value_that_does_not_exist_yet_is_said_in_words() -> None:
    change = modified(
        detail("/Properties/Role", "arn:old", KNOWN_AFTER_APPLY),
        detail("/Properties/Role", "arn:old", KNOWN_AFTER_APPLY, "Role.Arn"),
    )
    assert lines(change)[1:] == ["    Role: arn:old -> (known after the deployment)"]


@pytest.mark.parametrize("is_first", [True, False])
def test_what_causes_a_change_is_known_wherever_it_is_listed(*, is_first: bool) -> None:
    direct, caused = detail("/Properties/Value", "1", "2"), detail("/Properties/Value", "1", "2", "Parameter")
    change = modified(*([caused, direct] if is_first else [direct, caused]))
    assert change.properties == (PropertyChange("Value", "1", "2", "Never", "Parameter"),)


def test_a_stacks_tag_is_shown_by_its_place() -> None:
    tag = detail("/Properties/Tags/0", None, '{"Key":"a","Value":"b"}', Attribute="Tags")
    assert lines(modified(tag))[1:] == ['    Tags/0: none -> {"Key":"a","Value":"b"}']


def test_a_value_too_long_for_the_answer_is_read_from_the_templates() -> None:
    change = modified(detail("/Properties/Policy/Statement", HASH, HASH))
    old = {"Properties": {"Policy": {"Statement": [{"Action": "a"}]}}}
    new = {"Properties": {"Policy": {"Statement": [{"Action": "b"}]}}}
    assert lines(differences.filled(change, old, new))[1:] == ["    Policy/Statement/0/Action: a -> b"]
    assert lines(differences.filled(change, {}, {}))[1:] == [
        "    Policy/Statement: (too long to show) -> (too long to show)"
    ]


def test_a_changed_deletion_policy_is_read_from_the_templates() -> None:
    change = modified({"Target": {"Attribute": "DeletionPolicy", "RequiresRecreation": "Never"}})
    filled = differences.filled(change, {"DeletionPolicy": "Delete"}, {"DeletionPolicy": "Retain"})
    assert lines(filled)[1:] == ["    DeletionPolicy: Delete -> Retain"]


def test_an_added_resource_is_never_said_to_be_replaced() -> None:
    new = {"Action": "Add", "LogicalResourceId": "B", "ResourceType": "AWS::S3::Bucket", "Replacement": "True"}
    assert lines(resource_change({**new, "Details": [], "Scope": []})) == ["+ B (AWS::S3::Bucket)"]


def test_what_is_caused_by_a_replacement_may_be_replaced_itself() -> None:
    caused = detail("/Properties/FunctionName", "a", KNOWN_AFTER_APPLY, "Other", RequiresRecreation="Always")
    assert replacement(modified(caused, Replacement="Conditional")) == "Conditional"


@pytest.mark.parametrize("action", MODEL.shape_for("ChangeAction").enum)
def test_every_change_action_of_aws_is_told_in_words(action: str) -> None:
    (line,) = lines(ResourceChange(action, "X", "AWS::S3::Bucket", "", ()))[:1]
    assert line[0] in "+-~="
    assert action in ("Add", "Remove", "Modify") or len(line.split("(AWS::S3::Bucket)")[1].split()) > 0
    assert action not in line


@pytest.mark.parametrize("value", MODEL.shape_for("Replacement").enum)
def test_every_kind_of_replacement_is_told_in_words(value: str) -> None:
    line = lines(ResourceChange("Modify", "X", "AWS::SQS::Queue", value, ()))[0]
    assert ("replaced" in line.lower()) == (value != "False")


@pytest.mark.parametrize("policy", MODEL.shape_for("PolicyAction").enum)
def test_a_replaced_or_removed_resource_with_data_says_if_it_is_kept(policy: str) -> None:
    action = "Modify" if policy.startswith("Replace") else "Remove"
    line = lines(ResourceChange(action, "X", "AWS::S3::Bucket", "True" if action == "Modify" else "", (), policy))[0]
    assert ("old resource retained" in line) == policy.endswith("Retain")
