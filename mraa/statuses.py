"""CloudFormation's raw statuses folded into the four a deployer acts on."""

from enum import StrEnum


class Phase(StrEnum):
    """What a raw status means for whoever waits for it."""

    PENDING = "pending"
    IN_PROGRESS = "in progress"
    COMPLETE = "complete"
    FAILED = "failed"


# Stack statuses that end in _COMPLETE and yet mean that the wish was not fulfilled.
_ROLLED_BACK = {"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}


def stack_phase(status: str) -> Phase:
    """Fold a stack status (``CREATE_COMPLETE``, ...) or a resource status into a phase."""
    if status == "REVIEW_IN_PROGRESS":
        return Phase.PENDING
    if status.endswith("_IN_PROGRESS"):
        return Phase.IN_PROGRESS
    if status in _ROLLED_BACK or status.endswith("_FAILED"):
        return Phase.FAILED
    return Phase.COMPLETE


def operation_phase(status: str) -> Phase:
    """Fold a stack set operation status (``RUNNING``, ``QUEUED``, ...) into a phase."""
    match status:
        case "QUEUED":
            return Phase.PENDING
        case "RUNNING" | "STOPPING":
            return Phase.IN_PROGRESS
        case "SUCCEEDED":
            return Phase.COMPLETE
        case _:
            return Phase.FAILED
