"""Nested stacks: their changes are read and shown, their events followed, and what failed in them is named."""

from typing import Any

import pytest

from mraa import names
from mraa.stacks import describe, execute
from mraa.stacks.deployer.deploy import deploy_stack
from mraa.stacks.deployer.spec import StackSpec
from mraa.stacks.models import Cause, ChangeSet, ResourceChange, StackRequest
from mraa.stacks.plan import wording
from mraa.stacks.watch import causes
from mraa.stacks.watch.follow import follow_operation
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import FakeCloud
from tests.unit.fake_stacks import FUNCTION, SET, STACK, STACK_ID, TABLE, TOKEN, instance_id
from tests.unit.script import Script

GLOBAL = f"arn:aws:cloudformation:{PRIMARY}:123456789012:stack/mraa-Global-X/0a1b2c3d-0000-1111-2222-333344445556"
VAGUE = f"Embedded stack {GLOBAL} was not successfully created: The following resource(s) failed to create: [Table]. "


def regional_id(region: str) -> str:
    return f"{instance_id(region)[:-36].rstrip('/')}-Regional-X/{instance_id(region)[-36:]}"


def begin(cloud: FakeCloud, parent: str, logical_id: str, nested: str, *statuses: str, reason: str = "") -> None:
    """Events of a nested stack in its parent; each has its physical id."""
    for status in statuses:
        cloud.event(parent, logical_id, STACK, status, reason if status.endswith("_FAILED") else "")
        cloud.events[parent][-1]["PhysicalResourceId"] = nested


def creating() -> FakeCloud:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "CREATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "CREATE_IN_PROGRESS")
    return cloud


def test_what_failed_in_a_nested_stack_is_the_first_cause() -> None:
    cloud = creating()
    begin(cloud, STACK_ID, "Global", GLOBAL, "CREATE_IN_PROGRESS")
    cloud.own_event(GLOBAL, "CREATE_IN_PROGRESS")
    cloud.event(GLOBAL, "Table", TABLE, "CREATE_FAILED", "limit reached")
    begin(cloud, STACK_ID, "Global", GLOBAL, "CREATE_FAILED", reason=VAGUE)
    stack = cloud.stack(STACK_ID, "ROLLBACK_COMPLETE")
    assert causes.first_cause(cloud.aws, stack) == Cause(PRIMARY, "Table", TABLE, "limit reached")


def test_what_failed_in_the_nested_stack_of_an_instance_is_named_in_its_region() -> None:
    cloud, instance, nested = creating(), instance_id(SECONDARY), regional_id(SECONDARY)
    cloud.instances = {SECONDARY: instance}
    cloud.stack(instance, "CREATE_IN_PROGRESS")
    cloud.own_event(instance, "CREATE_IN_PROGRESS")
    cloud.own_event(nested, "CREATE_IN_PROGRESS")
    cloud.event(nested, "Worker", FUNCTION, "CREATE_FAILED", "no such code")
    begin(cloud, instance, "Regional", nested, "CREATE_FAILED", reason=VAGUE)
    cloud.event(STACK_ID, "StackSet", SET, "CREATE_FAILED", "was unexpectedly stopped or failed")
    stack = cloud.stack(STACK_ID, "ROLLBACK_COMPLETE")
    assert causes.first_cause(cloud.aws, stack, (SECONDARY, PRIMARY)) == Cause(
        SECONDARY, "Worker", FUNCTION, "no such code"
    )


def test_a_nested_stack_whose_events_say_nothing_is_the_cause_itself() -> None:
    cloud = creating()
    begin(cloud, STACK_ID, "Global", GLOBAL, "CREATE_FAILED", reason="S3 error: Access Denied")
    stack = cloud.stack(STACK_ID, "ROLLBACK_COMPLETE")
    assert causes.first_cause(cloud.aws, stack).reason == "S3 error: Access Denied"


