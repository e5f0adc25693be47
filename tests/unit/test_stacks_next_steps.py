"""Every status that CloudFormation knows of a stack and of a stack set operation has its next step."""

import pytest
from botocore.loaders import Loader

from mraa.errors import StackError
from mraa.stacks.models import StackDescription
from mraa.stacks.plan import next_step
from mraa.stacks.plan.next_step import Action

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/mraa/0a1b2c3d-0000-1111-2222-333344445555"
SHAPES = Loader().load_service_model("cloudformation", "service-2")["shapes"]
A_PERSON = "a person"

DEPLOY = {
    "CREATE_IN_PROGRESS": Action.FOLLOW,
    "CREATE_FAILED": Action.RECREATE,
    "CREATE_COMPLETE": Action.UPDATE,
    "ROLLBACK_IN_PROGRESS": Action.FOLLOW,
    "ROLLBACK_FAILED": Action.RECREATE,
    "ROLLBACK_COMPLETE": Action.RECREATE,
    "DELETE_IN_PROGRESS": Action.FOLLOW,
    "DELETE_FAILED": A_PERSON,
    "DELETE_COMPLETE": Action.CREATE,
    "UPDATE_IN_PROGRESS": Action.FOLLOW,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": Action.FOLLOW,
    "UPDATE_COMPLETE": Action.UPDATE,
    "UPDATE_FAILED": Action.UPDATE,
    "UPDATE_ROLLBACK_IN_PROGRESS": Action.FOLLOW,
    "UPDATE_ROLLBACK_FAILED": Action.CONTINUE_ROLLBACK,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": Action.FOLLOW,
    "UPDATE_ROLLBACK_COMPLETE": Action.UPDATE,
    "REVIEW_IN_PROGRESS": Action.CREATE,
    "IMPORT_IN_PROGRESS": Action.FOLLOW,
    "IMPORT_COMPLETE": Action.UPDATE,
    "IMPORT_ROLLBACK_IN_PROGRESS": Action.FOLLOW,
    "IMPORT_ROLLBACK_FAILED": A_PERSON,
    "IMPORT_ROLLBACK_COMPLETE": Action.UPDATE,
}
OPERATIONS = {
    "QUEUED": True,
    "RUNNING": True,
    "STOPPING": True,
    "STOPPED": False,
    "SUCCEEDED": False,
    "FAILED": False,
}


def description(status: str) -> StackDescription:
    return StackDescription("mraa", STACK_ID, "us-east-1", status)


def test_the_tables_contain_every_status() -> None:
    assert set(DEPLOY) == set(SHAPES["StackStatus"]["enum"])
    assert set(OPERATIONS) == set(SHAPES["StackSetOperationStatus"]["enum"])


@pytest.mark.parametrize(("status", "action"), DEPLOY.items())
def test_a_deploy_continues_from_every_status_or_says_what_a_person_must_do(status: str, action: Action | str) -> None:
    if action == A_PERSON:
        with pytest.raises(StackError) as refused:
            next_step.next_for_deploy("mraa", description(status))
        assert status in refused.value.message
        assert refused.value.hint
    else:
        step = next_step.next_for_deploy("mraa", description(status))
        assert step.action is action
        assert "mraa" in step.text


@pytest.mark.parametrize("status", DEPLOY)
def test_a_destroy_follows_what_runs_and_deletes_the_rest(status: str) -> None:
    expected = {Action.FOLLOW: Action.FOLLOW}.get(DEPLOY[status], Action.DELETE)  # type: ignore[call-overload]
    expected = Action.NOTHING if status == "DELETE_COMPLETE" else expected
    assert next_step.next_for_destroy("mraa", description(status)).action is expected


def test_no_stack_is_created_by_deploy_and_nothing_to_destroy() -> None:
    assert next_step.next_for_deploy("mraa", None).action is Action.CREATE
    assert next_step.next_for_destroy("mraa", None).action is Action.NOTHING


@pytest.mark.parametrize(("status", "must_wait"), OPERATIONS.items())
def test_only_a_stack_set_operation_that_has_not_ended_is_waited_for(status: str, must_wait: bool) -> None:
    assert next_step.blocks_stack_set(status) is must_wait
