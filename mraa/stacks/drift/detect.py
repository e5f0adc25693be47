"""Drift: what differs from the templates in the main stack, in each Region's stack instance, in the web app's stack
and in applications of one's own.

CloudFormation detects it; what it does not check and safety needs is read here, in both Regions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import AwsError, StackError
from mraa.events import Event, OnEvent, Progress
from mraa.settings import Settings
from mraa.stacks import describe
from mraa.stacks.applications import find_applications
from mraa.stacks.drift.bucket_policies import (
    SECONDARY_BUCKET_POLICY,
    check_bucket_policies,
    check_secondary_bucket_policies,
)
from mraa.stacks.drift.cloudformation import detect_stack_drift, instance_drift
from mraa.stacks.drift.deployed import DeployedStack, read_stack
from mraa.stacks.drift.event_sources import check_event_sources
from mraa.stacks.drift.instances import detect_in_application, detect_in_instances
from mraa.stacks.drift.logging_role import check_logging_role
from mraa.stacks.drift.replication import (
    REVERSE_REPLICATION,
    check_forward_rules,
    check_reverse_rule,
    replication_role,
)
from mraa.stacks.drift.tables import check_tables
from mraa.stacks.models import DriftNote, DriftReport, ResourceDrift, StackDescription
from mraa.stacks.plan.next_step import Action, next_for_deploy
from mraa.stacks.plan.ownership import refuse_foreign_main
from mraa.stacks.plan.parameters import SECONDARY_REGION, SOLUTION_STACK_NAME
from mraa.stacks.preflight.checks import check_regions, find_outage

Finding = ResourceDrift | DriftNote

_AGAIN = "Run this again once it can be read."


def detect_drift(aws: Aws, clock: Clock, on_event: OnEvent, settings: Settings) -> DriftReport:
    """Every resource of the deployment: in sync, drifted or not checked.

    StackError if there is no deployed main stack to compare. With the secondary Region lost, the rest is checked.
    """
    region, name = settings.primary_region, settings.stack_name
    check_regions(aws, [region])
    main = describe.find_stack(aws, region, name)
    if main is None:
        raise StackError(f"Stack {name} does not exist in {region}.", "Run `mraa deploy` first.")
    refuse_foreign_main(main, settings.secondary_region)
    if next_for_deploy(name, main).action is not Action.UPDATE:
        raise StackError(f"Stack {name} is in {main.status}.", "Run `mraa deploy` to finish its operation first.")
    secondary = main.parameters[SECONDARY_REGION]
    lost = find_outage(aws, secondary, clock)
    if lost:
        on_event(Event(Progress.NOTE, "Region", f"does not answer: only {region} will be checked", secondary))
    stacks = [main]
    web = describe.find_stack(aws, region, names.web_stack(name))
    if web is not None and web.parameters.get(SOLUTION_STACK_NAME) == name:
        stacks.append(web)
    detected = [found for stack in stacks for found in detect_stack_drift(aws, clock, on_event, stack, stack.name)]
    detected += detect_in_instances(aws, clock, on_event, main, lost)
    for application in find_applications(aws, region, name):
        detected += detect_in_application(aws, clock, on_event, application, lost)
    on_event(Event(Progress.STARTED, "what CloudFormation does not check", "comparing it with the templates", region))
    read = list(_read(aws, main, stacks[1:], is_lost=lost is not None))
    resources = merged(detected, [found for found in read if isinstance(found, ResourceDrift)])
    return DriftReport(resources, tuple(found for found in read if isinstance(found, DriftNote)))


def drifted(report: DriftReport) -> list[ResourceDrift]:
    """Those that have drifted, or that should have been checked and could not be (UNKNOWN)."""
    return [found for found in report.resources if found.status not in ("IN_SYNC", "NOT_CHECKED")]


def not_checked(report: DriftReport) -> list[ResourceDrift]:
    """Those that neither CloudFormation nor this tool compares with the template."""
    return [found for found in report.resources if found.status == "NOT_CHECKED"]


def merged(detected: Iterable[ResourceDrift], read: Iterable[ResourceDrift]) -> tuple[ResourceDrift, ...]:
    """What CloudFormation detected and what was read, each resource once."""
    by_place = {(of.region, of.stack_name, of.logical_id): of for of in detected}
    for found in read:
        place = (found.region, found.stack_name, found.logical_id)
        known = by_place.get(place)
        if known is None or known.status in ("IN_SYNC", "NOT_CHECKED"):
            by_place[place] = found
        elif found.status != "IN_SYNC":
            named = {of.path for of in known.differences}
            more = tuple(of for of in found.differences if of.path not in named)
            by_place[place] = replace(known, differences=known.differences + more, fix=found.fix)
    # custom resources in the primary Region of what was read in the secondary one
    read_elsewhere = {of.logical_id for of in read} & {REVERSE_REPLICATION, SECONDARY_BUCKET_POLICY}
    return tuple(of for of in by_place.values() if not (of.logical_id in read_elsewhere and of.status == "NOT_CHECKED"))


def _read(aws: Aws, main: StackDescription, others: Sequence[StackDescription], *, is_lost: bool) -> Iterator[Finding]:
    """What is read here: of the main stack, of ``others`` in its Region, of the stack instances in Regions at hand."""
    secondary, stack_set = main.parameters[SECONDARY_REGION], names.stack_set(names.token(main.stack_id))
    regions = [main.region] if is_lost else [main.region, secondary]
    yield from _read_stack(aws, main.name, main, lambda deployed: check_tables(aws, deployed, regions))
    for other in others:
        exports = {f"{main.name}-{name}": value for name, value in main.outputs.items()}
        yield from _read_stack(
            aws, other.name, other, lambda deployed: _read_web_app(aws, deployed, is_lost=is_lost), exports
        )
    try:
        instances = describe.known_instances(aws, main.region, stack_set)
        stacks = [describe.find_stack(aws, of, instances[of]) for of in regions if of in instances]
    except AwsError as error:
        yield instance_drift(stack_set, main.region, "UNKNOWN", error.message, _AGAIN)
        return
    for stack in stacks:
        if stack is not None and stack.status != "DELETE_COMPLETE":
            yield from _read_stack(aws, describe.INSTANCE, stack, lambda deployed: _read_instance(aws, deployed))
    if not is_lost:
        yield check_reverse_rule(aws, main, replication_role(aws, main))


def _read_stack(
    aws: Aws,
    name: str,
    stack: StackDescription,
    checks: Callable[[DeployedStack], Iterable[Finding]],
    exports: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Finding]:
    try:
        yield from checks(read_stack(aws, name, stack, exports))
        return
    except AwsError as error:
        reason = error.message
    except (AttributeError, LookupError, TypeError) as error:
        # CloudFormation takes no template that lacks what is read
        reason = f"the template is not as CloudFormation takes it: {error!r}"
    yield ResourceDrift(
        stack.region, name, "template", "not checked", "UNKNOWN", stack.stack_id, reason=reason, fix=_AGAIN
    )


def _read_web_app(aws: Aws, deployed: DeployedStack, *, is_lost: bool) -> Iterator[Finding]:
    yield from check_bucket_policies(aws, deployed)
    if not is_lost:
        yield from check_secondary_bucket_policies(aws, deployed)


def _read_instance(aws: Aws, deployed: DeployedStack) -> Iterator[Finding]:
    yield from check_bucket_policies(aws, deployed)
    yield from check_forward_rules(aws, deployed)
    yield from check_event_sources(aws, deployed)
    if found := check_logging_role(aws, deployed):
        yield found
