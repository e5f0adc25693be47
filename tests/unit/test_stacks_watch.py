"""Following an operation: what is reported, in which Region, and when it ends."""

import pytest

from mraa.errors import StackError, UnreachableError
from mraa.events import Progress
from mraa.stacks.models import Counts
from mraa.stacks.watch.follow import OperationEnd, follow_operation, require_success
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import FakeCloud
from tests.unit.fake_stacks import FUNCTION, SET, STACK_ID, instance_id

REGIONS = (SECONDARY, PRIMARY)


def follow(cloud: FakeCloud, after: str = "", regions: tuple[str, ...] = REGIONS) -> OperationEnd:
    stack = cloud.stack(STACK_ID, cloud.stacks[STACK_ID]["StackStatus"])
    return follow_operation(cloud.aws, cloud.clock, cloud.told.append, stack, regions, after=after)


def creating() -> FakeCloud:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "CREATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "CREATE_IN_PROGRESS", "User Initiated")
    return cloud


def test_both_regions_and_the_stack_set_are_reported_until_the_operation_has_ended() -> None:
    cloud = creating()
    secondary = instance_id(SECONDARY)

    def instances_begin() -> None:
        cloud.event(STACK_ID, "StackSet", SET, "CREATE_IN_PROGRESS")
        cloud.instances = {SECONDARY: secondary}
        cloud.operation("op", "CREATE", "RUNNING")
        cloud.stack(secondary, "CREATE_IN_PROGRESS")
        cloud.event(secondary, "PhotosFunction", FUNCTION, "CREATE_IN_PROGRESS", "Resource creation Initiated")

    def all_ends() -> None:
        cloud.event(secondary, "PhotosFunction", FUNCTION, "CREATE_IN_PROGRESS")
        cloud.event(secondary, "PhotosFunction", FUNCTION, "CREATE_COMPLETE")
        cloud.own_event(secondary, "CREATE_COMPLETE")
        cloud.operation("op", "CREATE", "SUCCEEDED")
        cloud.event(STACK_ID, "StackSet", SET, "CREATE_COMPLETE")
        cloud.own_event(STACK_ID, "CREATE_COMPLETE")

    cloud.then(instances_begin, all_ends)
    followed = follow(cloud)
    assert followed.stack.status == "CREATE_COMPLETE"
    assert followed.instances == {SECONDARY: secondary}
    assert cloud.lines() == [
        "us-east-1 mraa CREATE_IN_PROGRESS",
        "us-east-1 StackSet CREATE_IN_PROGRESS",
        "ap-northeast-1 PhotosFunction CREATE_IN_PROGRESS",
        "us-east-1 stack set CREATE RUNNING",
        "us-east-1 StackSet CREATE_COMPLETE",
        "us-east-1 mraa CREATE_COMPLETE",
        "ap-northeast-1 PhotosFunction CREATE_COMPLETE",
        "ap-northeast-1 stack instance CREATE_COMPLETE",
        "us-east-1 stack set CREATE SUCCEEDED",
    ]
    complete = next(event for event in cloud.told if event.text == "CREATE_COMPLETE" and event.region == SECONDARY)
    assert complete.elapsed_s == pytest.approx(2.5, abs=2)
    assert complete.reason == ""


def test_it_has_not_ended_before_an_event_later_than_the_newest_before_it_began() -> None:
    cloud = creating()
    cloud.own_event(STACK_ID, "CREATE_COMPLETE")
    newest = cloud.events[STACK_ID][-1]["EventId"]
    cloud.then(
        lambda: None,
        lambda: cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS"),
        lambda: cloud.own_event(STACK_ID, "UPDATE_COMPLETE"),
    )
    assert follow(cloud, after=newest).stack.status == "UPDATE_COMPLETE"
    assert cloud.lines() == ["us-east-1 mraa UPDATE_IN_PROGRESS", "us-east-1 mraa UPDATE_COMPLETE"]


def test_an_operation_that_never_begins_is_not_waited_for_forever() -> None:
    cloud = creating()
    cloud.own_event(STACK_ID, "CREATE_COMPLETE")
    newest = cloud.events[STACK_ID][-1]["EventId"]
    assert follow(cloud, after=newest).stack.status == "CREATE_COMPLETE"


