"""A stuck deletion or rollback keeps what is needed, so that the next try finishes; deleted stacks stay known."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local import deploying
from tests.local.deploying import events, resource, settled, template, unique
from tests.local.failing import set_state
from tests.regions import PRIMARY

Make = Callable[..., Any]
PARAMETER = {"Name": "/again", "Type": "String", "Value": "x"}


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


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


def test_what_an_undeleted_resource_depends_on_is_retained_until_the_next_attempt(
    cf: Any, client: Make, cloud: LocalCloud
) -> None:
    prefix = unique("chain")
    stack = deploying.create(cf, prefix, chain(prefix))
    set_state(cloud, PRIMARY, "Sticky", "sticks")
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_FAILED"
    assert left(client, prefix) == {"needed", "sticky"}
    # never tried: no word of it
    statuses = {status for name, status, _ in events(cf, stack["StackId"]) if name == "Needed"}
    assert statuses == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}
    assert {of["LogicalResourceId"] for of in cf.list_stack_resources(StackName=prefix)["StackResourceSummaries"]} == {
        "Needed",
        "Sticky",
    }
    set_state(cloud, PRIMARY, "Sticky", "works")
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert left(client, prefix) == set()


def test_a_creations_rollback_that_gets_stuck_leaves_a_stack_that_can_be_deleted(
    cf: Any, client: Make, cloud: LocalCloud
) -> None:
    prefix = unique("chain")
    set_state(cloud, PRIMARY, "Sticky", "sticks")
    set_state(cloud, PRIMARY, "Last", "fails")
    stack = deploying.create(cf, prefix, chain(prefix))
    assert stack["StackStatus"] == "ROLLBACK_FAILED"
    assert left(client, prefix) == {"needed", "sticky"}
    set_state(cloud, PRIMARY, "Sticky", "works")
    set_state(cloud, PRIMARY, "Last", "works")
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert left(client, prefix) == set()
    assert settled(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_deleted_stacks_stay_known_when_others_take_their_name(cf: Any) -> None:
    name = unique("again")
    ids = []
    for _ in range(3):
        stack = deploying.create(cf, name, template({"One": resource("AWS::SSM::Parameter", PARAMETER)}))
        ids.append(stack["StackId"])
        deploying.delete(cf, stack["StackId"])
    change_set = cf.create_change_set(
        StackName=name,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(template({"One": resource("AWS::SSM::Parameter", PARAMETER)})),
    )
    found = cf.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert [of["StackId"] for of in found if of["StackName"] == name] == ids
    for stack_id in ids:
        assert settled(cf, stack_id)["StackName"] == name
        assert events(cf, stack_id)[-1][1] == "DELETE_COMPLETE"
    (new,) = cf.describe_stacks(StackName=name)["Stacks"]
    assert (new["StackId"], new["StackStatus"]) == (change_set["StackId"], "REVIEW_IN_PROGRESS")
