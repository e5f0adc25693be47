"""Resumes from whatever an earlier run left, until the stack can be created or updated."""

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import StackError, UsageError
from mraa.stacks import describe, execute
from mraa.stacks.conversation import Conversation, following
from mraa.stacks.deployer.follow import follow_to_end
from mraa.stacks.deployer.spec import DeployResult, StackSpec
from mraa.stacks.destroy.data import delete_failed_creation
from mraa.stacks.destroy.stack import delete_and_follow
from mraa.stacks.leftovers import find_leftovers
from mraa.stacks.models import Leftover, StackDescription
from mraa.stacks.plan.next_step import Action, next_for_deploy
from mraa.stacks.plan.wording import recreate_lines, rollback_lines
from mraa.stacks.watch.stack_set import running_operations, wait_for_stack_set


def wait_until_updatable(
    aws: Aws, clock: Clock, conversation: Conversation, spec: StackSpec, *, detach: bool
) -> StackDescription | DeployResult | None:
    """The stack once it can be updated, None once it can be created, or a DeployResult if a dry run ends here."""
    request = spec.request
    must_be_stuck = bool(spec.skip)
    while True:
        stack = describe.find_stack(aws, request.region, request.name)
        step = next_for_deploy(request.name, stack, spec.destroy)
        if must_be_stuck and step.action is not Action.CONTINUE_ROLLBACK:
            raise UsageError(f"No rollback has failed: {step.text}", "Leave out --skip-resource.")
        must_be_stuck = False
        if stack is not None:
            spec.refuse_foreign(stack)
        if step.action is Action.UPDATE:
            if stack is not None and request.instance_regions:
                _wait_for_stack_set(aws, clock, conversation, stack, may_wait=not (conversation.dry_run or detach))
            return stack
        if step.action is Action.CREATE or stack is None:
            return None
        if step.action is Action.FOLLOW:
            if conversation.dry_run or detach:
                raise StackError(step.text, f"Wait for it, or follow it: {spec.follow_again}")
            conversation.heading(step.text + " Following it first.")
            follow_to_end(aws, clock, conversation, spec, stack)
        elif step.action is Action.RECREATE:
            if not _delete_failed_creation(aws, clock, conversation, spec, stack, step.text):
                return DeployResult("untouched", stack)
        else:
            stuck = describe.failed_rollbacks(aws, stack.region, stack.stack_id)
            if not conversation.confirm(step.text, rollback_lines(stuck, spec.skip)):
                return DeployResult("untouched", stack)
            after = describe.newest_event_id(aws, stack.region, stack.stack_id)
            execute.continue_rollback(aws, stack, spec.skip)
            follow_to_end(aws, clock, conversation, spec, stack, after=after, may_be_rolled_back=True)


def _wait_for_stack_set(
    aws: Aws, clock: Clock, conversation: Conversation, stack: StackDescription, *, may_wait: bool
) -> None:
    """An update fails while another operation, a manual one or a drift detection, runs on the stack set."""
    running = running_operations(aws, stack)
    if not running:
        return
    stack_set = names.stack_set(names.token(stack.stack_id))
    stop = (
        f"aws cloudformation stop-stack-set-operation --stack-set-name {stack_set} --operation-id {running[0][0]} "
        f"--region {stack.region}"
    )
    if not may_wait:
        raise StackError(f"An operation on stack set {stack_set} is running.", f"Wait for it, or stop it: {stop}")
    conversation.heading(f"An operation on stack set {stack_set} is running. Waiting for it; to stop it: {stop}")
    wait_for_stack_set(aws, clock, conversation.event, stack)


def _delete_failed_creation(
    aws: Aws, clock: Clock, conversation: Conversation, spec: StackSpec, stack: StackDescription, title: str
) -> bool:
    """Delete a stack whose creation failed and what it left; False after a dry run."""
    # the primary Region first
    instance_regions = spec.request.instance_regions
    regions = tuple(dict.fromkeys((stack.region, *instance_regions)))

    def left_behind() -> list[Leftover]:
        by_name = find_leftovers(aws, regions, [names.token(stack.stack_id)])
        return [*by_name, *spec.find_leftovers(stack)]

    if not conversation.confirm(title, recreate_lines(stack, left_behind())):
        return False
    with following(conversation, stack, spec.again) as on_counts:
        delete_and_follow(aws, clock, conversation.event, stack, instance_regions, on_counts=on_counts)
    account = aws.account_id(stack.region)
    delete_failed_creation(aws, clock, conversation.event, account, regions, left_behind())
    return True
