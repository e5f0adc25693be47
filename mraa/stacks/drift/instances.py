"""Drift in the stack instances of a stack, and in an application with the stacks that are nested in it."""

from collections.abc import Iterator, Sequence

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import AwsError, UnreachableError
from mraa.events import OnEvent
from mraa.stacks import describe
from mraa.stacks.drift.cloudformation import (
    detect_stack_drift,
    detect_stack_set_drift,
    instance_drift,
    instance_status,
)
from mraa.stacks.models import ResourceDrift, StackDescription
from mraa.stacks.plan.next_step import Action, next_for_deploy
from mraa.stacks.plan.parameters import APPLICATION_NAME, SECONDARY_REGION

_AGAIN = "Run this again once it can be read."


def detect_in_instances(
    aws: Aws,
    clock: Clock,
    on_event: OnEvent,
    stack: StackDescription,
    lost: UnreachableError | None,
    name: str = describe.INSTANCE,
) -> list[ResourceDrift]:
    """The resources of the stack's instances, in the report's words ``name``; of a lost secondary Region nothing."""
    secondary, stack_set = stack.parameters[SECONDARY_REGION], names.stack_set(names.token(stack.stack_id))
    try:
        if lost is None:
            return detect_stack_set_drift(aws, clock, on_event, stack, (stack.region, secondary), name)
        found = [instance_drift(stack_set, secondary, "UNKNOWN", f"nothing was checked: {lost.message}", lost.hint)]
        # CloudFormation would try the lost Region, too
        for instance in describe.stack_instances(aws, stack.region, stack_set):
            here = instance.region == stack.region
            own = describe.find_stack(aws, stack.region, instance.stack_id) if here else None
            if own is not None:
                found += detect_stack_drift(aws, clock, on_event, own, name)
                found += instance_status(stack_set, instance)
        return found
    except AwsError as error:
        # what was found elsewhere is still worth reporting
        return [instance_drift(stack_set, stack.region, "UNKNOWN", error.message, _AGAIN)]


def detect_in_application(
    aws: Aws, clock: Clock, on_event: OnEvent, stack: StackDescription, lost: UnreachableError | None
) -> list[ResourceDrift]:
    """The resources of an application: of its stack, its stack instances, and the stacks nested in either."""
    application = stack.parameters[APPLICATION_NAME]
    if next_for_deploy(stack.name, stack).action is not Action.UPDATE:
        reason, fix = f"the stack is in {stack.status}", f"Run `mraa app deploy {application}` to finish its operation."
        return [
            ResourceDrift(
                stack.region,
                stack.name,
                "stack",
                describe.STACK_TYPE,
                "UNKNOWN",
                stack.stack_id,
                reason=reason,
                fix=fix,
            )
        ]
    found = detect_stack_drift(aws, clock, on_event, stack, stack.name)
    found += detect_in_instances(aws, clock, on_event, stack, lost, f"{stack.name} instance")
    found += list(_in_nested(aws, clock, on_event, stack.name, found))
    # each of them was checked by itself
    return [of for of in found if not (of.resource_type == describe.STACK_TYPE and of.status == "NOT_CHECKED")]


def _in_nested(
    aws: Aws, clock: Clock, on_event: OnEvent, name: str, resources: Sequence[ResourceDrift]
) -> Iterator[ResourceDrift]:
    """CloudFormation does not look into nested stacks: each is asked for."""
    for resource in resources:
        if resource.resource_type != describe.STACK_TYPE or not resource.physical_id.startswith("arn:"):
            continue
        nested = describe.find_stack(aws, resource.region, resource.physical_id)
        if nested is not None:
            below = f"{name}/{resource.logical_id}"
            inside = detect_stack_drift(aws, clock, on_event, nested, below)
            yield from inside
            yield from _in_nested(aws, clock, on_event, below, inside)
