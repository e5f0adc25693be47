"""The first cause: the right resource in the right Region, whatever the main stack reports."""

from mraa.stacks.models import Cause
from mraa.stacks.watch import causes
from mraa.stacks.watch.follow import follow_operation
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import FakeCloud
from tests.unit.fake_stacks import FUNCTION, SET, STACK_ID, TABLE, instance_id

REGIONS = (SECONDARY, PRIMARY)
VAGUE = "Stack set operation [x] was unexpectedly stopped or failed."


def failing() -> FakeCloud:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "CREATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "CREATE_IN_PROGRESS")
    return cloud


def first(cloud: FakeCloud, instances: dict[str, str] | None = None) -> Cause:
    stack = cloud.stack(STACK_ID, "ROLLBACK_COMPLETE")
    return causes.first_cause(cloud.aws, stack, REGIONS, instances)


def fail_in(cloud: FakeCloud, region: str, logical_id: str, reason: str) -> None:
    """A stack instance fails, is rolled back, and is deleted together with the stack set."""
    instance = instance_id(region)
    cloud.stack(instance, "CREATE_IN_PROGRESS")
    cloud.own_event(instance, "CREATE_IN_PROGRESS")
    cloud.event(instance, logical_id, FUNCTION, "CREATE_FAILED", reason)
    cloud.own_event(instance, "ROLLBACK_COMPLETE")


def vague(cloud: FakeCloud) -> None:
    cloud.event(STACK_ID, "StackSet", SET, "CREATE_FAILED", VAGUE)
    cloud.own_event(STACK_ID, "ROLLBACK_IN_PROGRESS")


def test_the_earliest_resource_to_fail_is_named_and_cancelled_ones_are_not() -> None:
    cloud = failing()
    cloud.event(STACK_ID, "Other", FUNCTION, "CREATE_FAILED", "Resource creation cancelled")
    cloud.event(STACK_ID, "Table", TABLE, "CREATE_FAILED", "limit reached")
    cloud.event(STACK_ID, "Later", TABLE, "DELETE_FAILED", "in use")
    assert first(cloud) == Cause(PRIMARY, "Table", TABLE, "limit reached")


def test_a_failed_stack_set_is_traced_to_the_resource_in_its_region() -> None:
    cloud = failing()
    fail_in(cloud, SECONDARY, "PhotosFunction", "no such code")
    vague(cloud)
    cloud.instances = {SECONDARY: instance_id(SECONDARY)}
    assert first(cloud) == Cause(SECONDARY, "PhotosFunction", FUNCTION, "no such code")


def test_it_is_found_although_the_instance_has_been_deleted_since() -> None:
    cloud = failing()
    fail_in(cloud, PRIMARY, "PhotosFunction", "no such code")
    cloud.own_event(instance_id(PRIMARY), "DELETE_IN_PROGRESS")
    cloud.own_event(instance_id(PRIMARY), "DELETE_COMPLETE")
    vague(cloud)
    assert first(cloud, {PRIMARY: instance_id(PRIMARY)}) == Cause(PRIMARY, "PhotosFunction", FUNCTION, "no such code")


def test_it_is_found_by_name_if_the_stack_set_was_deleted_and_nobody_followed() -> None:
    cloud = failing()
    fail_in(cloud, SECONDARY, "PhotosFunction", "no such code")
    vague(cloud)
    assert cloud.instances is None
    assert first(cloud) == Cause(SECONDARY, "PhotosFunction", FUNCTION, "no such code")


def test_of_failures_in_both_regions_the_earlier_is_the_cause() -> None:
    cloud = failing()
    fail_in(cloud, PRIMARY, "First", "began it")
    fail_in(cloud, SECONDARY, "Second", "followed")
    vague(cloud)
    assert first(cloud).logical_id == "First"


def test_an_instance_failure_of_an_earlier_operation_is_not_the_cause() -> None:
    cloud = FakeCloud()
    fail_in(cloud, SECONDARY, "Old", "long ago")
    cloud.stack(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS")
    fail_in(cloud, PRIMARY, "New", "today")
    vague(cloud)
    assert first(cloud) == Cause(PRIMARY, "New", FUNCTION, "today")


def test_without_an_instance_stack_the_reason_is_in_the_operations_results() -> None:
    cloud = failing()
    vague(cloud)
    cloud.instances = {}
    cloud.operation("op", "CREATE", "FAILED")
    cloud.results = [
        {"Region": PRIMARY, "Status": "CANCELLED", "StatusReason": "cancelled"},
        {"Region": SECONDARY, "Status": "FAILED", "StatusReason": "cannot assume the execution role"},
    ]
    assert first(cloud) == Cause(SECONDARY, "StackSet", SET, "cannot assume the execution role")


def test_without_a_reason_in_the_regions_the_stack_sets_own_is_reported() -> None:
    cloud = failing()
    vague(cloud)
    assert first(cloud) == Cause(PRIMARY, "StackSet", SET, VAGUE)


def test_if_no_resource_failed_the_stacks_own_reason_is_reported() -> None:
    cloud = failing()
    cloud.own_event(STACK_ID, "ROLLBACK_IN_PROGRESS", "Rule Regions failed")
    cloud.own_event(STACK_ID, "ROLLBACK_COMPLETE")
    assert first(cloud).reason == "Rule Regions failed"


def test_what_validation_found_is_the_cause_of_an_operation_that_touched_nothing() -> None:
    cloud = failing()
    cloud.own_event(STACK_ID, "ROLLBACK_IN_PROGRESS", "Validation failed")
    cloud.findings[STACK_ID] = [
        {
            "LogicalResourceId": "Bucket",
            "ResourceType": "AWS::S3::Bucket",
            "ValidationStatusReason": "name taken",
            "ValidationPath": "/Resources/Bucket",
        }
    ]
    assert first(cloud).reason == "Bucket (AWS::S3::Bucket): name taken /Resources/Bucket"


ANSWER = "KeyError: 'x' (function mraa-x-output-consolidator, log stream 2026/01/01/[$LATEST]0a)"
PLACE = ("/aws/lambda/mraa-x-output-consolidator", "2026/01/01/[$LATEST]0a")


def log_of_a_failed_custom_resource(cloud: FakeCloud) -> list[str]:
    stack = cloud.stack(STACK_ID, "CREATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "CREATE_IN_PROGRESS")
    cloud.event(STACK_ID, "Outputs", "Custom::StackSetOutputs", "CREATE_FAILED", f"Received FAILED: {ANSWER}")
    cloud.own_event(STACK_ID, "ROLLBACK_COMPLETE")
    follow_operation(cloud.aws, cloud.clock, cloud.told.append, stack)
    return [event.reason for event in cloud.told if event.text == "logged"]


def test_the_last_log_lines_of_a_failed_custom_resource_are_reported_immediately() -> None:
    cloud = FakeCloud()
    cloud.logs[PLACE] = ["INIT_START x", "START RequestId: 1", '{"message": "request failed"}', "END x", "REPORT x"]
    assert log_of_a_failed_custom_resource(cloud) == ['{"message": "request failed"}']


def test_a_deleted_log_does_not_hide_the_cause() -> None:
    cloud = FakeCloud()
    assert log_of_a_failed_custom_resource(cloud) == []
    assert ANSWER in first(cloud).reason


def test_of_a_stack_in_which_no_resource_failed_the_rollback_says_why() -> None:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS", "User Initiated")
    cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_IN_PROGRESS", "Export x cannot be updated as it is in use by other")
    cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE")
    assert first(cloud).reason == "Export x cannot be updated as it is in use by other"
