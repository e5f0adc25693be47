"""How a verb goes on from a stack as an earlier run left it: what it does first, and where it stops."""

from collections.abc import Callable

import pytest

from mraa.cli.stack_change import Outcome, Wish, bring_about
from mraa.cli.ui import Ui
from mraa.errors import StackError, UsageError
from mraa.models import StackRequest
from tests.unit.stacks_fakes import FUNCTION, PRIMARY, STACK_ID, FakeCloud

REQUEST = StackRequest("mraa", PRIMARY, "https://template", {"SecondaryRegion": "ap-northeast-1"})
WISH = Wish(REQUEST, refuse_foreign=lambda stack: None, again="mraa deploy")


def left_in(status: str) -> FakeCloud:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, status)
    cloud.own_event(STACK_ID, status)
    return cloud


def bring(cloud: FakeCloud, *, yes: bool = True, dry_run: bool = False, detach: bool = False) -> Outcome:
    ui = Ui(as_json=True, assume_yes=yes, dry_run=dry_run)
    return bring_about(ui, cloud.aws, cloud.clock, WISH, detach=detach)


def test_an_update_that_is_running_is_followed_to_its_end_and_then_taken_up() -> None:
    cloud = left_in("UPDATE_IN_PROGRESS")
    cloud.then(lambda: None, lambda: cloud.own_event(STACK_ID, "UPDATE_COMPLETE"))
    assert bring(cloud).action == "unchanged"
    assert cloud.calls == ["change set UPDATE", "discard"]


def test_a_deletion_that_is_running_is_followed_and_then_the_stack_created() -> None:
    cloud = left_in("DELETE_IN_PROGRESS")
    cloud.then(lambda: cloud.own_event(STACK_ID, "DELETE_COMPLETE"))
    bring(cloud)
    assert cloud.calls == ["change set CREATE", "discard"]


def test_an_operation_that_fails_while_it_is_followed_ends_with_its_first_cause() -> None:
    cloud = left_in("UPDATE_IN_PROGRESS")

    def fail() -> None:
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_FAILED", "out of memory")
        cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE")

    cloud.then(fail)
    with pytest.raises(StackError, match=r"First cause: us-east-1: Worker .* out of memory") as failed:
        bring(cloud)
    assert "mraa deploy" in failed.value.hint
    assert cloud.calls == []


def test_a_rollback_that_got_stuck_is_continued_and_then_the_stack_updated() -> None:
    cloud = left_in("UPDATE_ROLLBACK_FAILED")
    cloud.then(lambda: cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE"))
    assert bring(cloud).action == "unchanged"
    assert cloud.calls == ["continue rollback", "change set UPDATE", "discard"]


def test_a_rollback_that_gets_stuck_again_is_told_with_its_cause() -> None:
    cloud = left_in("UPDATE_ROLLBACK_FAILED")

    def stick() -> None:
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_FAILED", "its code is gone")
        cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_FAILED")

    cloud.then(stick)
    with pytest.raises(StackError, match="its code is gone"):
        bring(cloud)
    assert cloud.calls == ["continue rollback"]


@pytest.mark.parametrize("words", [{"dry_run": True}, {"detach": True}])
def test_a_running_operation_is_not_waited_for_by_those_who_would_not_wait(words: dict[str, bool]) -> None:
    with pytest.raises(StackError, match="is running") as refused:
        bring(left_in("UPDATE_IN_PROGRESS"), **words)
    assert "mraa deploy" in refused.value.hint


def test_a_stuck_rollback_is_left_alone_without_consent() -> None:
    cloud = left_in("UPDATE_ROLLBACK_FAILED")
    with pytest.raises(UsageError, match="no terminal"):
        bring(cloud, yes=False)
    assert bring(cloud, dry_run=True).action == "untouched"
    assert cloud.calls == []


@pytest.mark.parametrize("status", ["DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"])
def test_what_only_a_person_can_mend_is_refused(status: str) -> None:
    cloud = left_in(status)
    with pytest.raises(StackError, match=status):
        bring(cloud)
    assert cloud.calls == []


def test_a_stack_that_must_not_be_touched_is_not_even_followed() -> None:
    def refuse(_: object) -> None:
        raise UsageError("not ours")

    cloud = left_in("UPDATE_IN_PROGRESS")
    followed: list[Callable[[], None]] = [lambda: pytest.fail("it was followed")]
    cloud.then(*followed)
    wish = Wish(REQUEST, refuse_foreign=refuse, again="mraa deploy")
    with pytest.raises(UsageError, match="not ours"):
        bring_about(Ui(as_json=True, assume_yes=True), cloud.aws, cloud.clock, wish)
