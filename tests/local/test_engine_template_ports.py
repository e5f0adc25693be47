"""What the port to the engine's templates promises; an upgrade of the engine has to keep this."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mraa_local.engine import stacks, templates
from mraa_local.engine.scope import scope
from tests.local import engine
from tests.local.deploying import resource, template
from tests.local.engine import run_async
from tests.regions import PRIMARY

_ACCOUNTS = itertools.count(150000000000)
NAME = "stack"


@pytest.fixture(autouse=True)
def own_account() -> Iterator[None]:
    with engine.restored(), scope(str(next(_ACCOUNTS)), PRIMARY):
        yield


def parameter(value: Any, name: str = "") -> dict[str, Any]:
    return resource("AWS::SSM::Parameter", {"Name": name or "/p", "Type": "String", "Value": value})


def created(body: dict[str, Any]) -> stacks.Stack:
    """A stack of this template."""
    return run_async(engine.operate("CreateStack", NAME, body))


def test_templates_are_parsed_resolved_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    body = templates.parse("Parameters: {P: {Type: String}}\nResources: {R: {Type: T, Properties: {X: !Ref P}}}")
    assert body["Resources"]["R"]["Properties"]["X"] == {"Ref": "P"}
    assert templates.resolve({"Fn::Sub": "${AWS::Region}-${P}"}, {"P": {"Value": "v"}}, {}) == "us-east-1-v"
    assert list(templates.references({"a": {"Ref": "X"}, "b": {"Fn::GetAtt": ["Y", "Arn"]}})) == ["X", "Y.Arn"]
    templates.check_parameters(body, {"P": "v"})
    with pytest.raises(ValueError, match="P"):
        templates.check_parameters(body, {})
    monkeypatch.setattr("ministack.app.AUTH", True)
    role = {"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {}}}}
    refused = templates.missing_capabilities(role, [])
    assert refused is not None
    assert refused[0] == 400
    assert templates.missing_capabilities(role, ["CAPABILITY_IAM"]) is None


def test_a_nodes_value_is_resolved_in_a_stack_and_what_refers_in_a_circle_is_found() -> None:
    resources = {"P": {"PhysicalResourceId": "id", "Attributes": {"Arn": "arn"}}}

    def value(node: Any) -> Any:
        return templates.resolve_in_stack(node, resources, {}, {"Yes": True}, {}, NAME, "stack-id")

    assert value({"Fn::Join": ["-", [{"Ref": "P"}, {"Fn::GetAtt": ["P", "Arn"]}, {"Ref": "AWS::StackName"}]]}) == (
        f"id-arn-{NAME}"
    )
    assert templates.is_no_value(value({"Ref": "AWS::NoValue"}))
    assert not templates.is_no_value(None)
    with pytest.raises(ValueError, match="not found"):
        value({"Fn::ImportValue": "nothing"})
    circle = template({"P": parameter({"Ref": "Q"}), "Q": parameter({"Ref": "P"}, "/q")})
    with pytest.raises(ValueError, match=r": P, Q$"):
        templates.check_order(circle, {})
    templates.check_order(template({"P": parameter("1")}), {})


def test_conditions_parameters_and_documents_can_be_taken_over() -> None:
    checked: list[Any] = []
    templates.evaluate_conditions_by(lambda template, params: {"Never": False})
    templates.before_parameters(lambda template, provided, previous: checked.append((provided, previous)))
    templates.before_support_check(lambda template, conditions: checked.append(conditions))
    body = template({"P": parameter("1"), "Q": {**parameter("1", "/q"), "Condition": "Never"}})
    body["Conditions"] = {"Never": {"Fn::Equals": ["1", "1"]}}
    assert list(created(body)["_resources"]) == ["P"]
    assert checked == [([], {}), {"Never": False}]

    def fetch(url: str, parameter_name: str, is_template: bool) -> str:
        if url == "bad":
            raise ValueError("no such document")
        return f"{url} {parameter_name} {is_template}"

    templates.fetch_documents_by(fetch)
    assert templates.read_body({"TemplateURL": ["u"]}) == ("u TemplateURL True", None)
    _, refused = templates.read_body({"TemplateURL": ["bad"]})
    assert refused is not None
    assert b"no such document" in refused[2]
    assert templates.read_body({"TemplateBody": ["{}"]})[0] == "{}"


def test_a_template_of_any_size_is_taken_while_the_limit_is_lifted() -> None:
    lifted = [False]
    templates.lift_size_limit(lambda: lifted[0])
    body = template({"P": parameter("1")})
    body["Metadata"] = {"Long": "x" * 60_000}
    request = {"StackName": [NAME], "TemplateBody": [json.dumps(body)]}
    assert stacks.operate("CreateStack", request)[0] == 400
    lifted[0] = True
    assert created(body)["StackStatus"] == "CREATE_COMPLETE"
