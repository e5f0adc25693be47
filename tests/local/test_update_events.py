"""The events of updates and rollbacks on the running cloud, in the sequence that AWS gives (recorded sequences)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local.deploying import create, delete, events, resource, template, unique, update
from tests.local.replicating import Faults
from tests.regions import PRIMARY

REPLACED = "Requested update requires the creation of a new physical resource; hence creating one."
INITIATED = "Resource creation Initiated"


@pytest.fixture
def cf(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


@pytest.fixture
def name(cf: Any) -> Iterator[str]:
    made = unique("stack")
    yield made
    delete(cf, cf.describe_stacks(StackName=made)["Stacks"][0]["StackId"])


def text(value: Any, **more: Any) -> dict[str, Any]:
    return resource("AWS::SSM::Parameter", {"Type": "String", "Value": value}, **more)


def group(name: str, **more: Any) -> dict[str, Any]:
    return resource("AWS::Logs::LogGroup", {"LogGroupName": name}, **more)


def of_update(cf: Any, name: str) -> list[tuple[str, str, str]]:
    """The events since the latest update began; the stack itself is called ``stack``."""
    found = [("stack" if of == name else of, status, why) for of, status, why in events(cf, name)]
    begun = max(n for n, (of, status, _) in enumerate(found) if (of, status) == ("stack", "UPDATE_IN_PROGRESS"))
    return found[begun:]


def test_a_creation_says_when_each_resource_exists(cf: Any, name: str) -> None:
    create(cf, name, template({"P": text("1")}))
    assert events(cf, name) == [
        (name, "CREATE_IN_PROGRESS", "User Initiated"),
        ("P", "CREATE_IN_PROGRESS", ""),
        ("P", "CREATE_IN_PROGRESS", INITIATED),
        ("P", "CREATE_COMPLETE", ""),
        (name, "CREATE_COMPLETE", ""),
    ]


def test_an_update_creates_what_it_adds_and_deletes_what_it_removes_in_the_clean_up(cf: Any, name: str) -> None:
    create(cf, name, template({"Kept": text("1"), "Changed": text("1"), "Gone": text("1")}))
    update(cf, name, template({"Kept": text("1"), "Changed": text("2"), "New": text("1")}))
    assert of_update(cf, name) == [
        ("stack", "UPDATE_IN_PROGRESS", "User Initiated"),
        ("Changed", "UPDATE_IN_PROGRESS", ""),
        ("Changed", "UPDATE_COMPLETE", ""),
        ("New", "CREATE_IN_PROGRESS", ""),
        ("New", "CREATE_IN_PROGRESS", INITIATED),
        ("New", "CREATE_COMPLETE", ""),
        ("stack", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
        ("Gone", "DELETE_IN_PROGRESS", ""),
        ("Gone", "DELETE_COMPLETE", ""),
        ("stack", "UPDATE_COMPLETE", ""),
    ]
    listed = cf.describe_stack_resources(StackName=name)["StackResources"]
    assert {of["LogicalResourceId"]: of["ResourceStatus"] for of in listed} == {
        "Kept": "CREATE_COMPLETE",
        "Changed": "UPDATE_COMPLETE",
        "New": "CREATE_COMPLETE",
    }


def test_a_replaced_resource_is_created_in_the_update_and_its_predecessor_deleted_in_the_clean_up(
    cf: Any, name: str
) -> None:
    one, two = unique("/one"), unique("/two")
    create(cf, name, template({"G": group(one)}))
    update(cf, name, template({"G": group(two)}))
    assert of_update(cf, name)[1:-1] == [
        ("G", "UPDATE_IN_PROGRESS", REPLACED),
        ("G", "UPDATE_IN_PROGRESS", INITIATED),
        ("G", "UPDATE_COMPLETE", ""),
        ("stack", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
        ("G", "DELETE_IN_PROGRESS", ""),
        ("G", "DELETE_COMPLETE", ""),
    ]
    ids = {
        (of["ResourceStatus"], of["PhysicalResourceId"])
        for of in cf.describe_stack_events(StackName=name)["StackEvents"]
        if of["LogicalResourceId"] == "G" and of["ResourceStatus"].endswith("_COMPLETE")
    }
    assert ids == {("CREATE_COMPLETE", one), ("UPDATE_COMPLETE", two), ("DELETE_COMPLETE", one)}


def test_what_is_retained_is_skipped_in_the_clean_up(cf: Any, name: str, client: Callable[..., Any]) -> None:
    kept = unique("/kept")
    create(cf, name, template({"G": group(kept, DeletionPolicy="Retain"), "P": text("1")}))
    update(cf, name, template({"P": text("1")}))
    assert of_update(cf, name)[1:-1] == [
        ("stack", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
        ("G", "DELETE_SKIPPED", ""),
    ]
    client("logs").delete_log_group(logGroupName=kept)


def test_a_failed_update_says_why_on_the_event_that_begins_the_rollback(cf: Any, name: str) -> None:
    create(cf, name, template({"A": text("1")}))
    bad = resource("AWS::SSM::Parameter", {"Type": "String", "Value": "1", "Nonsense": "1"}, DependsOn="New")
    update(cf, name, template({"A": text("2"), "New": text("1"), "Bad": bad}))
    found = of_update(cf, name)
    assert [(of, status) for of, status, _ in found] == [
        ("stack", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("New", "CREATE_IN_PROGRESS"),
        ("New", "CREATE_IN_PROGRESS"),
        ("New", "CREATE_COMPLETE"),
        ("Bad", "CREATE_IN_PROGRESS"),
        ("Bad", "CREATE_FAILED"),
        ("stack", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("stack", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("New", "DELETE_IN_PROGRESS"),
        ("New", "DELETE_COMPLETE"),
        ("stack", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    reasons = {status: why for of, status, why in found if of == "stack"}
    assert reasons["UPDATE_ROLLBACK_IN_PROGRESS"].startswith("The following resource(s) failed to create: [Bad].")
    assert reasons["UPDATE_ROLLBACK_COMPLETE"] == ""


def test_a_failed_deletion_in_the_clean_up_does_not_fail_the_update(cf: Any, name: str, faults: Faults) -> None:
    create(cf, name, template({"Kept": text("1"), "Gone": text("1")}))
    faults.set(fault="resource", region=PRIMARY, logicalId="Gone", state="sticks")
    update(cf, name, template({"Kept": text("1")}))
    assert [(of, status) for of, status, _ in of_update(cf, name)] == [
        ("stack", "UPDATE_IN_PROGRESS"),
        ("stack", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Gone", "DELETE_IN_PROGRESS"),
        ("Gone", "DELETE_FAILED"),
        ("stack", "UPDATE_COMPLETE"),
    ]
    faults.set(fault="resource", region=PRIMARY, logicalId="Gone", state="works")


def exporting(export: str) -> dict[str, Any]:
    return template({"P": text("1")}, Outputs={"O": {"Value": "v", "Export": {"Name": export}}})


@pytest.mark.parametrize("is_update", [True, False])
def test_an_output_that_fails_is_the_reason_of_the_rollback_and_no_failure_of_its_own(
    cf: Any, name: str, *, is_update: bool
) -> None:
    export, first = unique("export"), unique("stack")
    first_id = create(cf, first, exporting(export))["StackId"]
    if is_update:
        create(cf, name, template({"P": text("1")}))
        update(cf, name, exporting(export))
    else:
        create(cf, name, exporting(export))
    own = [(status, why) for of, status, why in events(cf, name) if of == name]
    taken = f"Export with name {export} is already exported by stack {first}."
    status = "UPDATE_ROLLBACK_IN_PROGRESS" if is_update else "ROLLBACK_IN_PROGRESS"
    assert (status, taken if is_update else f"{taken} Rollback requested by user.") in own
    assert not [status for status, _ in own if status.endswith("_FAILED")]
    assert own[-1][1] == ""
    delete(cf, first_id)


def test_a_deleted_stack_says_when_and_its_name_is_free(cf: Any) -> None:
    stack = create(cf, unique("stack"), template({"P": text("1")}))
    cf.delete_stack(StackName=stack["StackName"])
    cf.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"], WaiterConfig={"Delay": 1})
    gone = cf.describe_stacks(StackName=stack["StackId"])["Stacks"][0]
    assert gone["DeletionTime"] >= gone["CreationTime"]
    assert events(cf, stack["StackId"])[-3:] == [
        ("P", "DELETE_IN_PROGRESS", ""),
        ("P", "DELETE_COMPLETE", ""),
        (stack["StackName"], "DELETE_COMPLETE", ""),
    ]
