"""Exports that other stacks import stay, on the running local cloud."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.local import deploying
from tests.local.deploying import resource, template, unique
from tests.regions import PRIMARY

Make = Callable[..., Any]
HANDLE = {"Handle": resource("AWS::CloudFormation::WaitConditionHandle")}


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


def exporting(name: str, value: str = "one") -> dict[str, Any]:
    return template(HANDLE, Outputs={"Out": {"Value": value, "Export": {"Name": name}}})


def importing(name: str) -> dict[str, Any]:
    value = {"Fn::ImportValue": {"Fn::Sub": name}}
    properties = {"Name": f"/{unique('p')}", "Type": "String", "Value": value}
    return template({"P": resource("AWS::SSM::Parameter", properties)})


@pytest.fixture
def pair(cf: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """An exporting stack, one that imports, and the export's name."""
    name = unique("export")
    return deploying.create(cf, unique("a"), exporting(name)), deploying.create(cf, unique("b"), importing(name)), name


def test_a_deletion_is_canceled_while_the_export_is_imported(
    cf: Any, pair: tuple[dict[str, Any], dict[str, Any], str]
) -> None:
    exporter, importer, name = pair
    reason = f"Delete canceled. Cannot delete export {name} as it is in use by {importer['StackName']}."

    stack = deploying.delete(cf, exporter["StackId"])

    assert (stack["StackStatus"], stack["StackStatusReason"]) == ("CREATE_COMPLETE", reason)
    assert deploying.events(cf, exporter["StackId"])[-1] == (exporter["StackName"], "CREATE_COMPLETE", reason)

    deploying.delete(cf, importer["StackId"])
    stack = deploying.delete(cf, exporter["StackId"])
    assert (stack["StackStatus"], stack.get("StackStatusReason", "")) == ("DELETE_COMPLETE", "")


def test_an_imported_export_can_neither_be_changed_nor_deleted(
    cf: Any, pair: tuple[dict[str, Any], dict[str, Any], str]
) -> None:
    exporter, importer, name = pair
    for body, verb in ((exporting(name, "two"), "updated"), (template(HANDLE), "deleted")):
        stack = deploying.update(cf, exporter["StackName"], body)
        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        expected = f"Export {name} cannot be {verb} as it is in use by {importer['StackName']}"
        assert expected in [why for _, _, why in deploying.events(cf, stack["StackId"])]
    assert {of["Name"]: of["Value"] for of in cf.list_exports()["Exports"]}[name] == "one"


def test_an_export_that_is_not_imported_is_deleted_by_the_update(cf: Any) -> None:
    name = unique("export")
    stack = deploying.create(cf, unique("a"), exporting(name))
    assert deploying.update(cf, stack["StackName"], template(HANDLE))["StackStatus"] == "UPDATE_COMPLETE"
    assert name not in {of["Name"] for of in cf.list_exports()["Exports"]}


def test_two_stacks_cannot_export_the_same_name(cf: Any) -> None:
    name = unique("export")
    first = deploying.create(cf, unique("a"), exporting(name))
    second = deploying.create(cf, unique("b"), exporting(name))
    assert second["StackStatus"] == "ROLLBACK_COMPLETE"
    expected = f"Export with name {name} is already exported by stack {first['StackName']}. Rollback requested by user."
    assert expected in [why for _, _, why in deploying.events(cf, second["StackId"])]
