"""Every raw status that CloudFormation knows falls into the right phase."""

import botocore.session
import pytest

from mraa.statuses import Phase, operation_phase, stack_phase

MODEL = botocore.session.get_session().get_service_model("cloudformation")

FULFILLED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"}


@pytest.mark.parametrize("status", MODEL.shape_for("StackStatus").enum)
def test_a_stack_status_is_complete_only_where_the_wish_was_fulfilled(status: str) -> None:
    phase = stack_phase(status)
    if status == "REVIEW_IN_PROGRESS":
        assert phase is Phase.PENDING
    elif status.endswith("_IN_PROGRESS"):
        assert phase is Phase.IN_PROGRESS
    else:
        assert phase is (Phase.COMPLETE if status in FULFILLED else Phase.FAILED)


@pytest.mark.parametrize("status", MODEL.shape_for("ResourceStatus").enum)
def test_a_resource_status_that_ends_in_failed_is_a_failure(status: str) -> None:
    assert (stack_phase(status) is Phase.FAILED) == (
        status.endswith("_FAILED")
        or status in {"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
    )


def test_every_operation_status_has_its_phase() -> None:
    phases = {status: operation_phase(status) for status in MODEL.shape_for("StackSetOperationStatus").enum}
    assert phases == {
        "RUNNING": Phase.IN_PROGRESS,
        "SUCCEEDED": Phase.COMPLETE,
        "FAILED": Phase.FAILED,
        "STOPPING": Phase.IN_PROGRESS,
        "STOPPED": Phase.FAILED,
        "QUEUED": Phase.PENDING,
    }
