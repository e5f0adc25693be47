"""Deploys one stack: read -> plan -> show -> confirm -> execute -> follow -> result.

Run again after any failure, it finds the stack as it was left and continues from there.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import StackError
from mraa.stacks import describe, describe_changes, execute, instances
from mraa.stacks.conversation import Conversation, following
from mraa.stacks.deployer import regional
from mraa.stacks.deployer.follow import follow_to_end
from mraa.stacks.deployer.regional import RegionalPlan
from mraa.stacks.deployer.resume import wait_until_updatable
from mraa.stacks.deployer.spec import DeployResult, StackSpec
from mraa.stacks.models import ChangeSet, ResourceChange, StackDescription, StackRequest
from mraa.stacks.plan.differences import with_values
from mraa.stacks.plan.instance_repairs import InstanceRepair
from mraa.stacks.plan.parameters import change_set_parameters
from mraa.stacks.plan.wording import change_lines, regional_lines
from mraa.stacks.watch.follow import Expected


def deploy_stack(
    aws: Aws, clock: Clock, conversation: Conversation, spec: StackSpec, *, detach: bool = False
) -> DeployResult:
    """Create or update the stack as specified. Without changes nothing is shown or asked.

    StackError with the first cause if it fails, DeclinedError if consent is refused.
    """
    request = spec.request
    stack = wait_until_updatable(aws, clock, conversation, spec, detach=detach)
    if isinstance(stack, DeployResult):
        return stack
    repairs = instances.find_repairs(aws, stack, request.instance_regions) if stack else []
    extra: Sequence[str]
    if stack is None:
        creation = spec.creation()
        request, extra = replace(request, parameters={**request.parameters, **creation.parameters}), creation.notes
    else:
        # only an update that reaches all instances, and runs their custom resources again, does these
        extra = [*spec.restored_lines(stack), *(of.line for of in repairs)]
        given = {**request.parameters, **spec.update_parameters}
        request = replace(request, parameters={**given, **_refreshed(clock)} if extra else given)
    change_set = _create_change_set(aws, clock, request, stack)
    if change_set is None:
        if not conversation.dry_run:
            spec.on_confirmed()
        return DeployResult("unchanged", stack)
    with _discarded_on_error(aws, change_set):
        before, template = describe_changes.change_set_templates(aws, change_set)
        change_set = with_values(change_set, before, template)
        regions = regional.plans(aws, clock, request, stack, change_set, template, repairs) if stack else []
        lines = [*change_lines(change_set, request, stack), *spec.template_lines(change_set, template), *extra]
        lines += regional_lines((of.region, of.lines) for of in regions)
        if not conversation.confirm(_title(request, is_creation=stack is None), lines):
            execute.discard_change_set(aws, change_set)
            return DeployResult("untouched", stack)
        spec.on_confirmed()
        if stack is not None and any(of.stack_id for of in repairs):
            _reimport(aws, clock, conversation, spec, stack, repairs)
        after = describe.newest_event_id(aws, request.region, change_set.stack_id)
        execute.execute_change_set(aws, change_set)
    begun = stack or StackDescription(request.name, change_set.stack_id, request.region, "CREATE_IN_PROGRESS")
    if detach:
        return DeployResult("detached", begun)
    expected = _expected(request, change_set, regions)
    end = follow_to_end(aws, clock, conversation, spec, begun, after=after, expected=expected)
    return DeployResult("updated" if stack else "created", end.stack, end.elapsed_s)


def update_parameters(
    aws: Aws,
    clock: Clock,
    conversation: Conversation,
    spec: StackSpec,
    stack: StackDescription,
    parameters: Mapping[str, str],
) -> DeployResult:
    """A second update that was part of the plan: nothing is asked."""
    request = replace(spec.request, parameters=parameters)
    change_set = _create_change_set(aws, clock, request, stack)
    if change_set is None:
        return DeployResult("unchanged", stack)
    after = describe.newest_event_id(aws, request.region, change_set.stack_id)
    execute.execute_change_set(aws, change_set)
    end = follow_to_end(aws, clock, conversation, spec, stack, after=after)
    return DeployResult("updated", end.stack, end.elapsed_s)


def _create_change_set(
    aws: Aws, clock: Clock, request: StackRequest, stack: StackDescription | None
) -> ChangeSet | None:
    declared = describe_changes.declared_parameters(aws, request.region, request.template_url)
    parameters = change_set_parameters(request, stack, declared)
    return execute.create_change_set(aws, clock, request, parameters, is_creation=stack is None)


@contextmanager
def _discarded_on_error(aws: Aws, change_set: ChangeSet) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # declined, no terminal, Ctrl-C at the question: nothing of it may be left
        execute.discard_change_set(aws, change_set)
        raise


def _refreshed(clock: Clock) -> dict[str, str]:
    """The parameter whose new value makes the custom resources run again."""
    return {names.REFRESH: time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(clock.now()))}


def _reimport(
    aws: Aws,
    clock: Clock,
    conversation: Conversation,
    spec: StackSpec,
    stack: StackDescription,
    repairs: Sequence[InstanceRepair],
) -> None:
    """Re-import instances before the update; StackError if they are no longer as planned."""
    if instances.find_repairs(aws, stack, spec.request.instance_regions) != repairs:
        raise StackError("A stack instance was repaired or changed in the meantime.", f"Run again: {spec.again}")
    with following(conversation, stack, spec.again):
        instances.reimport(aws, clock, conversation.event, stack, aws.account_id(stack.region), repairs)


def _expected(request: StackRequest, change_set: ChangeSet, regions: Sequence[RegionalPlan]) -> Expected:
    """Every resource that an update may touch, by the name of its stack in events."""
    expected = _touched(request.region, request.name, change_set.changes)
    for of in regions:
        expected |= _touched(of.region, describe.INSTANCE, of.changes)
    return expected


def _touched(region: str, name: str, changes: Sequence[ResourceChange]) -> dict[tuple[str, str], frozenset[str]]:
    """The logical ids of a stack and of those nested in it, which events call by their logical ids."""
    found = {(region, name): frozenset(of.logical_id for of in changes)}
    for of in changes:
        if of.nested:
            found |= _touched(region, of.logical_id, of.nested)
    return found


def _title(request: StackRequest, *, is_creation: bool) -> str:
    verb = "Create" if is_creation else "Update"
    where = f" and its stack instances in {' and '.join(request.instance_regions)}" if request.instance_regions else ""
    return f"{verb} stack {request.name} in {request.region}{where}"