def test_events_of_earlier_operations_are_not_reported() -> None:
    cloud = FakeCloud()
    secondary = instance_id(SECONDARY)
    cloud.stack(secondary, "CREATE_COMPLETE")
    cloud.event(secondary, "Old", FUNCTION, "CREATE_FAILED", "long ago")
    cloud.instances = {SECONDARY: secondary}
    cloud.operation("old", "CREATE", "FAILED")
    cloud.stack(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.event(STACK_ID, "Older", FUNCTION, "CREATE_COMPLETE")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "UPDATE_COMPLETE")
    follow(cloud)
    assert cloud.lines() == ["us-east-1 mraa UPDATE_IN_PROGRESS", "us-east-1 mraa UPDATE_COMPLETE"]


def test_a_continued_rollback_reports_only_what_is_new() -> None:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "UPDATE_ROLLBACK_FAILED")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.event(STACK_ID, "StackSet", SET, "UPDATE_FAILED", "first")
    cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_FAILED")
    newest = cloud.events[STACK_ID][-1]["EventId"]
    cloud.then(
        lambda: cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_IN_PROGRESS"),
        lambda: cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE"),
    )
    assert follow(cloud, after=newest).stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert [event.text for event in cloud.told] == ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]


def test_an_unreachable_secondary_region_is_reported_once_and_not_waited_for() -> None:
    cloud = creating()
    cloud.instances = {SECONDARY: instance_id(SECONDARY)}
    cloud.down = {SECONDARY}
    cloud.then(lambda: None, lambda: None, lambda: cloud.own_event(STACK_ID, "CREATE_COMPLETE"))
    assert follow(cloud).stack.status == "CREATE_COMPLETE"
    notes = [event for event in cloud.told if event.progress is Progress.NOTE]
    assert [note.subject for note in notes] == [SECONDARY]


def test_a_primary_region_that_returns_in_time_is_followed_again() -> None:
    cloud = creating()
    cloud.down = {PRIMARY}
    cloud.then(lambda: None, lambda: cloud.down.clear(), lambda: cloud.own_event(STACK_ID, "CREATE_COMPLETE"))
    assert follow(cloud).stack.status == "CREATE_COMPLETE"


def test_an_unreachable_primary_region_ends_with_how_to_continue() -> None:
    cloud = creating()
    cloud.down = {PRIMARY}
    with pytest.raises(UnreachableError) as gone:
        follow(cloud)
    assert "continues in AWS" in gone.value.hint


def test_a_stack_that_no_longer_exists_is_deleted() -> None:
    cloud = FakeCloud()
    stack = cloud.stack(STACK_ID, "DELETE_IN_PROGRESS")
    cloud.stacks.clear()
    assert follow_operation(cloud.aws, cloud.clock, cloud.told.append, stack).stack.status == "DELETE_COMPLETE"


def test_a_failure_is_raised_with_its_first_cause_and_the_next_step() -> None:
    cloud = creating()
    cloud.event(STACK_ID, "AppConfigTable", "AWS::DynamoDB::GlobalTable", "CREATE_FAILED", "too many tables")
    cloud.own_event(STACK_ID, "ROLLBACK_IN_PROGRESS")
    cloud.own_event(STACK_ID, "ROLLBACK_COMPLETE")
    followed = follow(cloud)
    with pytest.raises(StackError) as failed:
        require_success(cloud.aws, followed, REGIONS, "run again")
    assert failed.value.message == (
        "Stack mraa ended in ROLLBACK_COMPLETE. First cause: us-east-1: AppConfigTable "
        "(AWS::DynamoDB::GlobalTable): too many tables"
    )
    assert failed.value.hint == "run again"


