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


# what a stack instance's detailed status means, where CloudFormation gives no reason
_DETAILED = {
    "PENDING": "its operation has not begun",
    "RUNNING": "an operation on it is running",
    "SUCCEEDED": "",
    "FAILED": "its latest operation failed",
    "CANCELLED": "its latest operation was cancelled, by a person or because another Region failed",
    "INOPERABLE": "its deletion failed, updates skip it",
    "SKIPPED_SUSPENDED_ACCOUNT": "its account is suspended",
    "FAILED_IMPORT": "the import of its stack failed",
}
_INSTANCE = {
    "CURRENT": "",
    "OUTDATED": "it is not up to date with the stack set",
    "INOPERABLE": "its deletion failed, updates skip it",
}


def instance_reason(status: str, detailed: str) -> str:
    """Why a stack instance is in a status, as far as its two statuses tell; empty if there is nothing to say."""
    return _DETAILED.get(detailed, "") or _INSTANCE.get(status, "")
