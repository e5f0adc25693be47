"""Which stacks are ours to change: those with the tool's own parameters, with the values of this deployment."""

from mraa.errors import UsageError
from mraa.stacks.models import StackDescription
from mraa.stacks.plan.next_step import CREATION_FAILED
from mraa.stacks.plan.parameters import APPLICATION_NAME, SECONDARY_REGION, SOLUTION_STACK_NAME


def refuse_foreign_main(stack: StackDescription, secondary_region: str) -> None:
    """UsageError unless the stack is a main stack of ours with this secondary Region (empty: any)."""
    if _is_unknown(stack):
        return
    theirs = _marked(stack, SECONDARY_REGION)
    if secondary_region and theirs != secondary_region and stack.status not in CREATION_FAILED:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} has the secondary Region {theirs}, not {secondary_region}: it is "
            "fixed for the life of a stack.",
            f"Give --secondary-region {theirs}, or another --stack-name.",
        )


def refuse_mirrored(other: StackDescription | None, primary_region: str) -> None:
    """UsageError if ``other``, the stack of this name in the secondary Region, is this deployment with Regions swapped.

    Regions keep their roles over a failover: who swaps them means that deployment, and would get a second, empty one.
    """
    if other is not None and other.parameters.get(SECONDARY_REGION) == primary_region:
        refuse_moved(other)


def refuse_moved(other: StackDescription | None) -> None:
    """UsageError if ``other``, the stack of this name in another Region than the primary one given, is a deployment."""
    if other is None or SECONDARY_REGION not in other.parameters or other.status in CREATION_FAILED:
        return
    secondary = other.parameters[SECONDARY_REGION]
    raise UsageError(
        f"Stack {other.name} already exists, with {other.region} as its primary and {secondary} as its secondary "
        "Region, fixed for its life; a failover does not change that.",
        f"Give --primary-region {other.region} --secondary-region {secondary}, or another --stack-name.",
    )


def refuse_foreign_web(stack: StackDescription, main_stack_name: str) -> None:
    """UsageError unless the stack is the web app of that main stack."""
    if _is_unknown(stack):
        return
    theirs = _marked(stack, SOLUTION_STACK_NAME)
    if theirs != main_stack_name:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} is the web app of stack {theirs}, not of {main_stack_name}.",
            "Give another --stack-name.",
        )


def refuse_foreign_application(stack: StackDescription, main_stack_name: str, name: str) -> None:
    """UsageError unless the stack is that application of that main stack."""
    if _is_unknown(stack):
        return
    theirs = _marked(stack, APPLICATION_NAME), _marked(stack, SOLUTION_STACK_NAME)
    if theirs != (name, main_stack_name):
        raise UsageError(
            f"Stack {stack.name} in {stack.region} is application {theirs[0]} of stack {theirs[1]}, not {name} of "
            f"{main_stack_name}.",
            "Give the application another name.",
        )


def _is_unknown(stack: StackDescription) -> bool:
    """True for a stack that was never created: it has no resources, and AWS returns no parameters."""
    return stack.status == "REVIEW_IN_PROGRESS" and not stack.parameters


def _marked(stack: StackDescription, parameter: str) -> str:
    """The value of the parameter by which the tool recognizes its stacks: no other stack is likely to have it."""
    if parameter not in stack.parameters:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} was not created by this tool: it has no parameter {parameter}.",
            "Give another --stack-name.",
        )
    return stack.parameters[parameter]