def test_a_creation_is_counted_against_its_template_and_its_end_names_the_slowest() -> None:
    cloud = creating()
    cloud.resources[STACK_ID] = {"Quick": {}, "Slow": {}, "Perhaps": {"Condition": "IsPrimary"}}

    def works() -> None:
        cloud.event(STACK_ID, "Slow", FUNCTION, "CREATE_IN_PROGRESS")
        cloud.event(STACK_ID, "Quick", FUNCTION, "CREATE_IN_PROGRESS")
        cloud.event(STACK_ID, "Quick", FUNCTION, "CREATE_COMPLETE")
        cloud.event(STACK_ID, "Slow", FUNCTION, "CREATE_COMPLETE")
        cloud.own_event(STACK_ID, "CREATE_COMPLETE")

    cloud.then(works)
    follow(cloud, regions=())
    counts = [(e.subject, e.done, e.total) for e in cloud.told if e.progress is Progress.DONE]
    assert counts == [("Quick", 1, 2), ("Slow", 2, 2), ("mraa", None, None)]
    assert cloud.told[-1].reason == "2 done, slowest Slow 3.0 s"


def test_every_poll_reports_the_counts_of_each_stack_and_the_stack_set() -> None:
    cloud = creating()
    secondary = instance_id(SECONDARY)
    cloud.resources[STACK_ID] = {"StackSet": {}, "Later": {}}
    shown: list[dict[str, Counts]] = []

    def instance_begins() -> None:
        cloud.event(STACK_ID, "StackSet", SET, "CREATE_IN_PROGRESS")
        cloud.instances = {SECONDARY: secondary}
        cloud.operation("op", "CREATE", "RUNNING")
        cloud.stack(secondary, "CREATE_IN_PROGRESS")
        cloud.own_event(secondary, "CREATE_IN_PROGRESS")
        cloud.event(secondary, "Quick", FUNCTION, "CREATE_IN_PROGRESS")
        cloud.event(secondary, "Quick", FUNCTION, "CREATE_COMPLETE")

    cloud.then(instance_begins, *[lambda: None] * 5, lambda: cloud.own_event(STACK_ID, "CREATE_COMPLETE"))
    stack = cloud.stack(STACK_ID, "CREATE_IN_PROGRESS")
    follow_operation(
        cloud.aws,
        cloud.clock,
        cloud.told.append,
        stack,
        REGIONS,
        on_counts=lambda counts, _: shown.append({of.name: of for of in counts}),
    )
    last = shown[-2]
    assert list(last) == ["mraa", "stack set", "stack instance"]
    assert (last["mraa"].done, last["mraa"].running, last["mraa"].to_do) == (0, 1, 1)
    assert last["mraa"].slowest == "StackSet"
    assert last["mraa"].slowest_s > 2
    assert last["stack set"].status == "CREATE RUNNING"
    instance = last["stack instance"]
    assert (instance.region, instance.status, instance.done, instance.to_do) == (
        SECONDARY,
        "CREATE_IN_PROGRESS",
        1,
        None,
    )


