"""What an update of a stack will change in each Region, where its own change set says only ``StackSet``.

CloudFormation creates a change set on each stack instance's own stack, which is read and deleted. Where it cannot (the
deployer requires no permissions on the instances' stacks), the templates are compared.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from mraa import names
from mraa.aws import Aws, Clock
from mraa.aws_errors import translated
from mraa.errors import MraaError, StackError
from mraa.partitions import url_suffix
from mraa.stacks import describe, describe_changes, execute
from mraa.stacks.models import (
    ChangeSet,
    ResourceChange,
    StackDescription,
    StackInstanceDescription,
    StackRequest,
)
from mraa.stacks.plan import differences
from mraa.stacks.plan.evaluate import UnknownValueError, for_stack
from mraa.stacks.plan.instance_repairs import InstanceRepair
from mraa.stacks.plan.next_step import Action, next_for_deploy
from mraa.stacks.plan.parameters import change_set_parameters
from mraa.stacks.plan.wording import resource_lines

_ORPHANED = "orphaned"


@dataclass(frozen=True)
class RegionalPlan:
    """One Region's part of a plan: its lines, and the changes that the update may make as far as known."""

    region: str
    lines: tuple[str, ...]
    changes: tuple[ResourceChange, ...] = ()


def plans(
    aws: Aws,
    clock: Clock,
    request: StackRequest,
    main: StackDescription,
    change_set: ChangeSet,
    template: Mapping[str, Any],
    repairs: Sequence[InstanceRepair],
) -> list[RegionalPlan]:
    """The plan for each Region, in the order of the stack set operation; none for other stacks.

    ``change_set`` and ``template`` are the stack's new ones, ``repairs`` what is done with the instances first.
    """
    regional_request = _request_for_instances(request, main, template)
    changed_types = {change.resource_type for change in change_set.changes}
    if regional_request is None or describe.STACK_SET_TYPE not in changed_types:
        return []
    found = describe.stack_instances(aws, main.region, names.stack_set(names.token(main.stack_id)))
    by_region = {instance.region: instance for instance in found}
    by_region |= {
        of.region: StackInstanceDescription(of.region, of.stack_id, _ORPHANED) for of in repairs if of.stack_id
    }
    changed = [name for name, value in request.parameters.items() if main.parameters.get(name, value) != value]
    return [
        _plan(aws, clock, regional_request, region, by_region.get(region), changed)
        for region in request.instance_regions
    ]


def _request_for_instances(
    request: StackRequest, stack: StackDescription, template: Mapping[str, Any]
) -> StackRequest | None:
    """What the stack set will ask of its instances; without parameters that are not known before. None without one."""
    stack_set = template.get("Resources", {}).get("StackSet", {}).get("Properties", {})
    values = for_stack(template, _updated(stack, request.parameters))
    values = replace(values, names={**values.names, "AWS::URLSuffix": url_suffix(stack.region)})
    parameters = {}
    try:
        url = values(stack_set["TemplateURL"])
        for given in stack_set.get("Parameters", []):
            with contextlib.suppress(UnknownValueError):
                parameters[given["ParameterKey"]] = str(values(given["ParameterValue"]))
    except (KeyError, TypeError, UnknownValueError):  # no template of ours
        return None
    # a stack set has roles of its own
    return replace(request, template_url=url, parameters=parameters, instance_regions=(), role_arn="")


def _plan(
    aws: Aws,
    clock: Clock,
    request: StackRequest,
    region: str,
    instance: StackInstanceDescription | None,
    changed: Sequence[str],
) -> RegionalPlan:
    """``changed`` are the parameters of the main stack that get another value."""
    if instance is None or not instance.stack_id:
        return RegionalPlan(region, ("+ the whole stack instance",))
    why = f" ({instance.reason})" if instance.reason else ""
    lines = (
        [] if instance.status == "CURRENT" else [f"the stack instance is {instance.status}{why}: it will be updated"]
    )
    try:
        changes = _read_change_set(aws, clock, request, instance)
    except MraaError as refused:
        lines.append(f"from the templates alone, without dependent changes (no change set: {refused.message})")
        lines += [f"changes caused by parameter {name} are unknown" for name in changed]
        try:
            changes = _compare_templates(aws, request, instance)
        except MraaError as error:
            # the plan is complete without it: the stack set makes the change with its own roles
            return RegionalPlan(region, (*lines, f"changes are unknown: {error.message}"))
    if changes is None or not changes.changes:
        return RegionalPlan(region, (*lines, "no changes"))
    return RegionalPlan(region, (*lines, *resource_lines(changes)), changes.changes)


def _read_change_set(
    aws: Aws, clock: Clock, request: StackRequest, instance: StackInstanceDescription
) -> ChangeSet | None:
    stack = describe.find_stack(aws, instance.region, instance.stack_id)
    if stack is None or next_for_deploy(stack.name, stack).action is not Action.UPDATE:
        raise StackError(f"its stack is {stack.status if stack else 'deleted'}")
    execute.discard_abandoned_change_sets(aws, stack)
    declared = describe_changes.declared_parameters(aws, request.region, request.template_url)
    given = {key: value for key, value in request.parameters.items() if key in declared}
    request = replace(request, name=stack.name, region=instance.region, parameters=given)
    parameters = change_set_parameters(request, stack, declared)
    change_set = execute.create_change_set(aws, clock, request, parameters, is_creation=False)
    if change_set is None:
        return None
    try:
        before, after = describe_changes.change_set_templates(aws, change_set)
        return differences.in_stack(change_set, for_stack(before, stack), for_stack(after, _updated(stack, given)))
    finally:
        execute.discard_change_set(aws, change_set)


def _compare_templates(aws: Aws, request: StackRequest, instance: StackInstanceDescription) -> ChangeSet | None:
    """The difference between the instance's template and the published one, in the form of a change set."""
    stack = describe.find_stack(aws, instance.region, instance.stack_id)
    if stack is None:
        raise StackError("its stack is deleted")
    before = for_stack(describe_changes.template(aws, instance.region, instance.stack_id), stack)
    after = for_stack(_published_template(aws, request), _updated(stack, request.parameters))
    changes = differences.between(before.resources, after.resources)
    return ChangeSet("", instance.stack_id, instance.region, False, changes) if changes else None


def _updated(stack: StackDescription, parameters: Mapping[str, str]) -> StackDescription:
    """The stack with the parameters that it gets."""
    return replace(stack, parameters={**stack.parameters, **parameters})


def _published_template(aws: Aws, request: StackRequest) -> Any:
    """The template at the request's address: ``https://<bucket>.s3.<region>.<suffix>/<key>``."""
    url = urlsplit(request.template_url)
    # the body is read while it arrives: that can fail too
    with translated(f"Reading {request.template_url}", request.region):
        answer = aws.client("s3", request.region).get_object(
            Bucket=url.netloc.partition(".s3.")[0], Key=url.path.removeprefix("/")
        )
        return json.load(answer["Body"])
