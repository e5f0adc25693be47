"""Deletes one stack and follows the deletion to its end."""

from collections.abc import Sequence

from mraa.aws import Aws, Clock
from mraa.events import OnEvent
from mraa.stacks import describe, execute
from mraa.stacks.conversation import Conversation, following
from mraa.stacks.models import OnCounts, StackDescription
from mraa.stacks.plan.next_step import Action, next_for_destroy
from mraa.stacks.watch.follow import follow_operation, require_success

AGAIN = "mraa destroy"


def destroy_stack(
    aws: Aws,
    clock: Clock,
    conversation: Conversation,
    stack: StackDescription,
    instance_regions: Sequence[str] = (),
    again: str = AGAIN,
) -> None:
    """Delete a stack, after any running operation on it has ended; ``again`` is the command that resumes it."""
    with following(conversation, stack, again) as on_counts:
        if next_for_destroy(stack.name, stack).action is Action.FOLLOW:
            end = follow_operation(aws, clock, conversation.event, stack, instance_regions, on_counts=on_counts)
            stack = end.stack
        if next_for_destroy(stack.name, stack).action is Action.DELETE:
            delete_and_follow(aws, clock, conversation.event, stack, instance_regions, on_counts=on_counts, again=again)


def delete_and_follow(
    aws: Aws,
    clock: Clock,
    on_event: OnEvent,
    stack: StackDescription,
    instance_regions: Sequence[str] = (),
    *,
    on_counts: OnCounts = lambda counts, elapsed_s: None,
    again: str = AGAIN,
) -> None:
    """Delete one stack and follow it to its end. StackError with the first cause if the deletion fails."""
    after = describe.newest_event_id(aws, stack.region, stack.stack_id)
    execute.delete_stack(aws, stack)
    end = follow_operation(aws, clock, on_event, stack, instance_regions, after=after, on_counts=on_counts)
    require_success(aws, end, instance_regions, f"Fix what is named, then run `{again}` again.")
