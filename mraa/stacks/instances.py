"""Stack instances that differ from the stack set: left by a failed or stopped operation, or by a manual change.

An update of the stack set brings them up to date, once those that it would skip are re-imported into it. Each step can
be repeated: the next run finds a repair that was interrupted.
"""

from collections.abc import Sequence
from typing import Any

from mraa import names
from mraa.aws import Aws, Clock, call
from mraa.errors import StackError
from mraa.events import OnEvent
from mraa.stacks import describe
from mraa.stacks.models import StackDescription
from mraa.stacks.plan.instance_repairs import InstanceRepair, plan_instance_repairs
from mraa.stacks.watch.stack_set import wait_for_stack_set


def find_repairs(aws: Aws, stack: StackDescription, regions: Sequence[str]) -> list[InstanceRepair]:
    """What must be repaired in these Regions; nothing if no instance was ever created."""
    if not regions:
        return []
    token = names.token(stack.stack_id)
    found = describe.stack_instances(aws, stack.region, names.stack_set(token))
    current = {of.region for of in found if of.status == "CURRENT"}
    stacks = {of: describe.existing_instance_stacks(aws, of, [token]) for of in regions if of not in current}
    if not found and not any(stacks.values()):
        return []
    return plan_instance_repairs(regions, found, stacks)


def reimport(
    aws: Aws, clock: Clock, on_event: OnEvent, stack: StackDescription, account: str, repairs: Sequence[InstanceRepair]
) -> None:
    """Re-import the stack of each instance that the stack set skips in updates; the stacks stay unchanged.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-import.html
    """
    for repair in repairs:
        if not repair.stack_id:
            continue
        if repair.is_known:
            place = {"Accounts": [account], "Regions": [repair.region]}
            _operate(aws, clock, on_event, stack, "delete_stack_instances", **place, RetainStacks=True)
        _operate(aws, clock, on_event, stack, "import_stacks_to_stack_set", StackIds=[repair.stack_id])


def _operate(
    aws: Aws, clock: Clock, on_event: OnEvent, stack: StackDescription, operation: str, **arguments: Any
) -> None:
    """Start a stack set operation and wait for its end. StackError with the first Region's reason if it fails."""
    stack_set = names.stack_set(names.token(stack.stack_id))
    method = getattr(aws.client("cloudformation", stack.region), operation)
    started = call(method, f"Repairing stack set {stack_set}", stack.region, StackSetName=stack_set, **arguments)
    wait_for_stack_set(aws, clock, on_event, stack)
    results = describe.operation_results(aws, stack.region, stack_set, started["OperationId"])
    # the Region that failed before those that were cancelled because of it
    for region, (status, reason) in sorted(results.items(), key=lambda of: of[1][0] != "FAILED"):
        if status != "SUCCEEDED":
            raise StackError(
                f"The stack instance in {region} could not be repaired ({status}): {reason or 'no reason given'}",
                "Fix what is named, then run again: mraa deploy",
            )