def test_events_in_nested_stacks_are_followed_and_counted() -> None:
    cloud, counted = creating(), []
    cloud.resources[GLOBAL] = {"Table": {}, "Index": {}}

    def inside() -> None:
        begin(cloud, STACK_ID, "Global", GLOBAL, "CREATE_IN_PROGRESS")
        cloud.own_event(GLOBAL, "CREATE_IN_PROGRESS")
        cloud.event(GLOBAL, "Table", TABLE, "CREATE_COMPLETE")

    def end() -> None:
        cloud.own_event(GLOBAL, "CREATE_COMPLETE")
        begin(cloud, STACK_ID, "Global", GLOBAL, "CREATE_COMPLETE")
        cloud.own_event(STACK_ID, "CREATE_COMPLETE")

    cloud.then(lambda: None, inside, end)
    stack = cloud.stack(STACK_ID, "CREATE_IN_PROGRESS")
    follow_operation(
        cloud.aws, cloud.clock, cloud.told.append, stack, on_counts=lambda counts, _: counted.append(list(counts))
    )
    assert [(of.done, of.total) for of in cloud.told if of.subject == "Table"] == [(1, 2)]
    assert f"{PRIMARY} Global CREATE_COMPLETE" in cloud.lines()
    assert {of.name for of in counted[-1]} == {"mraa", "Global"}


class _Nested(FakeCloud):
    """Change sets of which one has a change set of a nested stack."""

    def _cloudformation_describe_change_set(self, region: str, **more: Any) -> dict[str, Any]:
        if more["ChangeSetName"] == "arn:nested":
            assert "StackName" not in more
            change = {"Action": "Add", "LogicalResourceId": "Role", "ResourceType": "AWS::IAM::Role"}
            return {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": change}]}
        return super()._cloudformation_describe_change_set(region, **more)


def test_the_plan_shows_the_changes_in_a_nested_stack_below_it_and_those_of_permissions() -> None:
    cloud, script = _Nested(), Script(dry_run=True)
    cloud.stack(STACK_ID, "CREATE_COMPLETE")
    cloud.changes = [
        {"Action": "Modify", "LogicalResourceId": "Global", "ResourceType": STACK, "ChangeSetId": "arn:nested"}
    ]
    request = StackRequest("mraa", PRIMARY, "https://template", {})
    spec = StackSpec(request, refuse_foreign=lambda stack: None, again="again")
    assert deploy_stack(cloud.aws, cloud.clock, script, spec).action == "untouched"
    (plan,) = script.plans
    assert plan[1] == [
        f"~ Global ({STACK})",
        "    + Role (AWS::IAM::Role)",
        "! permissions change (IAM): Role",
    ]


def test_a_replacement_in_a_nested_stack_is_marked_there() -> None:
    inner = ResourceChange("Modify", "Table", TABLE, "True")
    change = ChangeSet("", "", PRIMARY, False, (ResourceChange("Modify", "Global", STACK, "False", nested=(inner,)),))
    assert wording.resource_lines(change) == [
        f"~ Global ({STACK})",
        f"    ~ Table ({TABLE})  REPLACED  CONTAINS DATA",
    ]


def test_a_nested_stack_is_not_taken_for_a_stack_instance() -> None:
    cloud, instance, nested = FakeCloud(), instance_id(SECONDARY), regional_id(SECONDARY)
    cloud.stack(instance, "CREATE_COMPLETE")
    cloud.stack(nested, "CREATE_COMPLETE", ParentId=instance)
    assert nested.split("/")[1].startswith(names.stack_instance(TOKEN))
    found = describe.existing_instance_stacks(cloud.aws, SECONDARY, [TOKEN])
    assert [of.stack_id for of in found] == [instance]


@pytest.mark.parametrize("capabilities", [("CAPABILITY_IAM",), ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")])
def test_a_change_set_is_asked_for_with_the_stacks_capabilities_and_its_nested_stacks(
    capabilities: tuple[str, ...],
) -> None:
    asked: dict[str, Any] = {}

    class Cloud(FakeCloud):
        def _cloudformation_create_change_set(self, region: str, ChangeSetType: str, **more: Any) -> dict[str, str]:
            asked.update(more)
            return super()._cloudformation_create_change_set(region, ChangeSetType=ChangeSetType)

    cloud = Cloud()
    request = StackRequest("mraa", PRIMARY, "https://template", {}, capabilities=capabilities)
    execute.create_change_set(cloud.aws, cloud.clock, request, [], is_creation=False)
    assert (asked["Capabilities"], asked["IncludeNestedStacks"]) == (list(capabilities), True)
