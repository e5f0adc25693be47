"""Change sets of the running cloud, compared with what AWS answered to the same questions (recorded answers)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.deploying import create, parameters, resource, settled, template, unique

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
CAPABILITIES = ["CAPABILITY_IAM"]


@pytest.fixture
def cf(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


def text(value: Any, **more: Any) -> dict[str, Any]:
    return resource("AWS::SSM::Parameter", {"Type": "String", "Value": value, **more})


def group(name: Any, **more: Any) -> dict[str, Any]:
    return resource("AWS::Logs::LogGroup", {"LogGroupName": name, **more})


def change_set(cf: Any, stack: str, body: dict[str, Any], kind: str = "UPDATE", **values: str) -> dict[str, Any]:
    """The change set that would bring the stack to this template; with the values of properties."""
    made = cf.create_change_set(
        StackName=stack,
        ChangeSetName=unique("cs"),
        ChangeSetType=kind,
        TemplateBody=json.dumps(body),
        Parameters=parameters(values),
        Capabilities=CAPABILITIES,
    )
    answer: dict[str, Any] = cf.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True)
    return answer


def changes(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {of["ResourceChange"]["LogicalResourceId"]: of["ResourceChange"] for of in answer["Changes"]}


def details(change: dict[str, Any]) -> list[tuple[str, str | None, str | None, str]]:
    """Path, value before, value after, kind of change: of each detail once."""
    found = (of["Target"] for of in change["Details"])
    listed = [(of["Path"], of.get("BeforeValue"), of.get("AfterValue"), of["AttributeChangeType"]) for of in found]
    return list(dict.fromkeys(listed))


def changed(cf: Any, before: dict[str, Any], after: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What changes from one set of resources to the other."""
    name = unique("stack")
    create(cf, name, template(before))
    return changes(change_set(cf, name, template(after)))


def test_a_changed_property_has_its_path_and_both_values(cf: Any) -> None:
    [(name, change)] = changed(cf, {"P": text("one")}, {"P": text("two")}).items()

    assert (name, change["Action"], change["Replacement"], change["Scope"]) == ("P", "Modify", "False", ["Properties"])
    [detail] = change["Details"]
    assert (detail["Evaluation"], detail["ChangeSource"]) == ("Static", "DirectModification")
    assert detail["Target"] == {
        "Attribute": "Properties",
        "Name": "Value",
        "RequiresRecreation": "Never",
        "Path": "/Properties/Value",
        "BeforeValue": "one",
        "AfterValue": "two",
        "AttributeChangeType": "Modify",
    }
    assert json.loads(change["BeforeContext"]) == {"Properties": {"Type": "String", "Value": "one"}}
    assert json.loads(change["AfterContext"]) == {"Properties": {"Type": "String", "Value": "two"}}


def test_without_property_values_no_values_are_given(cf: Any) -> None:
    name = unique("stack")
    create(cf, name, template({"P": text("one")}))
    answer = change_set(cf, name, template({"P": text("two")}))
    [change] = changes(cf.describe_change_set(ChangeSetName=answer["ChangeSetId"])).values()
    assert change["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "Value",
        "RequiresRecreation": "Never",
    }
    assert not change.keys() & {"BeforeContext", "AfterContext"}


def test_a_new_property_has_no_value_before_and_a_removed_one_none_after(cf: Any) -> None:
    found = changed(cf, {"P": text("x", Description="old")}, {"P": text("x", AllowedPattern="x")})
    assert sorted(details(found["P"])) == [
        ("/Properties/AllowedPattern", None, "x", "Add"),
        ("/Properties/Description", "old", None, "Remove"),
    ]


def test_an_empty_text_is_a_value(cf: Any) -> None:
    found = changed(cf, {"P": text("x", Description="")}, {"P": text("x", Description="new")})
    assert details(found["P"]) == [("/Properties/Description", "", "new", "Modify")]


def test_every_leaf_that_differs_is_a_detail_of_its_own(cf: Any) -> None:
    def queue(**tags: str) -> dict[str, Any]:
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        return resource("AWS::SQS::Queue", {"VisibilityTimeout": 10, "Tags": listed})

    found = changed(cf, {"Q": queue(a="1", b="2")}, {"Q": queue(a="1", b="3", c="4")})
    assert details(found["Q"]) == [
        ("/Properties/Tags/1/Value", "2", "3", "Modify"),
        ("/Properties/Tags/2", None, '{"Key":"c","Value":"4"}', "Add"),
    ]


