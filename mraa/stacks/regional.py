"""What an update of the main stack will change in each Region, where its own change set says only ``StackSet``.

CloudFormation is asked for a change set on each stack instance's own stack; it is thrown away as soon as it was read.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mraa.aws import Aws, Clock
from mraa.errors import MraaError
from mraa.models import ChangeSet, StackFacts, StackInstanceFacts, StackRequest
from mraa.stacks import differences, execute, plan, state
from mraa.templates import names

_TEMPLATE_HASH = "TemplateHash"


def plan_lines(
    aws: Aws,
    clock: Clock,
    request: StackRequest,
    main: StackFacts,
    change_set: ChangeSet,
    template: Mapping[str, Any],
) -> list[str]:
    """The plan's lines for each Region, in the order in which the stack set takes them; none for other stacks."""
    template_hash = plan.regional_hash(template)
    if not template_hash or state.STACK_SET_TYPE not in {change.resource_type for change in change_set.changes}:
        return []
    url = request.template_url.replace(names.MAIN_TEMPLATE, names.regional_template(template_hash))
    wanted = replace(
        request, template_url=url, parameters={**request.parameters, _TEMPLATE_HASH: template_hash}, instance_regions=()
    )
    found = state.stack_instances(aws, main.region, names.stack_set(names.token(main.stack_id)))
    by_region = {instance.region: instance for instance in found}
    lines: list[str] = []
    for region in request.instance_regions:
        lines.append(f"in {region}:")
        lines += (f"  {line}" for line in _instance_lines(aws, clock, wanted, by_region.get(region)))
    return lines


def _instance_lines(aws: Aws, clock: Clock, wanted: StackRequest, instance: StackInstanceFacts | None) -> list[str]:
    if instance is None or not instance.stack_id:
        return ["+ the whole stack instance"]
    lines = (
        [] if instance.status == "CURRENT" else [f"the stack instance is {instance.status}: it is brought up to date"]
    )
    try:
        change_set = _look(aws, clock, wanted, instance)
    except MraaError as error:
        # a plan without this is still one: the stack set does it under roles of its own
        return [*lines, f"what changes cannot be told: {error.message}"]
    return lines + (["nothing"] if change_set is None else plan.resource_lines(change_set))


def _look(aws: Aws, clock: Clock, wanted: StackRequest, instance: StackInstanceFacts) -> ChangeSet | None:
    stack = state.find_stack(aws, instance.region, instance.stack_id)
    if stack is None or plan.next_for_deploy(stack.name, stack).action is not plan.Action.UPDATE:
        return None
    declared = state.declared_parameters(aws, wanted.region, wanted.template_url)
    given = {key: value for key, value in wanted.parameters.items() if key in declared}
    request = replace(wanted, name=stack.name, region=instance.region, parameters=given)
    parameters = plan.parameters(request, stack, declared)
    change_set = execute.create_change_set(aws, clock, request, parameters, is_creation=False)
    if change_set is None:
        return None
    try:
        return differences.with_values(aws, change_set)[0]
    finally:
        execute.discard_change_set(aws, change_set)
