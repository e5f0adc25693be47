"""CloudFormation's own drift detection, of a stack and of the stack set, and what it does not check.

Detecting drift changes nothing but CloudFormation's own drift status.
"""

from collections.abc import Iterator
from typing import Any

from mraa import names
from mraa.aws import Aws, Clock, call, pages
from mraa.errors import AwsError, StackError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks import describe
from mraa.stacks.models import PropertyDifference, ResourceDrift, StackDescription, StackInstanceDescription
from mraa.stacks.plan.next_step import blocks_stack_set
from mraa.stacks.polling import poll_interval_s

_TIME_LIMIT_S = 900
_STACK_SET_BUSY = "OperationInProgressException"
# of a type that drift detection does not support; most of them are not listed at all
_UNSUPPORTED = "UNSUPPORTED"
_INSTANCE_FIX = "`mraa deploy` updates a stack instance, or reports what blocks it."


def detect_stack_drift(
    aws: Aws, clock: Clock, on_event: OnEvent, stack: StackDescription, name: str
) -> list[ResourceDrift]:
    """The resources of one stack, NOT_CHECKED where CloudFormation cannot; ``name`` is the stack's in the report."""
    region, client = stack.region, aws.client("cloudformation", stack.region)
    on_event(Event(Progress.STARTED, f"stack {stack.name}", "detecting drift", region))
    doing = f"Detecting drift of stack {stack.name}"
    detection_id = call(client.detect_stack_drift, doing, region, StackName=stack.stack_id)["StackDriftDetectionId"]
    begun, status = clock.monotonic(), client.describe_stack_drift_detection_status
    while call(status, doing, region, StackDriftDetectionId=detection_id)["DetectionStatus"] == "DETECTION_IN_PROGRESS":
        _wait(clock, begun, f"stack {stack.name}", region)
    # a failed detection has checked the other resources; those that it could not check are UNKNOWN
    return list(_resources(aws, region, name, stack.stack_id))


def detect_stack_set_drift(
    aws: Aws,
    clock: Clock,
    on_event: OnEvent,
    main: StackDescription,
    regions: tuple[str, str],
    name: str = describe.INSTANCE,
) -> list[ResourceDrift]:
    """The resources of both Regions' stack instances, and instances that are missing or not up to date.

    ``name`` is an instance's in the report.
    """
    region, stack_set = main.region, names.stack_set(names.token(main.stack_id))
    client = aws.client("cloudformation", region)
    on_event(Event(Progress.STARTED, f"stack set {stack_set}", "detecting drift", region))
    doing = f"Detecting drift of stack set {stack_set}"
    # both Regions are to be checked, whatever is found in the first
    preferences = {"RegionConcurrencyType": "PARALLEL", "FailureTolerancePercentage": 100}
    try:
        started = call(
            client.detect_stack_set_drift, doing, region, StackSetName=stack_set, OperationPreferences=preferences
        )
    except AwsError as error:
        if error.code == _STACK_SET_BUSY:
            raise StackError(
                f"Another operation on stack set {stack_set} in {region} is running.",
                "Wait for it (`mraa deploy --attach` follows a deployment), then run this again.",
            ) from error
        raise
    operation = {"StackSetName": stack_set, "OperationId": started["OperationId"]}
    begun, describe_operation = clock.monotonic(), client.describe_stack_set_operation
    while blocks_stack_set(call(describe_operation, doing, region, **operation)["StackSetOperation"]["Status"]):
        _wait(clock, begun, f"stack set {stack_set}", region)
    return list(_instances(aws, regions, stack_set, started["OperationId"], name))


def instance_drift(stack_set: str, region: str, status: str, reason: str, fix: str = _INSTANCE_FIX) -> ResourceDrift:
    """A stack instance as a whole: missing, not up to date or not checked."""
    return ResourceDrift(region, stack_set, describe.INSTANCE, describe.STACK_TYPE, status, reason=reason, fix=fix)


def instance_status(stack_set: str, instance: StackInstanceDescription) -> Iterator[ResourceDrift]:
    """An instance that is not up to date."""
    if instance.status != "CURRENT":
        reason = ": ".join(part for part in (f"the instance is {instance.status}", instance.reason) if part)
        yield instance_drift(stack_set, instance.region, "MODIFIED", reason)


def _instances(
    aws: Aws, regions: tuple[str, str], stack_set: str, operation_id: str, name: str
) -> Iterator[ResourceDrift]:
    """``regions``: those that have an instance, the main stack's first."""
    results = describe.operation_results(aws, regions[0], stack_set, operation_id)
    instances = describe.stack_instances(aws, regions[0], stack_set)
    for region in set(regions) - {instance.region for instance in instances}:
        yield instance_drift(stack_set, region, "DELETED", "the stack set has no instance in this Region")
    for instance in instances:
        status, reason = results.get(instance.region, ("FAILED", "it was not checked"))
        if status != "SUCCEEDED":
            yield instance_drift(stack_set, instance.region, "UNKNOWN", reason or status)
        else:
            yield from _resources(aws, instance.region, name, instance.stack_id)
        yield from instance_status(stack_set, instance)


def _resources(aws: Aws, region: str, name: str, stack_id: str) -> Iterator[ResourceDrift]:
    """Every resource of the stack; DescribeStackResourceDrifts lists only those that were checked."""
    checked = {of.logical_id: of for of in _resource_drifts(aws, region, name, stack_id) if of.status != _UNSUPPORTED}
    yield from checked.values()
    for resource in describe.stack_resources(aws, region, stack_id):
        if resource.logical_id not in checked:
            yield ResourceDrift(
                region, name, resource.logical_id, resource.resource_type, "NOT_CHECKED", resource.physical_id
            )


def _resource_drifts(aws: Aws, region: str, name: str, stack_id: str) -> Iterator[ResourceDrift]:
    client, doing = aws.client("cloudformation", region), f"Reading the drift of {name}"
    for page in pages(client, "describe_stack_resource_drifts", doing, region, StackName=stack_id):
        yield from (_resource_drift(region, name, of) for of in page["StackResourceDrifts"])


def _resource_drift(region: str, name: str, of: dict[str, Any]) -> ResourceDrift:
    return ResourceDrift(
        region,
        name,
        of["LogicalResourceId"],
        of["ResourceType"],
        of["StackResourceDriftStatus"],
        of.get("PhysicalResourceId", ""),
        tuple(
            PropertyDifference(d["PropertyPath"], d["ExpectedValue"], d["ActualValue"])
            for d in of.get("PropertyDifferences", [])
        ),
        of.get("DriftStatusReason", ""),
    )


def _wait(clock: Clock, begun: float, what: str, region: str) -> None:
    elapsed_s = clock.monotonic() - begun
    if elapsed_s > _TIME_LIMIT_S:
        raise StackError(
            f"Detecting drift of {what} in {region} timed out after {_TIME_LIMIT_S} s.", "Run this again later."
        )
    clock.sleep(poll_interval_s(elapsed_s))
