"""What the port to the engine's change sets promises; an upgrade of the engine has to keep this."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mraa_local.engine import change_sets, stacks
from mraa_local.engine.change_sets import Change, Side
from mraa_local.engine.scope import scope
from tests.local import engine
from tests.local.deploying import resource, template
from tests.local.engine import ask, run_async
from tests.regions import PRIMARY

NAME = "stack"
SIDES: list[tuple[Side, Side]] = []


_ACCOUNTS = itertools.count(200000000000)


@pytest.fixture(autouse=True)
def own_account() -> Iterator[None]:
    with engine.restored(), scope(str(next(_ACCOUNTS)), PRIMARY):
        SIDES.clear()
        yield


def body(value: str, condition: str) -> dict[str, Any]:
    return template(
        {
            "P": resource("AWS::SSM::Parameter", {"Type": "String", "Value": value}),
            "Q": resource("AWS::SSM::Parameter", {"Type": "String", "Value": "q"}, Condition="Wanted"),
        },
        Conditions={"Wanted": {"Fn::Equals": ["yes", condition]}},
    )


def noting(before: Side, after: Side, resources: dict[str, Any], changes: list[Change]) -> list[Change]:
    SIDES.append((before, after))
    assert resources["P"]["PhysicalResourceId"]
    return changes


def made() -> dict[str, Any]:
    """A stack, and the change set of an update that changes one resource and turns the condition of another."""

    async def both() -> dict[str, Any]:
        await engine.operate("CreateStack", NAME, body("1", "no"))
        status, _, answer = ask(
            "CreateChangeSet",
            {"StackName": NAME, "ChangeSetName": "cs", "TemplateBody": json.dumps(body("2", "yes"))},
        )
        assert status == 200, answer
        found = change_sets.find("cs", NAME)
        assert found is not None
        return found

    return run_async(both())


def test_both_sides_are_compared_without_the_resources_of_false_conditions() -> None:
    change_sets.compare_by(noting)
    found = [change["ResourceChange"] for change in made()["Changes"]]
    assert {change["LogicalResourceId"]: change["Action"] for change in found} == {"P": "Modify", "Q": "Add"}
    [(before, after)] = SIDES
    assert (list(before.template["Resources"]), list(after.template["Resources"])) == (["P"], ["P", "Q"])
    assert (before.conditions, after.conditions) == ({"Wanted": False}, {"Wanted": True})
    stack = stacks.find(NAME)
    assert stack is not None
    assert (after.stack_name, after.stack_id) == (NAME, stack["StackId"])


def test_what_replaces_a_resource_can_be_said() -> None:
    change_sets.replace_on_change_by(lambda resource_type, name: "Always" if name == "Value" else "Never")
    [change] = [of["ResourceChange"] for of in made()["Changes"] if of["ResourceChange"]["LogicalResourceId"] == "P"]
    assert change["Replacement"] == "True"
    assert change_sets.replacement(change["Details"], is_other_type=False) == "True"
    assert change_sets.replacement([], is_other_type=True) == "True"
    assert change_sets.replacement([], is_other_type=False) == "False"


def test_an_unknown_change_set_is_not_found() -> None:
    assert change_sets.find("nothing", NAME) is None
