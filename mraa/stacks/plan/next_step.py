"""The next step for a stack in any status that CloudFormation knows, for `deploy` and for `destroy`."""

from dataclasses import dataclass
from enum import StrEnum

from mraa.errors import StackError
from mraa.stacks.models import StackDescription
from mraa.statuses import Phase, operation_phase, stack_phase


class Action(StrEnum):
    """The next step with a stack."""

    CREATE = "create"
    UPDATE = "update"
    FOLLOW = "follow"
    RECREATE = "delete and create"
    CONTINUE_ROLLBACK = "continue the rollback"
    DELETE = "delete"
    NOTHING = "nothing"


@dataclass(frozen=True)
class NextStep:
    """An action and, for a person, the reason for it."""

    action: Action
    text: str


UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
}
# a failed creation: CloudFormation allows only the deletion of such a stack, and it has no data
CREATION_FAILED = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


def next_for_deploy(name: str, stack: StackDescription | None, destroy: str = "mraa destroy") -> NextStep:
    """The next step towards a deployed stack ``name``. StackError if only a person can fix it.

    ``destroy`` is the command that deletes it.
    """
    if stack is None or stack.status == "DELETE_COMPLETE":
        return NextStep(Action.CREATE, f"Stack {name} does not exist yet.")
    if stack.status == "REVIEW_IN_PROGRESS":
        return NextStep(Action.CREATE, f"Stack {name} was never created (REVIEW_IN_PROGRESS).")
    if stack_phase(stack.status) is Phase.IN_PROGRESS:
        return NextStep(Action.FOLLOW, f"An operation on stack {name} is running ({stack.status}).")
    if stack.status in UPDATABLE:
        return NextStep(Action.UPDATE, f"Stack {name} exists ({stack.status}).")
    if stack.status in CREATION_FAILED:
        return NextStep(
            Action.RECREATE, f"The creation of stack {name} failed ({stack.status}): it can only be deleted."
        )
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        return NextStep(Action.CONTINUE_ROLLBACK, f"The rollback of stack {name} failed ({stack.status}).")
    if stack.status == "DELETE_FAILED":
        raise StackError(
            f"The deletion of stack {name} failed (DELETE_FAILED{because(stack)}).",
            f"Run `{destroy}` to finish it first.",
        )
    raise StackError(
        f"Stack {name} is in {stack.status}{because(stack)}, which this tool cannot update.",
        "Fix it in the CloudFormation console, then run this again.",
    )


def next_for_destroy(name: str, stack: StackDescription | None) -> NextStep:
    """The next step towards no stack ``name``."""
    if stack is None or stack.status == "DELETE_COMPLETE":
        return NextStep(Action.NOTHING, f"Stack {name} does not exist.")
    if stack_phase(stack.status) is Phase.IN_PROGRESS:
        return NextStep(Action.FOLLOW, f"An operation on stack {name} is running ({stack.status}).")
    return NextStep(Action.DELETE, f"Stack {name} exists ({stack.status}).")


def blocks_stack_set(operation_status: str) -> bool:
    """Whether a stack set operation in that status blocks every other operation on the stack set."""
    return operation_phase(operation_status) in (Phase.PENDING, Phase.IN_PROGRESS)


def because(stack: StackDescription) -> str:
    """The reason for the stack's status, as the end of a phrase."""
    return f": {stack.reason}" if stack.reason else ""
