"""A deletion or a rollback that gets stuck at one resource keeps what that one needs, and the next try finishes."""

from collections.abc import Callable
from typing import Any

import pytest

from mraa.local import control
from mraa.local.process import LocalCloud
from tests.local import deploying
from tests.local.deploying import PRIMARY, events, resource, settled, template, unique

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


@pytest.fixture
def set_state(cloud: LocalCloud) -> Callable[[str, str], None]:
    def set_it(logical_id: str, state: str) -> None:
        url = cloud.environment["MRAA_FAULT_URL"]
        control.set_fault(url, fault="resource", region=PRIMARY, logicalId=logical_id, state=state)

    return set_it


def chain(prefix: str) -> dict[str, Any]:
    """Needed <- Sticky <- Last, and one that has nothing to do with them."""

    def parameter(name: str, **attributes: Any) -> dict[str, Any]:
        properties = {"Name": f"/{prefix}/{name}", "Type": "String", "Value": name}
        return resource("AWS::SSM::Parameter", properties, **attributes)

    return template(
        {
            "Needed": parameter("needed"),
            "Sticky": parameter("sticky", DependsOn="Needed"),
            "Last": parameter("last", DependsOn="Sticky"),
            "Apart": parameter("apart"),
        }
    )


def left(client: Make, prefix: str) -> set[str]:
    found = client("ssm", PRIMARY).get_parameters_by_path(Path=f"/{prefix}")["Parameters"]
    return {parameter["Value"] for parameter in found}


def test_what_an_undeleted_resource_needs_stays_until_the_next_try(
    cf: Any, client: Make, set_state: Callable[[str, str], None]
) -> None:
    prefix = unique("chain")
    stack = deploying.create(cf, prefix, chain(prefix))
    set_state("Sticky", "sticks")
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_FAILED"
    assert left(client, prefix) == {"needed", "sticky"}
    # never tried: no word of it
    told = [status for name, status, _ in events(cf, stack["StackId"]) if name == "Needed"]
    assert told == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert {of["LogicalResourceId"] for of in cf.list_stack_resources(StackName=prefix)["StackResourceSummaries"]} == {
        "Needed",
        "Sticky",
    }
    set_state("Sticky", "works")
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert left(client, prefix) == set()


def test_a_creations_rollback_that_gets_stuck_leaves_a_stack_that_can_be_deleted(
    cf: Any, client: Make, set_state: Callable[[str, str], None]
) -> None:
    prefix = unique("chain")
    set_state("Sticky", "sticks")
    set_state("Last", "fails")
    stack = deploying.create(cf, prefix, chain(prefix))
    assert stack["StackStatus"] == "ROLLBACK_FAILED"
    assert left(client, prefix) == {"needed", "sticky"}
    set_state("Sticky", "works")
    set_state("Last", "works")
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert left(client, prefix) == set()
    assert settled(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