def test_an_update_has_at_most_the_resources_of_its_change_set_to_do() -> None:
    cloud = FakeCloud()
    stack = cloud.stack(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS", "User Initiated")
    cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_IN_PROGRESS")
    cloud.then(lambda: None, lambda: cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_IN_PROGRESS"))
    cloud.then(lambda: cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE"))
    shown: list[Counts] = []
    expected = {(PRIMARY, "mraa"): frozenset({"Worker", "Untouched"})}
    follow_operation(
        cloud.aws,
        cloud.clock,
        cloud.told.append,
        stack,
        on_counts=lambda counts, _: shown.extend(counts),
        expected=expected,
    )
    assert (shown[0].running, shown[0].to_do, shown[0].is_at_most) == (1, 1, True)
    # nothing is known of a rollback
    assert (shown[-1].status, shown[-1].to_do) == ("UPDATE_ROLLBACK_COMPLETE", None)


def test_nothing_is_left_to_do_once_an_update_has_ended() -> None:
    cloud = FakeCloud()
    stack = cloud.stack(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS", "User Initiated")
    cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_IN_PROGRESS")
    cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_COMPLETE")
    cloud.own_event(STACK_ID, "UPDATE_COMPLETE")
    expected = {(PRIMARY, "mraa"): frozenset({"Worker", "Untouched"})}
    follow_operation(cloud.aws, cloud.clock, cloud.told.append, stack, expected=expected)
    assert cloud.told[-1].reason == "1 done, slowest Worker 1.0 s"


def test_an_update_counts_what_it_touches_without_a_total() -> None:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS", "User Initiated")

    def works() -> None:
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_IN_PROGRESS")
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_COMPLETE")
        cloud.own_event(STACK_ID, "UPDATE_COMPLETE")

    cloud.then(works)
    follow(cloud, regions=())
    worker = next(event for event in cloud.told if event.subject == "Worker" and event.progress is Progress.DONE)
    assert (worker.done, worker.total) == (None, None)
    assert cloud.told[-1].reason == "1 done, slowest Worker 1.0 s"


QUEUE = "AWS::SQS::Queue"
REPLACED = "Requested update requires the creation of a new physical resource; hence creating one."


def updating() -> FakeCloud:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS", "User Initiated")
    return cloud


def test_an_update_that_adds_replaces_and_removes_is_reported_and_counted_as_aws_does_it() -> None:
    cloud = updating()
    cloud.event(STACK_ID, "Added", QUEUE, "CREATE_IN_PROGRESS")
    cloud.event(STACK_ID, "Added", QUEUE, "CREATE_IN_PROGRESS", "Resource creation Initiated")
    cloud.event(STACK_ID, "Added", QUEUE, "CREATE_COMPLETE")
    cloud.event(STACK_ID, "Replaced", QUEUE, "UPDATE_IN_PROGRESS", REPLACED)
    cloud.event(STACK_ID, "Replaced", QUEUE, "UPDATE_IN_PROGRESS", "Resource creation Initiated")
    cloud.event(STACK_ID, "Replaced", QUEUE, "UPDATE_COMPLETE")
    cloud.own_event(STACK_ID, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    shown: list[Counts] = []

    def cleans_up() -> None:
        cloud.event(STACK_ID, "Removed", QUEUE, "DELETE_IN_PROGRESS")
        cloud.event(STACK_ID, "Removed", QUEUE, "DELETE_COMPLETE")
        cloud.event(STACK_ID, "Replaced", QUEUE, "DELETE_IN_PROGRESS")
        cloud.event(STACK_ID, "Replaced", QUEUE, "DELETE_COMPLETE")
        cloud.own_event(STACK_ID, "UPDATE_COMPLETE")

    cloud.then(cleans_up)
    follow_operation(
        cloud.aws,
        cloud.clock,
        cloud.told.append,
        cloud.stack(STACK_ID, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        on_counts=lambda counts, _: shown.extend(counts),
        expected={(PRIMARY, "mraa"): frozenset({"Added", "Replaced", "Removed"})},
    )
    assert [(event.subject, event.text) for event in cloud.told] == [
        ("mraa", "UPDATE_IN_PROGRESS"),
        ("Added", "CREATE_IN_PROGRESS"),
        ("Added", "CREATE_COMPLETE"),
        ("Replaced", "UPDATE_IN_PROGRESS"),
        ("Replaced", "UPDATE_COMPLETE"),
        ("mraa", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Removed", "DELETE_IN_PROGRESS"),
        ("Removed", "DELETE_COMPLETE"),
        ("Replaced", "DELETE_IN_PROGRESS"),
        ("Replaced", "DELETE_COMPLETE"),
        ("mraa", "UPDATE_COMPLETE"),
    ]
    assert (shown[0].status, shown[0].done, shown[0].to_do) == ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 2, 1)
    assert (shown[-1].done, shown[-1].running, shown[-1].to_do) == (3, 0, 0)


def test_what_a_rollback_changes_back_is_reported_once_more_with_its_own_time() -> None:
    cloud = updating()
    cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_IN_PROGRESS")
    cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_COMPLETE")
    cloud.event(STACK_ID, "Queue", QUEUE, "UPDATE_FAILED", "no such key")

    def rolls_back() -> None:
        cloud.own_event(
            STACK_ID, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Queue]. "
        )
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_IN_PROGRESS")
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_COMPLETE")
        cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE")

    cloud.then(lambda: None, rolls_back)
    follow(cloud, regions=())
    worker = [(event.text, event.elapsed_s) for event in cloud.told if event.subject == "Worker"]
    assert worker == 2 * [("UPDATE_IN_PROGRESS", None), ("UPDATE_COMPLETE", 1.0)]