def test_a_policy_document_is_compared_as_a_whole(cf: Any) -> None:
    def role(service: str) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Statement": [statement]}})

    found = changed(cf, {"R": role("lambda.amazonaws.com")}, {"R": role("s3.amazonaws.com")})
    [(path, before, after, kind)] = details(found["R"])
    assert (path, kind) == ("/Properties/AssumeRolePolicyDocument", "Modify")
    assert json.loads(before or "")["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert json.loads(after or "")["Statement"][0]["Principal"] == {"Service": "s3.amazonaws.com"}


def test_what_depends_on_a_replaced_resource_is_known_after_the_deployment_only(cf: Any) -> None:
    one, two = unique("/one"), unique("/two")
    found = changed(
        cf,
        {"G": group(one), "P": text({"Ref": "G"}), "Q": text({"Fn::Sub": "group ${G}"})},
        {"G": group(two), "P": text({"Ref": "G"}), "Q": text({"Fn::Sub": "group ${G}"})},
    )
    assert (found["G"]["Replacement"], found["G"]["PolicyAction"]) == ("True", "ReplaceAndDelete")
    assert details(found["G"]) == [("/Properties/LogGroupName", one, two, "Modify")]
    assert details(found["P"]) == [("/Properties/Value", one, KNOWN_AFTER_APPLY, "Modify")]
    assert details(found["Q"]) == [("/Properties/Value", f"group {one}", KNOWN_AFTER_APPLY, "Modify")]
    assert {"G"} == {of.get("CausingEntity") for of in found["P"]["Details"]} - {None}


def test_a_reference_to_a_resource_that_is_only_changed_is_left_out_as_its_value_stays(cf: Any) -> None:
    before = {"P": text("one"), "Q": text({"Fn::GetAtt": ["P", "Value"]})}
    after = {"P": text("two"), "Q": text({"Fn::GetAtt": ["P", "Value"]})}
    assert list(changed(cf, before, after)) == ["P"]


def test_a_resource_that_is_added_has_its_values_after_and_one_that_is_removed_before(cf: Any) -> None:
    found = changed(cf, {"P": text("one")}, {"G": group(unique("/g"))})
    assert (found["P"]["Action"], found["G"]["Action"]) == ("Remove", "Add")
    assert json.loads(found["P"]["BeforeContext"])["Properties"]["Value"] == "one"
    assert "AfterContext" not in found["P"]
    assert json.loads(found["G"]["AfterContext"])["Properties"].keys() == {"LogGroupName"}
    assert "BeforeContext" not in found["G"]
    assert found["P"]["PolicyAction"] == "Delete"


CONDITIONAL = template(
    {"Always": text("here"), "Sometimes": {**text({"Ref": "Always"}), "Condition": "Wanted"}},
    Parameters={"Want": {"Type": "String"}},
    Conditions={"Wanted": {"Fn::Equals": [{"Ref": "Want"}, "yes"]}},
)


@pytest.mark.parametrize(("before", "after", "action"), [("no", "yes", "Add"), ("yes", "no", "Remove")])
def test_a_parameter_that_turns_a_condition_adds_or_removes_the_resource(
    cf: Any, before: str, after: str, action: str
) -> None:
    name = unique("stack")
    create(cf, name, CONDITIONAL, Want=before)
    answer = change_set(cf, name, CONDITIONAL, Want=after)
    assert answer["Status"] == "CREATE_COMPLETE", answer["StatusReason"]
    assert {name: change["Action"] for name, change in changes(answer).items()} == {"Sometimes": action}

    cf.execute_change_set(ChangeSetName=answer["ChangeSetId"])
    assert settled(cf, name)["StackStatus"] == "UPDATE_COMPLETE"
    listed = {of["LogicalResourceId"] for of in cf.describe_stack_resources(StackName=name)["StackResources"]}
    assert ("Sometimes" in listed) is (action == "Add")


def test_a_creation_does_not_list_the_resources_of_a_false_condition(cf: Any) -> None:
    answer = change_set(cf, unique("stack"), CONDITIONAL, "CREATE", Want="no")
    assert list(changes(answer)) == ["Always"]


def test_of_a_conditional_value_the_branch_that_counts_is_compared(cf: Any) -> None:
    body = template(
        {
            "P": text(
                {"Fn::If": ["Wanted", "on", "off"]}, Description={"Fn::If": ["Wanted", "d", {"Ref": "AWS::NoValue"}]}
            )
        },
        Parameters=CONDITIONAL["Parameters"],
        Conditions=CONDITIONAL["Conditions"],
    )
    name = unique("stack")
    create(cf, name, body, Want="no")
    found = changes(change_set(cf, name, body, Want="yes"))
    assert sorted(details(found["P"])) == [
        ("/Properties/Description", None, "d", "Add"),
        ("/Properties/Value", "off", "on", "Modify"),
    ]
