"""Brings one stack about, for the verbs that do: look -> plan -> show -> confirm -> execute -> follow.

Run again after whatever went wrong, it finds the stack as it was left and goes on from there.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import click

from mraa import names
from mraa.aws import Aws, Clock
from mraa.cli import counts
from mraa.cli.ui import Ui
from mraa.errors import StackError, UsageError
from mraa.stacks import destroy, differences, execute, instances, inventory, plan, regional, state, watch, wording
from mraa.stacks.models import ChangeSet, OnCounts, StackFacts, StackRequest
from mraa.stacks.plan import Action, Repair
from mraa.stacks.regional import RegionalPlan
from mraa.stacks.watch import Expected


@dataclass(frozen=True)
class Wish:
    """A stack to be, and how the verb that wants it speaks and checks.

    ``refuse_foreign`` raises UsageError for a stack of that name that must not be touched. ``update_parameters`` are
    given on updates only; ``mend`` tells, for the plan of one, what its custom resources must put right that
    CloudFormation does not see; ``creation_notes`` are for the plan of a creation. ``again`` is the command that
    resumes, ``attach`` the one that only follows (if there is one). ``skip`` are resources that a rollback which got
    stuck shall leave as they are.
    """

    request: StackRequest
    refuse_foreign: Callable[[StackFacts], None]
    again: str
    update_parameters: Mapping[str, str] = field(default_factory=dict)
    mend: Callable[[StackFacts], list[str]] = lambda stack: []
    creation_notes: Callable[[], list[str]] = list
    on_confirmed: Callable[[], None] = lambda: None
    attach: str = ""
    skip: Sequence[str] = ()

    @property
    def follow_again(self) -> str:
        """The command that follows what goes on in AWS."""
        return self.attach or self.again


@dataclass(frozen=True)
class Outcome:
    """What became of a wish.

    ``action``: created, updated, unchanged, detached, untouched (a dry run), followed or idle (only looked at).
    """

    action: str
    stack: StackFacts | None = None
    elapsed_s: float = 0.0


def bring_about(ui: Ui, aws: Aws, clock: Clock, wish: Wish, *, detach: bool = False) -> Outcome:
    """Create or update the stack as wished, or see that nothing is to be done."""
    request = wish.request
    stack = _made_changeable(ui, aws, clock, wish, detach=detach)
    if isinstance(stack, Outcome):
        return stack
    is_creation = stack is None
    repairs = instances.to_repair(aws, stack, request.instance_regions) if stack else []
    # what only an update that reaches all instances, and runs their custom resources again, puts right
    mending = [*wish.mend(stack), *(of.line for of in repairs)] if stack else []
    if stack is not None:
        request = replace(request, parameters={**request.parameters, **wish.update_parameters, **_anew(clock, mending)})
    notes = wish.creation_notes() if is_creation else []
    change_set = _make_change_set(aws, clock, request, stack)
    if change_set is None:
        if not ui.dry_run:
            wish.on_confirmed()
        return Outcome("unchanged", stack)
    with _discarded_unless_confirmed(aws, change_set):
        change_set, template = differences.with_values(aws, change_set)
        regions = regional.plans(aws, clock, request, stack, change_set, template, repairs) if stack else []
        lines = [
            *wording.change_lines(change_set, request, stack),
            *mending,
            *notes,
            *wording.regional_lines((of.region, of.lines) for of in regions),
        ]
        if not ui.confirm(_title(request, is_creation=is_creation), lines):
            execute.discard_change_set(aws, change_set)
            return Outcome("untouched", stack)
        wish.on_confirmed()
        if stack is not None and any(of.stack_id for of in repairs):
            _take_back(ui, aws, clock, wish, stack, repairs)
        after = state.newest_event_id(aws, request.region, change_set.stack_id)
        execute.execute_change_set(aws, change_set)
    begun = stack or _new_stack(request, change_set)
    if detach:
        return Outcome("detached", begun)
    return _follow(
        ui,
        aws,
        clock,
        wish,
        begun,
        after=after,
        action="created" if is_creation else "updated",
        expected=_expected(request, change_set, regions),
    )


def change_parameters(
    ui: Ui, aws: Aws, clock: Clock, wish: Wish, stack: StackFacts, parameters: Mapping[str, str]
) -> Outcome:
    """A second update that the plan already told of: no questions."""
    request = replace(wish.request, parameters=parameters)
    change_set = _make_change_set(aws, clock, request, stack)
    if change_set is None:
        return Outcome("unchanged", stack)
    after = state.newest_event_id(aws, request.region, change_set.stack_id)
    execute.execute_change_set(aws, change_set)
    return _follow(ui, aws, clock, wish, stack, after=after, action="updated")


def take_down(ui: Ui, aws: Aws, clock: Clock, stack: StackFacts, instance_regions: tuple[str, ...] = ()) -> None:
    """Delete a stack, after whatever is running on it has ended."""
    again = "mraa destroy"
    with going_on_in_aws(ui, stack.name, stack.region, again) as on_counts:
        if plan.next_for_destroy(stack.name, stack).action is Action.FOLLOW:
            stack = watch.follow(aws, clock, ui.event, stack, instance_regions, on_counts=on_counts).stack
        if plan.next_for_destroy(stack.name, stack).action is Action.DELETE:
            destroy.destroy_stack(aws, clock, ui.event, stack, instance_regions, on_counts=on_counts)


@contextmanager
def going_on_in_aws(ui: Ui, stack_name: str, region: str, again: str) -> Iterator[OnCounts]:
    """What shows how far the operation is; on Ctrl-C say that only the following has stopped."""
    try:
        with counts.shown(ui) as on_counts:
            yield on_counts
    except KeyboardInterrupt:
        click.echo(
            f"\nThe operation on stack {stack_name} goes on in AWS. Follow it again: {again}\n"
            f"or: aws cloudformation describe-stack-events --stack-name {stack_name} --region {region}",
            err=True,
        )
        raise


def _made_changeable(ui: Ui, aws: Aws, clock: Clock, wish: Wish, *, detach: bool) -> StackFacts | Outcome | None:
    """The stack once it can be updated, None once it can be created, or an Outcome where the way ends here."""
    request = wish.request
    must_be_stuck = bool(wish.skip)
    while True:
        stack = state.find_stack(aws, request.region, request.name)
        step = plan.next_for_deploy(request.name, stack)
        if must_be_stuck and step.action is not Action.CONTINUE_ROLLBACK:
            raise UsageError(f"No rollback is stuck: {step.text}", "Leave out --skip-resource.")
        must_be_stuck = False
        if stack is not None:
            wish.refuse_foreign(stack)
        if step.action is Action.UPDATE:
            if stack is not None and request.instance_regions:
                _await_stack_set(ui, aws, clock, wish, stack, must_not_wait=ui.dry_run or detach)
            return stack
        if step.action is Action.CREATE or stack is None:
            return None
        if step.action is Action.FOLLOW:
            if ui.dry_run or detach:
                raise StackError(step.text, f"Wait for it, or follow it: {wish.follow_again}")
            ui.heading(step.text + " Following it first.")
            _follow(ui, aws, clock, wish, stack, after="", action="followed")
        elif step.action is Action.RECREATE:
            if not _removed_stillborn(ui, aws, clock, wish, stack, step.text):
                return Outcome("untouched", stack)
        else:
            stuck = state.failed_rollbacks(aws, stack.region, stack.stack_id)
            if not ui.confirm(step.text, plan.rollback_lines(stuck, wish.skip)):
                return Outcome("untouched", stack)
            after = state.newest_event_id(aws, stack.region, stack.stack_id)
            execute.continue_rollback(aws, stack, wish.skip)
            _follow(ui, aws, clock, wish, stack, after=after, action="rolled back", may_be_rolled_back=True)


def _anew(clock: Clock, reasons: Sequence[str]) -> dict[str, str]:
    """The parameter that runs the custom resources again, where there is a reason to."""
    return {names.REFRESH: time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(clock.now()))} if reasons else {}


def _take_back(ui: Ui, aws: Aws, clock: Clock, wish: Wish, stack: StackFacts, repairs: Sequence[Repair]) -> None:
    """Put lost instances back before the update; StackError where they are not what the plan said any more."""
    if instances.to_repair(aws, stack, wish.request.instance_regions) != repairs:
        raise StackError("Somebody else repaired or changed a stack instance meanwhile.", f"Run again: {wish.again}")
    with going_on_in_aws(ui, stack.name, stack.region, wish.again):
        instances.take_back(aws, clock, ui.event, stack, aws.account_id(stack.region), repairs)


def _await_stack_set(ui: Ui, aws: Aws, clock: Clock, wish: Wish, stack: StackFacts, *, must_not_wait: bool) -> None:
    """Nothing may run on the stack set when the update comes to it: somebody's own operation, a look for drift."""
    stack_set = names.stack_set(names.token(stack.stack_id))
    running = [
        of["OperationId"]
        for of in state.stack_set_operations(aws, stack.region, stack_set)
        if plan.must_wait_for(of["Status"])
    ]
    if not running:
        return
    stop = (
        f"aws cloudformation stop-stack-set-operation --stack-set-name {stack_set} --operation-id {running[0]} "
        f"--region {stack.region}"
    )
    if must_not_wait:
        raise StackError(f"An operation on stack set {stack_set} is running.", f"Wait for it, or stop it: {stop}")
    ui.heading(f"An operation on stack set {stack_set} is running. Waiting for it; to stop it: {stop}")
    watch.wait_for_stack_set(aws, clock, ui.event, stack, lambda status: not plan.must_wait_for(status))


