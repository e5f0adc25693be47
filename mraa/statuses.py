"""CloudFormation's raw statuses as the four phases that a deployer acts on."""

from enum import StrEnum


class Phase(StrEnum):
    """What a raw status means while waiting for the end of an operation."""

    PENDING = "pending"
    IN_PROGRESS = "in progress"
    COMPLETE = "complete"
    FAILED = "failed"


# statuses that end in _COMPLETE although the operation failed
_ROLLED_BACK = {"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}


def stack_phase(status: str) -> Phase:
    """The phase of a stack status (``CREATE_COMPLETE``, ...) or of a resource status."""
    if status == "REVIEW_IN_PROGRESS":
        return Phase.PENDING
    if status.endswith("_IN_PROGRESS"):
        return Phase.IN_PROGRESS
    if status in _ROLLED_BACK or status.endswith("_FAILED"):
        return Phase.FAILED
    return Phase.COMPLETE


def operation_phase(status: str) -> Phase:
    """The phase of a stack set operation status (``RUNNING``, ``QUEUED``, ...)."""
    match status:
        case "QUEUED":
            return Phase.PENDING
        case "RUNNING" | "STOPPING":
            return Phase.IN_PROGRESS
        case "SUCCEEDED":
            return Phase.COMPLETE
        case _:
            return Phase.FAILED
