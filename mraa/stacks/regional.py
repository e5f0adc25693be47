"""What an update of the main stack will change in each Region, where its own change set says only ``StackSet``.

CloudFormation is asked for a change set on each stack instance's own stack; it is thrown away as soon as it was read.
Where it makes none (who deploys needs no rights on the instances' stacks), the templates are compared.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from mraa import names
from mraa.aws import Aws, Clock, translated
from mraa.errors import MraaError, StackError
from mraa.stacks import differences, execute, plan, state, wording
from mraa.stacks.models import ChangeSet, StackFacts, StackInstanceFacts, StackRequest
from mraa.stacks.plan import Repair

_TEMPLATE_HASH = "TemplateHash"


@dataclass(frozen=True)
class RegionalPlan:
    """One Region's part of a plan: for a person, and the logical ids that the update may touch as far as known."""

    region: str
    lines: tuple[str, ...]
    touched: frozenset[str] = frozenset()


def plans(
    aws: Aws,
    clock: Clock,
    request: StackRequest,
    main: StackFacts,
    change_set: ChangeSet,
    template: Mapping[str, Any],
    repairs: Sequence[Repair],
) -> list[RegionalPlan]:
    """The plan for each Region, in the order in which the stack set takes them; none for other stacks.

    ``change_set`` and ``template`` are the main stack's new ones, ``repairs`` what is done for the instances first.
    """
    template_hash = plan.regional_hash(template)
    if not template_hash or state.STACK_SET_TYPE not in {change.resource_type for change in change_set.changes}:
        return []
    url = request.template_url.replace(names.MAIN_TEMPLATE, names.regional_template(template_hash))
    wanted = replace(
        request, template_url=url, parameters={**request.parameters, _TEMPLATE_HASH: template_hash}, instance_regions=()
    )
    found = state.stack_instances(aws, main.region, names.stack_set(names.token(main.stack_id)))
    by_region = {instance.region: instance for instance in found}
    by_region |= {of.region: StackInstanceFacts(of.region, of.stack_id, "lost") for of in repairs if of.stack_id}
    changed = [name for name, value in request.parameters.items() if main.parameters.get(name, value) != value]
    return [_plan(aws, clock, wanted, region, by_region.get(region), changed) for region in request.instance_regions]


def _plan(
    aws: Aws,
    clock: Clock,
    wanted: StackRequest,
    region: str,
    instance: StackInstanceFacts | None,
    changed: Sequence[str],
) -> RegionalPlan:
    """``changed`` are the parameters of the main stack that get another value."""
    if instance is None or not instance.stack_id:
        return RegionalPlan(region, ("+ the whole stack instance",))
    lines = (
        [] if instance.status == "CURRENT" else [f"the stack instance is {instance.status}: it is brought up to date"]
    )
    try:
        changes = _look(aws, clock, wanted, instance)
    except MraaError as refused:
        lines.append(f"by the templates alone, without what follows from it (no change set: {refused.message})")
        lines += [f"what follows from parameter {name} cannot be told" for name in changed]
        try:
            changes = _compare(aws, wanted, instance)
        except MraaError as error:
            # a plan without this is still one: the stack set does it under roles of its own
            return RegionalPlan(region, (*lines, f"what changes cannot be told: {error.message}"))
    if changes is None:
        return RegionalPlan(region, (*lines, "nothing"))
    touched = frozenset(change.logical_id for change in changes.changes)
    return RegionalPlan(region, (*lines, *wording.resource_lines(changes)), touched)


def _look(aws: Aws, clock: Clock, wanted: StackRequest, instance: StackInstanceFacts) -> ChangeSet | None:
    stack = state.find_stack(aws, instance.region, instance.stack_id)
    if stack is None or plan.next_for_deploy(stack.name, stack).action is not plan.Action.UPDATE:
        raise StackError(f"its stack is {stack.status if stack else 'gone'}")
    execute.discard_left_change_sets(aws, stack)
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


def _compare(aws: Aws, wanted: StackRequest, instance: StackInstanceFacts) -> ChangeSet | None:
    """The difference between the instance's template and the one published, in the form of a change set."""
    with translated("Reading the stack instance's template", instance.region):
        old = aws.client("cloudformation", instance.region).get_template(StackName=instance.stack_id)["TemplateBody"]
    new = _published(aws, wanted)
    changes = differences.between(differences.resources(old), differences.resources(new))
    return ChangeSet("", instance.stack_id, instance.region, False, changes) if changes else None


def _published(aws: Aws, wanted: StackRequest) -> Any:
    """The template at the request's address: ``https://<bucket>.s3.<region>.<suffix>/<key>``."""
    url = urlsplit(wanted.template_url)
    with translated(f"Reading {wanted.template_url}", wanted.region):
        answer = aws.client("s3", wanted.region).get_object(
            Bucket=url.netloc.partition(".s3.")[0], Key=url.path.removeprefix("/")
        )
        return json.load(answer["Body"])
