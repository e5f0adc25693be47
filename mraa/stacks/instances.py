"""Stack instances that are not as the stack set says: what a failed or stopped operation, or somebody's hand, left.

An update of the stack set brings them up to date, once those that it would leave out are taken back into it. Each step
can be done twice: a repair that was cut short is found by the next look.
"""

from collections.abc import Sequence
from typing import Any

from mraa import names
from mraa.aws import Aws, Clock, translated
from mraa.errors import StackError
from mraa.events import OnEvent
from mraa.stacks import plan, state, watch
from mraa.stacks.models import StackFacts
from mraa.stacks.plan import Repair


def to_repair(aws: Aws, stack: StackFacts, regions: Sequence[str]) -> list[Repair]:
    """What is to be repaired in these Regions; nothing where no instance was ever made."""
    if not regions:
        return []
    token = names.token(stack.stack_id)
    found = state.stack_instances(aws, stack.region, names.stack_set(token))
    current = {of.region for of in found if of.status == "CURRENT"}
    stacks = {of: state.living_instance_stacks(aws, of, [token]) for of in regions if of not in current}
    if not found and not any(stacks.values()):
        return []
    return plan.repairs(regions, found, stacks)


def take_back(
    aws: Aws, clock: Clock, on_event: OnEvent, stack: StackFacts, account: str, repairs: Sequence[Repair]
) -> None:
    """Make the stack set forget each instance that it leaves out of updates, and import its stack, untouched.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-import.html
    """
    for lost in repairs:
        if not lost.stack_id:
            continue
        if lost.is_known:
            _operate(
                aws,
                clock,
                on_event,
                stack,
                "delete_stack_instances",
                Accounts=[account],
                Regions=[lost.region],
                RetainStacks=True,
            )
        _operate(aws, clock, on_event, stack, "import_stacks_to_stack_set", StackIds=[lost.stack_id])


def _operate(aws: Aws, clock: Clock, on_event: OnEvent, stack: StackFacts, call: str, **request: Any) -> None:
    """Begin a stack set operation and wait for its end. StackError with the first Region's reason where it fails."""
    stack_set = names.stack_set(names.token(stack.stack_id))
    with translated(f"Repairing stack set {stack_set}", stack.region):
        client = aws.client("cloudformation", stack.region)
        operation_id = getattr(client, call)(StackSetName=stack_set, **request)["OperationId"]
    watch.wait_for_stack_set(aws, clock, on_event, stack, lambda status: not plan.must_wait_for(status))
    results = state.operation_results(aws, stack.region, stack_set, operation_id)
    for region, (status, reason) in results.items():
        if status != "SUCCEEDED":
            raise StackError(
                f"The stack instance in {region} could not be repaired ({status}): {reason or 'no reason given'}",
                "Mend what is named, then run again: mraa deploy",
            )
