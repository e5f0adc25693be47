"""Templates that CloudFormation refuses at once, on the running cloud, in AWS's words (recorded answers)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import create, delete, resource, template, unique

UNDEFINED = "Template error: instance of Fn::GetAtt references undefined resource Nobody"
IN_RESOURCES = "Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the template"
IN_OUTPUTS = "Unresolved resource dependencies [Nobody] in the Outputs block of the template"


@pytest.fixture
def cf(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


def text(value: Any, **more: Any) -> dict[str, Any]:
    return resource("AWS::SSM::Parameter", {"Type": "String", "Value": value}, **more)


def output(value: Any) -> dict[str, Any]:
    return {"Outputs": {"O": {"Value": value}}}


BAD = [
    ({"Resources": {}}, "Template format error: At least one Resources member must be defined."),
    ({"Parameters": {}}, "Template format error: At least one Resources member must be defined."),
    ({"Resources": {"P": "text"}}, "Template format error: Any Resources member must be an object."),
    (
        {"Resources": {"P": {}}},
        "Template format error: [/Resources/P] Every Resources object must contain a Type member.",
    ),
    (template({"P_1": text("1")}), "Template format error: Resource name P_1 is non alphanumeric."),
    (template({"P": text("1", Invalid=1)}), "Invalid template resource property 'Invalid'"),
    (template({"P": text("1")}, Nonsense={}), "Invalid template property or properties [Nonsense]"),
    (
        template({"P": text("1")}) | {"AWSTemplateFormatVersion": "2020-01-01"},
        "Template format error: unsupported value for AWSTemplateFormatVersion.",
    ),
    (template({"P": text({"Ref": "Nobody"})}), IN_RESOURCES),
    (template({"P": text({"Fn::Sub": "${Nobody}"})}), IN_RESOURCES),
    (template({"P": text({"Fn::Sub": ["${a}", {"a": {"Ref": "Nobody"}}]})}), IN_RESOURCES),
    (template({"P": text("1", DependsOn="Nobody")}), IN_RESOURCES),
    (template({"P": text({"Fn::GetAtt": ["Nobody", "Arn"]})}), UNDEFINED),
    (template({"P": text({"Fn::GetAtt": "Nobody.Arn"})}), UNDEFINED),
    (
        template({"P": text({"Fn::Sub": "${Nobody.Arn}"})}),
        "Template error: instance of Fn::Sub references invalid resource attribute Nobody.Arn",
    ),
    (
        template({"P": text({"Ref": "Q"}), "Q": text({"Ref": "P"})}),
        "Circular dependency between resources: [P, Q]",
    ),
    (template({"P": text("1")}, **output({"Ref": "Nobody"})), IN_OUTPUTS),
    (template({"P": text("1")}, **output({"Fn::GetAtt": ["Nobody", "Arn"]})), UNDEFINED),
]


@pytest.mark.parametrize(("body", "message"), BAD, ids=[message[-40:] for _, message in BAD])
def test_a_bad_template_is_refused_before_there_is_a_stack(cf: Any, body: Any, message: str) -> None:
    name = unique("bad")
    requests = {"StackName": name, "TemplateBody": json.dumps(body)}
    for operation, arguments in (
        ("create_stack", requests),
        ("create_change_set", {**requests, "ChangeSetName": "cs", "ChangeSetType": "CREATE"}),
        ("validate_template", {"TemplateBody": json.dumps(body)}),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(cf, operation)(**arguments)
        assert refused.value.response["Error"] == {"Type": "Sender", "Code": "ValidationError", "Message": message}
    with pytest.raises(ClientError, match="does not exist"):
        cf.describe_stacks(StackName=name)


def conditional(value: Any, **sections: Any) -> dict[str, Any]:
    return template(
        {"P": text(value), "Nobody": text("1", Condition="Never")},
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
        **sections,
    )


def test_a_resource_whose_condition_is_false_is_no_resource_to_refer_to(cf: Any) -> None:
    for body, message in (
        (conditional({"Ref": "Nobody"}), IN_RESOURCES),
        (conditional("1", **output({"Ref": "Nobody"})), IN_OUTPUTS),
    ):
        with pytest.raises(ClientError) as refused:
            cf.create_stack(StackName=unique("bad"), TemplateBody=json.dumps(body))
        assert refused.value.response["Error"]["Message"] == message


def test_a_branch_that_does_not_count_may_refer_to_it(cf: Any) -> None:
    body = conditional({"Fn::If": ["Never", {"Ref": "Nobody"}, "none"]})
    stack = create(cf, unique("good"), body)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    delete(cf, stack["StackId"])


def test_a_value_that_a_stack_never_had_cannot_be_used_again(cf: Any) -> None:
    stack = create(cf, unique("stack"), template({"P": text("1")}))
    body = template({"P": text({"Ref": "Size"})}, Parameters={"Size": {"Type": "String", "Default": "1"}})
    with pytest.raises(
        ClientError, match="Cannot specify usePreviousValue as true for a parameter key not in the previous"
    ):
        cf.update_stack(
            StackName=stack["StackName"],
            TemplateBody=json.dumps(body),
            Parameters=[{"ParameterKey": "Size", "UsePreviousValue": True}],
        )
    delete(cf, stack["StackId"])


def test_a_deleted_stack_is_found_by_its_id_alone(cf: Any) -> None:
    stack = create(cf, unique("stack"), template({"P": text("1")}))
    name, stack_id = stack["StackName"], stack["StackId"]
    delete(cf, stack_id)
    for operation in ("describe_stacks", "describe_stack_events", "list_stack_resources", "get_template"):
        with pytest.raises(ClientError, match="does not exist"):
            getattr(cf, operation)(StackName=name)
        getattr(cf, operation)(StackName=stack_id)
