"""Follows the operations of a deployment, and attaches to a running one."""

from types import MappingProxyType

from mraa.aws import Aws, Clock
from mraa.errors import StackError
from mraa.stacks import describe
from mraa.stacks.conversation import Conversation, following
from mraa.stacks.deployer.spec import DeployResult, StackSpec
from mraa.stacks.models import StackDescription
from mraa.stacks.plan.next_step import Action, next_for_deploy
from mraa.stacks.watch.follow import Expected, OperationEnd, follow_operation, require_success


def follow_to_end(
    aws: Aws,
    clock: Clock,
    conversation: Conversation,
    spec: StackSpec,
    stack: StackDescription,
    *,
    after: str = "",
    expected: Expected = MappingProxyType({}),
    may_be_rolled_back: bool = False,
) -> OperationEnd:
    """Follow the stack's operation to its end. StackError with the first cause and the next command if it fails.

    ``may_be_rolled_back``: the operation is a rollback, whose success is UPDATE_ROLLBACK_COMPLETE.
    """
    regions = spec.request.instance_regions
    with following(conversation, stack, spec.follow_again) as on_counts:
        end = follow_operation(
            aws, clock, conversation.event, stack, regions, after=after, on_counts=on_counts, expected=expected
        )
    if may_be_rolled_back and end.stack.status == "UPDATE_ROLLBACK_COMPLETE":
        return end
    hint = f"Fix it, then run again: {spec.again}"
    if end.stack.status == "UPDATE_ROLLBACK_FAILED":
        stuck = describe.failed_rollbacks(aws, stack.region, stack.stack_id)
        if stuck:
            skips = " ".join(f"--skip-resource {event.logical_id}" for event in stuck)
            hint += f"\n       or skip what failed to roll back: {spec.again} {skips}"
    require_success(aws, end, regions, hint)
    return end


def attach(aws: Aws, clock: Clock, conversation: Conversation, spec: StackSpec) -> DeployResult:
    """Follow what runs on the stack, changing nothing. StackError if it fails, or if the stack does not exist."""
    request = spec.request
    stack = describe.find_stack(aws, request.region, request.name)
    if stack is None:
        raise StackError(f"Stack {request.name} does not exist in {request.region}.", f"Create it: {spec.again}")
    spec.refuse_foreign(stack)
    if next_for_deploy(stack.name, stack).action is not Action.FOLLOW:
        return DeployResult("idle", stack)
    end = follow_to_end(aws, clock, conversation, spec, stack)
    return DeployResult("followed", end.stack, end.elapsed_s)
