"""Deploying one stack over a plain conversation: what is done first with a stack as an earlier run left it."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from mraa.cli.ui import Ui
from mraa.errors import DeclinedError, StackError, UsageError
from mraa.stacks.deployer.deploy import deploy_stack
from mraa.stacks.deployer.follow import attach
from mraa.stacks.deployer.spec import Creation, DeployResult, StackSpec
from mraa.stacks.models import StackRequest
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import FakeCloud
from tests.unit.fake_stacks import FUNCTION, SET, STACK_ID, TABLE, instance_id
from tests.unit.script import Script

REQUEST = StackRequest("mraa", PRIMARY, "https://template", {"SecondaryRegion": SECONDARY})
SPEC = StackSpec(REQUEST, refuse_foreign=lambda stack: None, again="mraa deploy")


def left_in(status: str) -> FakeCloud:
    cloud = FakeCloud()
    cloud.stack(STACK_ID, status)
    cloud.own_event(STACK_ID, status)
    return cloud


def deploy(cloud: FakeCloud, script: Script | None = None, *, detach: bool = False) -> DeployResult:
    return deploy_stack(cloud.aws, cloud.clock, script or Script(), SPEC, detach=detach)


def test_a_running_update_is_followed_to_its_end_before_the_next() -> None:
    cloud = left_in("UPDATE_IN_PROGRESS")
    cloud.then(lambda: None, lambda: cloud.own_event(STACK_ID, "UPDATE_COMPLETE"))
    assert deploy(cloud).action == "unchanged"
    assert cloud.stack_changes == ["change set UPDATE", "discard"]


def test_a_running_deletion_is_followed_before_the_stack_is_created() -> None:
    cloud = left_in("DELETE_IN_PROGRESS")
    cloud.then(lambda: cloud.own_event(STACK_ID, "DELETE_COMPLETE"))
    deploy(cloud)
    assert cloud.stack_changes == ["change set CREATE", "discard"]


def test_an_operation_that_fails_while_it_is_followed_ends_with_its_first_cause() -> None:
    cloud = left_in("UPDATE_IN_PROGRESS")

    def fail() -> None:
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_FAILED", "out of memory")
        cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE")

    cloud.then(fail)
    with pytest.raises(StackError, match=r"First cause: us-east-1: Worker .* out of memory") as failed:
        deploy(cloud)
    assert "mraa deploy" in failed.value.hint
    assert cloud.stack_changes == []


def test_a_failed_rollback_is_continued_before_the_stack_is_updated() -> None:
    cloud = left_in("UPDATE_ROLLBACK_FAILED")
    cloud.then(lambda: cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE"))
    assert deploy(cloud).action == "unchanged"
    assert cloud.stack_changes == ["continue rollback", "change set UPDATE", "discard"]


def test_a_rollback_that_fails_again_is_reported_with_its_cause() -> None:
    cloud = left_in("UPDATE_ROLLBACK_FAILED")

    def stick() -> None:
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_FAILED", "its code is gone")
        cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_FAILED")

    cloud.then(stick)
    with pytest.raises(StackError, match="its code is gone"):
        deploy(cloud)
    assert cloud.stack_changes == ["continue rollback"]


@pytest.mark.parametrize(("dry_run", "detach"), [(True, False), (False, True)])
def test_a_dry_run_and_a_detached_deploy_do_not_wait_for_a_running_operation(dry_run: bool, detach: bool) -> None:
    with pytest.raises(StackError, match="is running") as refused:
        deploy(left_in("UPDATE_IN_PROGRESS"), Script(dry_run=dry_run), detach=detach)
    assert "mraa deploy" in refused.value.hint


def test_a_failed_rollback_is_not_continued_without_consent() -> None:
    cloud = left_in("UPDATE_ROLLBACK_FAILED")
    with pytest.raises(UsageError, match="no terminal"):
        deploy_stack(cloud.aws, cloud.clock, Ui(as_json=True), SPEC)
    with pytest.raises(DeclinedError):
        deploy(cloud, Script(consents=False))
    assert deploy(cloud, Script(dry_run=True)).action == "untouched"
    assert cloud.stack_changes == []


@pytest.mark.parametrize("status", ["DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"])
def test_what_only_a_person_can_fix_is_refused(status: str) -> None:
    cloud = left_in(status)
    with pytest.raises(StackError, match=status):
        deploy(cloud)
    assert cloud.stack_changes == []


def test_a_foreign_stack_is_not_even_followed() -> None:
    def refuse(_: object) -> None:
        raise UsageError("not ours")

    cloud = left_in("UPDATE_IN_PROGRESS")
    followed: list[Callable[[], None]] = [lambda: pytest.fail("it was followed")]
    cloud.then(*followed)
    with pytest.raises(UsageError, match="not ours"):
        deploy_stack(cloud.aws, cloud.clock, Script(), replace(SPEC, refuse_foreign=refuse))


def stuck() -> FakeCloud:
    """A rollback that failed at a function."""
    cloud = FakeCloud()
    cloud.stack(STACK_ID, "UPDATE_ROLLBACK_FAILED")
    cloud.own_event(STACK_ID, "UPDATE_IN_PROGRESS")
    cloud.event(STACK_ID, "Broken", FUNCTION, "UPDATE_FAILED", "the first cause")
    cloud.event(STACK_ID, "Cancelled", FUNCTION, "UPDATE_FAILED", "Resource update cancelled")
    cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Broken]. ")
    cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_FAILED", "no code")
    cloud.event(STACK_ID, "Other", FUNCTION, "UPDATE_COMPLETE")
    cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_FAILED")
    return cloud


def test_a_failed_rollback_continues_without_the_resources_to_skip() -> None:
    cloud, script = stuck(), Script()
    cloud.then(lambda: cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_COMPLETE"))
    deploy_stack(cloud.aws, cloud.clock, script, replace(SPEC, skip=("Worker",)))
    assert cloud.stack_changes[0] == "continue rollback without Worker"
    assert "skip Worker (AWS::Lambda::Function): no code" in script.plans[0][1]


def test_a_rollback_that_fails_again_names_what_could_be_skipped() -> None:
    cloud = stuck()

    def again() -> None:
        cloud.event(STACK_ID, "Worker", FUNCTION, "UPDATE_FAILED", "still no code")
        cloud.own_event(STACK_ID, "UPDATE_ROLLBACK_FAILED")

    cloud.then(again)
    with pytest.raises(StackError) as failed:
        deploy(cloud)
    assert "mraa deploy --skip-resource Worker" in failed.value.hint


def test_only_what_failed_in_the_rollback_can_be_skipped() -> None:
    cloud = stuck()
    with pytest.raises(UsageError, match="Other did not fail in the rollback"):
        deploy_stack(cloud.aws, cloud.clock, Script(), replace(SPEC, skip=("Other",)))
    assert cloud.stack_changes == []


WITH_SET = replace(SPEC, request=replace(REQUEST, instance_regions=(SECONDARY, PRIMARY)))


def busy() -> FakeCloud:
    cloud = left_in("UPDATE_COMPLETE")
    cloud.instances = {}
    cloud.operation("op-1", "DETECT_DRIFT", "RUNNING")
    return cloud


def test_an_operation_on_the_stack_set_is_waited_for_before_the_update() -> None:
    cloud, script = busy(), Script()
    cloud.then(lambda: None, lambda: cloud.operation("op-1", "DETECT_DRIFT", "SUCCEEDED"))
    assert deploy_stack(cloud.aws, cloud.clock, script, WITH_SET).action == "unchanged"
    assert cloud.stack_changes == ["change set UPDATE", "discard"]
    (heading,) = script.headings
    assert "stop-stack-set-operation --stack-set-name" in heading
    assert "--operation-id op-1 --region us-east-1" in heading


def test_a_detached_deploy_does_not_wait_for_the_stack_set_but_says_how_to_stop_it() -> None:
    cloud = busy()
    with pytest.raises(StackError) as refused:
        deploy_stack(cloud.aws, cloud.clock, Script(), WITH_SET, detach=True)
    assert "--operation-id op-1" in refused.value.hint
    assert cloud.stack_changes == []


def test_attaching_follows_what_runs_and_changes_nothing() -> None:
    cloud = left_in("UPDATE_IN_PROGRESS")
    cloud.then(lambda: None, lambda: cloud.own_event(STACK_ID, "UPDATE_COMPLETE"))
    assert attach(cloud.aws, cloud.clock, Script(), SPEC).action == "followed"
    assert cloud.stack_changes == []


def test_attaching_to_an_idle_stack_succeeds_and_to_none_fails() -> None:
    cloud = left_in("UPDATE_COMPLETE")
    assert attach(cloud.aws, cloud.clock, Script(), SPEC).action == "idle"
    with pytest.raises(StackError, match="does not exist"):
        attach(FakeCloud().aws, cloud.clock, Script(), SPEC)


def test_a_whole_deploy_over_a_plain_conversation() -> None:
    """Read, plan, show, confirm, execute, follow in both Regions, return: without a terminal anywhere."""
    cloud, script, secondary = FakeCloud(), Script(), instance_id(SECONDARY)
    cloud.changes = [
        {"Action": "Add", "LogicalResourceId": "Table", "ResourceType": TABLE},
        {"Action": "Add", "LogicalResourceId": "StackSet", "ResourceType": SET},
    ]
    cloud.resources[STACK_ID] = {"Table": {}, "StackSet": {}}

    def begin() -> None:
        cloud.stack(STACK_ID, "CREATE_IN_PROGRESS")
        cloud.own_event(STACK_ID, "CREATE_IN_PROGRESS")

    def instance() -> None:
        cloud.instances = {SECONDARY: secondary}
        cloud.stack(secondary, "CREATE_IN_PROGRESS")
        cloud.event(secondary, "Worker", FUNCTION, "CREATE_COMPLETE")

    def end() -> None:
        cloud.event(STACK_ID, "Table", TABLE, "CREATE_COMPLETE")
        cloud.event(STACK_ID, "StackSet", SET, "CREATE_COMPLETE")
        cloud.own_event(STACK_ID, "CREATE_COMPLETE")
        cloud.stacks[STACK_ID]["Outputs"] = [{"OutputKey": "SecondaryRegion", "OutputValue": SECONDARY}]

    confirmed: list[bool] = []
    cloud.on_execute = begin
    cloud.then(lambda: None, instance, end)
    spec = replace(
        WITH_SET, creation=lambda: Creation(notes=["then more"]), on_confirmed=lambda: confirmed.append(True)
    )
    result = deploy_stack(cloud.aws, cloud.clock, script, spec)
    assert (result.action, result.elapsed_s > 0) == ("created", True)
    assert result.stack is not None
    assert result.stack.outputs == {"SecondaryRegion": SECONDARY}
    assert script.plans == [
        (
            f"Create stack mraa in {PRIMARY} and its stack instances in {SECONDARY} and {PRIMARY}",
            [f"+ Table ({TABLE})", f"+ StackSet ({SET})", f"+ parameter SecondaryRegion: {SECONDARY}", "then more"],
        )
    ]
    assert cloud.stack_changes == ["change set CREATE", "execute"]
    assert confirmed == [True]
    assert (SECONDARY, "Worker") in {(event.region, event.subject) for event in script.events}
    assert script.events[-1].text == "CREATE_COMPLETE"
    assert script.counted[-1][0].done == 2


@pytest.mark.parametrize(("script", "ends"), [(Script(dry_run=True), False), (Script(consents=False), True)])
def test_a_plan_that_is_not_confirmed_leaves_no_change_set(script: Script, ends: bool) -> None:
    cloud = FakeCloud()
    cloud.changes = [{"Action": "Add", "LogicalResourceId": "Table", "ResourceType": TABLE}]
    if ends:
        with pytest.raises(DeclinedError):
            deploy(cloud, script)
    else:
        assert deploy(cloud, script).action == "untouched"
    assert cloud.stack_changes == ["change set CREATE", "discard"]


def test_a_deploy_that_is_interrupted_warns_that_the_operation_continues() -> None:
    cloud, script = left_in("UPDATE_IN_PROGRESS"), Script()

    def interrupt() -> None:
        raise KeyboardInterrupt

    cloud.then(interrupt)
    with pytest.raises(KeyboardInterrupt):
        deploy(cloud, script)
    (warning,) = script.warnings
    assert "continues in AWS. Follow it: mraa deploy" in warning
    assert f"describe-stack-events --stack-name mraa --region {PRIMARY}" in warning


def test_a_service_can_deploy_and_destroy_without_click_and_rich() -> None:
    code = (
        "import sys; import mraa.stacks.deployer.main_stack, mraa.stacks.deployer.web_app, "
        "mraa.stacks.destroy.deployment, mraa.stacks.destroy.web_app, mraa.stacks.drift.detect, "
        "mraa.stacks.preflight.doctor; "
        "print(sorted({'click', 'rich', 'mraa.cli'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout == "[]\n"