def attach(ui: Ui, aws: Aws, clock: Clock, wish: Wish) -> Outcome:
    """Only follow what runs on the stack, if anything does. StackError where it ends badly, or there is no stack."""
    request = wish.request
    stack = state.find_stack(aws, request.region, request.name)
    if stack is None:
        raise StackError(f"Stack {request.name} does not exist in {request.region}.", f"Make it: {wish.again}")
    wish.refuse_foreign(stack)
    if plan.next_for_deploy(stack.name, stack).action is not Action.FOLLOW:
        ui.say(f"Nothing is running on stack {stack.name} ({stack.status}).")
        return Outcome("idle", stack)
    return _follow(ui, aws, clock, wish, stack, after="", action="followed")


def _removed_stillborn(ui: Ui, aws: Aws, clock: Clock, wish: Wish, stack: StackFacts, title: str) -> bool:
    """Delete a failed creation and what it left; False after a dry run."""
    # the primary Region first
    regions = tuple(dict.fromkeys((stack.region, *wish.request.instance_regions)))
    tokens = [names.token(stack.stack_id)]
    left = inventory.leftovers(aws, regions, tokens)
    if not ui.confirm(title, plan.recreate_lines(stack, left)):
        return False
    with going_on_in_aws(ui, stack.name, stack.region, wish.again) as on_counts:
        destroy.destroy_stack(aws, clock, ui.event, stack, wish.request.instance_regions, on_counts=on_counts)
    left = inventory.leftovers(aws, regions, tokens)
    destroy.delete_stillborn(aws, clock, ui.event, aws.account_id(stack.region), regions, left)
    return True


