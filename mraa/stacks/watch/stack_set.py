"""Waits until no operation runs on a stack set: CloudFormation runs one at a time."""

from mraa import names
from mraa.aws import Aws, Clock
from mraa.events import Event, OnEvent, Progress
from mraa.stacks import describe
from mraa.stacks.models import StackDescription
from mraa.stacks.plan.next_step import blocks_stack_set
from mraa.stacks.polling import poll_interval_s

# what events call the stack set
STACK_SET = "stack set"


def running_operations(aws: Aws, stack: StackDescription) -> list[tuple[str, str, str]]:
    """Id, action and status of the operations that run on the stack's stack set, newest first."""
    stack_set = names.stack_set(names.token(stack.stack_id))
    return [
        (of["OperationId"], of["Action"], of["Status"])
        for of in describe.stack_set_operations(aws, stack.region, stack_set)
        if blocks_stack_set(of["Status"])
    ]


def wait_for_stack_set(aws: Aws, clock: Clock, on_event: OnEvent, stack: StackDescription) -> None:
    """Wait until no operation runs on the stack's stack set; each status of each one is an event."""
    reported: set[tuple[str, str]] = set()
    begun = clock.monotonic()
    while running := running_operations(aws, stack):
        for operation_id, action, status in running:
            if (operation_id, status) not in reported:
                reported.add((operation_id, status))
                text = f"{action} {status}, operation {operation_id}: waiting for it to end"
                on_event(Event(Progress.RUNNING, STACK_SET, text, stack.region))
        clock.sleep(poll_interval_s(clock.monotonic() - begun))
