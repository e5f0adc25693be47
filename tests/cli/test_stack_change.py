"""How a verb goes on from a stack as an earlier run left it: what it does first, and where it stops."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mraa.cli.stack_change import Outcome, Wish, attach, bring_about
from mraa.cli.ui import Ui
from mraa.errors import StackError, UsageError
from mraa.stacks.models import StackRequest
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


def stuck() -> FakeCloud:
    """A rollback that got stuck at a function."""
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "UPDATE_ROLLBACK_FAILED")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_FAILED", "no code")
    cloud.event(STACK_ID, "Other", FUNCTION, "UPDATE_COMPLETE")
    cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_FAILED")
    return cloud


def test_a_stuck_rollback_goes_on_without_the_resources_to_skip(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = stuck()
    cloud.then(lambda: cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE"))
    bring_about(Ui(as_json=True, assume_yes=True), cloud.aws, cloud.clock, replace(WISH, skip=("Worker",)))
    assert cloud.calls[0] == "continue rollback without Worker"
    assert "skip Worker (AWS::Lambda::Function): no code" in capsys.readouterr().out


def test_a_rollback_that_gets_stuck_again_says_what_could_be_skipped() -> None:
    cloud = stuck()

    def again() -> None:
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_FAILED", "still no code")
        cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_FAILED")

    cloud.then(again)
    with pytest.raises(StackError) as failed:
        bring(cloud)
    assert "mraa deploy --skip-resource Worker" in failed.value.hint


def test_only_what_got_stuck_can_be_skipped() -> None:
    cloud = stuck()
    with pytest.raises(UsageError, match="Other is not one that the rollback got stuck at"):
        bring_about(Ui(as_json=True, assume_yes=True), cloud.aws, cloud.clock, replace(WISH, skip=("Other",)))
    assert cloud.calls == []


WITH_SET = replace(WISH, request=replace(REQUEST, instance_regions=("ap-northeast-1", PRIMARY)))


def busy() -> FakeCloud:
    cloud = left_in("UPDATE_COMPLETE")
    cloud.instances = {}
    cloud.operation("op-1", "DETECT_DRIFT", "RUNNING")
    return cloud


def test_an_operation_on_the_stack_set_is_waited_for_before_the_update(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = busy()
    cloud.then(lambda: None, lambda: cloud.operation("op-1", "DETECT_DRIFT", "SUCCEEDED"))
    outcome = bring_about(Ui(assume_yes=True), cloud.aws, cloud.clock, WITH_SET)
    assert outcome.action == "unchanged"
    assert cloud.calls == ["change set UPDATE", "discard"]
    said = capsys.readouterr().out
    assert "stop-stack-set-operation --stack-set-name" in said
    assert "--operation-id op-1 --region us-east-1" in said


def test_a_detached_deploy_does_not_wait_for_the_stack_set_but_says_how_to_stop_it() -> None:
    cloud = busy()
    with pytest.raises(StackError) as refused:
        bring_about(Ui(assume_yes=True), cloud.aws, cloud.clock, WITH_SET, detach=True)
    assert "--operation-id op-1" in refused.value.hint
    assert cloud.calls == []


def test_attaching_follows_what_runs_and_changes_nothing() -> None:
    cloud = left_in("UPDATE_IN_PROGRESS")
    cloud.then(lambda: None, lambda: cloud.own_event(STACK_ID, "UPDATE_COMPLETE"))
    assert attach(Ui(as_json=True), cloud.aws, cloud.clock, WISH).action == "followed"
    assert cloud.calls == []


def test_attaching_to_a_quiet_stack_says_so_and_to_none_fails() -> None:
    cloud = left_in("UPDATE_COMPLETE")
    assert attach(Ui(as_json=True), cloud.aws, cloud.clock, WISH).action == "idle"
    with pytest.raises(StackError, match="does not exist"):
        attach(Ui(as_json=True), FakeCloud().aws, cloud.clock, WISH)