def _make_change_set(aws: Aws, clock: Clock, request: StackRequest, stack: StackFacts | None) -> ChangeSet | None:
    declared = state.declared_parameters(aws, request.region, request.template_url)
    parameters = plan.parameters(request, stack, declared)
    return execute.create_change_set(aws, clock, request, parameters, is_creation=stack is None)


@contextmanager
def _discarded_unless_confirmed(aws: Aws, change_set: ChangeSet) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # declined, no terminal, Ctrl-C at the question: nothing of it may stay behind
        execute.discard_change_set(aws, change_set)
        raise


def _follow(
    ui: Ui,
    aws: Aws,
    clock: Clock,
    wish: Wish,
    stack: StackFacts,
    *,
    after: str,
    action: str,
    may_be_rolled_back: bool = False,
    expected: Expected = MappingProxyType({}),
) -> Outcome:
    regions = wish.request.instance_regions
    with going_on_in_aws(ui, stack.name, stack.region, wish.follow_again) as on_counts:
        followed = watch.follow(
            aws, clock, ui.event, stack, regions, after=after, on_counts=on_counts, expected=expected
        )
    if may_be_rolled_back and followed.stack.status == "UPDATE_ROLLBACK_COMPLETE":
        return Outcome(action, followed.stack, followed.elapsed_s)
    hint = f"Mend it, then run again: {wish.again}"
    if followed.stack.status == "UPDATE_ROLLBACK_FAILED":
        stuck = state.failed_rollbacks(aws, stack.region, stack.stack_id)
        if stuck:
            skips = " ".join(f"--skip-resource {event.logical_id}" for event in stuck)
            hint += f"\n       or leave what got stuck as it is: {wish.again} {skips}"
    ended = watch.require_success(aws, followed, regions, hint)
    return Outcome(action, ended, followed.elapsed_s)


def _expected(request: StackRequest, change_set: ChangeSet, regions: Sequence[RegionalPlan]) -> Expected:
    """All that an update may touch, by stack as it is followed."""
    in_regions = {(of.region, state.INSTANCE): of.touched for of in regions}
    return {(request.region, request.name): frozenset(of.logical_id for of in change_set.changes), **in_regions}


def _title(request: StackRequest, *, is_creation: bool) -> str:
    verb = "Create" if is_creation else "Update"
    where = f" and its stack instances in {' and '.join(request.instance_regions)}" if request.instance_regions else ""
    return f"{verb} stack {request.name} in {request.region}{where}"


def _new_stack(request: StackRequest, change_set: ChangeSet) -> StackFacts:
    return StackFacts(request.name, change_set.stack_id, request.region, "CREATE_IN_PROGRESS")


def show_outcome(ui: Ui, outcome: Outcome, *, again: str) -> None:
    """The summary: what was done, how long it took, and the stack's outputs."""
    stack = outcome.stack
    if stack is not None and outcome.action in ("created", "updated", "unchanged"):
        if outcome.action == "unchanged":
            ui.say(f"No changes: stack {stack.name} is as it should be.")
        else:
            ui.say(f"\nStack {stack.name} {outcome.action} in {outcome.elapsed_s:.0f} s.")
        ui.table(["output", "value"], sorted(stack.outputs.items()))
    elif stack is not None and outcome.action == "followed":
        ui.say(f"\nStack {stack.name} is {stack.status}.")
    elif stack is not None and outcome.action == "detached":
        ui.say(f"The operation on stack {stack.name} goes on in AWS. Follow it: {again}")
    ui.result(
        {
            "action": outcome.action,
            "stackName": stack.name if stack else None,
            "stackId": stack.stack_id if stack else None,
            "status": stack.status if stack else None,
            "outputs": dict(stack.outputs) if stack else {},
            "elapsedSeconds": round(outcome.elapsed_s, 1),
        }
    )
    sys.stdout.flush()
