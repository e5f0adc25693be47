"""Drift: what differs from the templates in the main stack, in each Region's stack instance, in the web app's stack.

CloudFormation detects it; the replication rule that CloudFormation does not know is read from S3. Detecting drift
changes nothing but CloudFormation's own drift status.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mraa import names
from mraa.aws import Aws, Client, Clock, call
from mraa.errors import AwsError, StackError
from mraa.events import Event, OnEvent, Progress
from mraa.settings import Settings
from mraa.stacks import describe
from mraa.stacks.models import PropertyDifference, ResourceDrift, StackDescription
from mraa.stacks.plan.next_step import Action, blocks_stack_set, next_for_deploy
from mraa.stacks.plan.ownership import refuse_foreign_main
from mraa.stacks.plan.parameters import SOLUTION_STACK_NAME
from mraa.stacks.preflight.checks import check_regions
from mraa.stacks.reverse_rule import REVERSE_REPLICATION, detect_rule_drift

_TIME_LIMIT_S = 900
_POLL_S = 1.0
_STACK_SET_BUSY = "OperationInProgressException"


def detect_drift(aws: Aws, clock: Clock, on_event: OnEvent, settings: Settings) -> list[ResourceDrift]:
    """Every resource checked for drift, in sync or not. StackError if there is no deployed main stack to compare."""
    region, name = settings.primary_region, settings.stack_name
    check_regions(aws, [region])
    main = describe.find_stack(aws, region, name)
    if main is None:
        raise StackError(f"Stack {name} does not exist in {region}.", "Run `mraa deploy` first.")
    refuse_foreign_main(main, settings.secondary_region)
    if next_for_deploy(name, main).action is not Action.UPDATE:
        raise StackError(f"Stack {name} is in {main.status}.", "Run `mraa deploy` to finish its operation first.")
    web = describe.find_stack(aws, region, names.web_stack(name))
    found = detect_stack_drift(aws, clock, on_event, main)
    if web is not None and web.parameters.get(SOLUTION_STACK_NAME) == name:
        found += detect_stack_drift(aws, clock, on_event, web)
    regional: dict[str, Callable[[], list[ResourceDrift]]] = {
        describe.INSTANCE: lambda: detect_stack_set_drift(aws, clock, on_event, main),
        REVERSE_REPLICATION: lambda: [detect_rule_drift(aws, main)],
    }
    for logical_id, detect in regional.items():
        try:
            found += detect()
        except AwsError as error:
            # a Region is unreachable: what was found elsewhere is still worth reporting
            secondary = main.outputs["SecondaryRegion"]
            found.append(ResourceDrift(secondary, name, logical_id, "not checked", "UNKNOWN", reason=error.message))
    return found


def detect_stack_drift(aws: Aws, clock: Clock, on_event: OnEvent, stack: StackDescription) -> list[ResourceDrift]:
    """The resources of one stack that CloudFormation can check for drift, in sync or not."""
    region, client = stack.region, aws.client("cloudformation", stack.region)
    on_event(Event(Progress.STARTED, f"stack {stack.name}", "detecting drift", region))
    doing = f"Detecting drift of stack {stack.name}"
    detection_id = call(client.detect_stack_drift, doing, region, StackName=stack.stack_id)["StackDriftDetectionId"]
    deadline = clock.monotonic() + _TIME_LIMIT_S
    status = client.describe_stack_drift_detection_status
    while call(status, doing, region, StackDriftDetectionId=detection_id)["DetectionStatus"] == "DETECTION_IN_PROGRESS":
        _wait(clock, deadline, f"stack {stack.name}", region)
    # a failed detection has checked the other resources; those that it could not check are UNKNOWN
    return list(_resource_drifts(client, region, stack.name, stack.stack_id))


def detect_stack_set_drift(aws: Aws, clock: Clock, on_event: OnEvent, main: StackDescription) -> list[ResourceDrift]:
    """The resources of both Regions' stack instances, and instances that are missing or not up to date."""
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
    deadline = clock.monotonic() + _TIME_LIMIT_S
    describe_operation = client.describe_stack_set_operation
    while blocks_stack_set(call(describe_operation, doing, region, **operation)["StackSetOperation"]["Status"]):
        _wait(clock, deadline, f"stack set {stack_set}", region)
    regions = (region, main.outputs["SecondaryRegion"])
    return list(_instance_drifts(aws, regions, stack_set, started["OperationId"]))


def drifted(found: Sequence[ResourceDrift]) -> list[ResourceDrift]:
    """Those that have drifted, or that could not be checked."""
    return [drift for drift in found if drift.status != "IN_SYNC"]


def _instance_drifts(aws: Aws, regions: tuple[str, str], stack_set: str, operation_id: str) -> Iterator[ResourceDrift]:
    """``regions``: those that have an instance, the main stack's first."""
    results = describe.operation_results(aws, regions[0], stack_set, operation_id)
    instances = describe.stack_instances(aws, regions[0], stack_set)
    for region in set(regions) - {instance.region for instance in instances}:
        yield _instance_drift(stack_set, region, "DELETED", "the stack set has no instance in this Region")
    for instance in instances:
        region = instance.region
        status, reason = results.get(region, ("FAILED", "it was not checked"))
        if status != "SUCCEEDED":
            yield _instance_drift(stack_set, region, "UNKNOWN", reason or status)
        else:
            client = aws.client("cloudformation", region)
            yield from _resource_drifts(client, region, describe.INSTANCE, instance.stack_id)
        if instance.status != "CURRENT":
            reason = f"the instance is {instance.status}: {instance.reason}"
            yield _instance_drift(stack_set, region, "MODIFIED", reason)


def _instance_drift(stack_set: str, region: str, status: str, reason: str) -> ResourceDrift:
    return ResourceDrift(region, stack_set, describe.INSTANCE, describe.STACK_TYPE, status, reason=reason)


def _resource_drifts(client: Client, region: str, name: str, stack_id: str) -> Iterator[ResourceDrift]:
    # botocore has no paginator for this operation
    request: dict[str, Any] = {"StackName": stack_id}
    while True:
        answer = call(client.describe_stack_resource_drifts, f"Reading the drift of {name}", region, **request)
        yield from (_resource_drift(region, name, of) for of in answer["StackResourceDrifts"])
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]


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


def _wait(clock: Clock, deadline: float, what: str, region: str) -> None:
    if clock.monotonic() > deadline:
        raise StackError(
            f"Detecting drift of {what} in {region} timed out after {_TIME_LIMIT_S} s.", "Run this again later."
        )
    clock.sleep(_POLL_S)
