"""What is not as the templates say: in the main stack, in each Region's stack instance, in the web app's stack.

CloudFormation looks for itself; what it cannot know, the replication rule that a custom resource put on the
secondary bucket, is read from S3. Looking changes nothing but CloudFormation's own notes on drift.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from mraa import names
from mraa.aws import Aws, Clock, translated
from mraa.errors import AwsError, StackError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks import state
from mraa.stacks.models import PropertyDifference, ResourceDrift, StackFacts

REVERSE_RULE = "ReverseReplication"

_TIME_LIMIT_S = 900
_POLL_S = 1.0
_STACK_SET_BUSY = "OperationInProgressException"


def detect_stack(aws: Aws, clock: Clock, on_event: OnEvent, stack: StackFacts) -> list[ResourceDrift]:
    """Look for drift of one stack's resources; those that CloudFormation can look at, in sync or not."""
    client = aws.client("cloudformation", stack.region)
    on_event(Event(Progress.STARTED, f"stack {stack.name}", "looking for drift", stack.region))
    with translated(f"Looking for drift of stack {stack.name}", stack.region):
        detection_id = client.detect_stack_drift(StackName=stack.stack_id)["StackDriftDetectionId"]
    deadline = clock.monotonic() + _TIME_LIMIT_S
    while True:
        with translated(f"Looking for drift of stack {stack.name}", stack.region):
            answer = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection_id)
        if answer["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            # a detection that failed has looked at the other resources; those it could not are UNKNOWN
            return list(_resource_drifts(aws, stack.region, stack.name, stack.stack_id))
        _wait(clock, deadline, f"stack {stack.name}", stack.region)


def detect_stack_set(aws: Aws, clock: Clock, on_event: OnEvent, main: StackFacts) -> list[ResourceDrift]:
    """Look for drift in the stack instances of both Regions, and for instances that are not up to date."""
    region, stack_set = main.region, names.stack_set(names.token(main.stack_id))
    client = aws.client("cloudformation", region)
    on_event(Event(Progress.STARTED, f"stack set {stack_set}", "looking for drift", region))
    with translated(f"Looking for drift of stack set {stack_set}", region):
        try:
            operation_id = client.detect_stack_set_drift(
                StackSetName=stack_set,
                # both Regions are to be looked at, whatever is found in the first
                OperationPreferences={"RegionConcurrencyType": "PARALLEL", "FailureTolerancePercentage": 100},
            )["OperationId"]
        except ClientError as error:
            if error.response["Error"]["Code"] == _STACK_SET_BUSY:
                raise StackError(
                    f"Another operation on stack set {stack_set} in {region} is running.",
                    "Wait for it (`mraa deploy --attach` shows a deployment), then run this again.",
                ) from error
            raise
    deadline = clock.monotonic() + _TIME_LIMIT_S
    while _is_running(client, region, stack_set, operation_id):
        _wait(clock, deadline, f"stack set {stack_set}", region)
    return list(_instances_drifts(aws, (region, main.outputs["SecondaryRegion"]), stack_set, operation_id))


def reverse_rule(aws: Aws, main: StackFacts) -> ResourceDrift:
    """The replication rule from the secondary bucket to the primary one, against what our function puts there."""
    token, secondary = names.token(main.stack_id), main.outputs["SecondaryRegion"]
    bucket = names.object_store(token, secondary)
    rules = _rules(aws, secondary, bucket)
    found = next((rule for rule in rules or () if rule.get("ID") == names.REVERSE_RULE), None)
    destination = names.object_store(token, main.region)
    has_time_control = main.parameters.get("ReplicationTimeControl") == "Enabled"
    differences = rule_differences(found, destination, has_time_control=has_time_control)
    return ResourceDrift(
        secondary,
        names.stack_set(token),
        REVERSE_RULE,
        "S3 replication rule",
        "DELETED" if found is None else "MODIFIED" if differences else "IN_SYNC",
        bucket,
        tuple(differences),
        reason="the bucket itself is gone" if rules is None else "",
    )


def lost_rule_lines(aws: Aws, on_event: OnEvent, main: StackFacts) -> list[str]:
    """Why the reverse rule must be put again, for the plan; empty where all is well.

    Who deploys need not be allowed to read replication rules: then it is said, and nothing is put back.
    """
    if not main.outputs.get("SecondaryRegion"):
        return []  # no whole deployment yet: the rule will be put anyway
    try:
        found = reverse_rule(aws, main)
    except AwsError as error:
        on_event(Event(Progress.NOTE, REVERSE_RULE, "the rule back cannot be looked at", reason=error.message))
        return []
    if found.status == "IN_SYNC" or found.reason:
        return []
    lost = "is gone" if found.status == "DELETED" else f"has another {', '.join(of.path for of in found.differences)}"
    return [f"~ replication rule {names.REVERSE_RULE} of {found.physical_id} in {found.region} {lost}: it is put again"]


def rule_differences(
    found: dict[str, Any] | None, destination: str, *, has_time_control: bool
) -> list[PropertyDifference]:
    """How our rule on the secondary bucket differs from what it should be; none where it is not there at all."""
    if found is None:
        return []
    aim = found.get("Destination", {})
    time_control = "Enabled" if has_time_control else "Disabled"
    # a filter for everything is said in three ways
    limits = {of: value for of, value in found.get("Filter", {}).items() if value}
    sides = {
        "Status": ("Enabled", found.get("Status", "")),
        "Filter": ("{}", json.dumps(limits, sort_keys=True)),
        "Prefix": ("", found.get("Prefix", "")),
        "Destination/StorageClass": ("", aim.get("StorageClass", "")),
        "Destination/Bucket": (destination, str(aim.get("Bucket", "")).rpartition(":")[2]),
        "Destination/Metrics/Status": ("Enabled", aim.get("Metrics", {}).get("Status", "Disabled")),
        "Destination/ReplicationTime/Status": (time_control, aim.get("ReplicationTime", {}).get("Status", "Disabled")),
        "DeleteMarkerReplication/Status": (
            "Enabled",
            found.get("DeleteMarkerReplication", {}).get("Status", "Disabled"),
        ),
        "SourceSelectionCriteria/ReplicaModifications/Status": (
            "Enabled",
            found.get("SourceSelectionCriteria", {}).get("ReplicaModifications", {}).get("Status", "Disabled"),
        ),
    }
    return [
        PropertyDifference(f"/{path}", expected, actual)
        for path, (expected, actual) in sides.items()
        if expected != actual
    ]


def drifted(found: Sequence[ResourceDrift]) -> list[ResourceDrift]:
    """Those that are not as they should be, or that nobody can tell of."""
    return [drift for drift in found if drift.status != "IN_SYNC"]


def _rules(aws: Aws, region: str, bucket: str) -> list[dict[str, Any]] | None:
    """The bucket's replication rules; None where there is no such bucket."""
    with translated(f"Reading the replication rules of {bucket}", region):
        try:
            answer = aws.client("s3", region).get_bucket_replication(Bucket=bucket)
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "ReplicationConfigurationNotFoundError":
                    return []
                case "NoSuchBucket":
                    return None
            raise
    return list(answer["ReplicationConfiguration"]["Rules"])


def _is_running(client: Any, region: str, stack_set: str, operation_id: str) -> bool:
    with translated(f"Looking for drift of stack set {stack_set}", region):
        answer = client.describe_stack_set_operation(StackSetName=stack_set, OperationId=operation_id)
    return answer["StackSetOperation"]["Status"] in ("QUEUED", "RUNNING", "STOPPING")


def _instances_drifts(aws: Aws, regions: tuple[str, str], stack_set: str, operation_id: str) -> Iterator[ResourceDrift]:
    """``regions``: those that have an instance, the main stack's first."""
    results = state.operation_results(aws, regions[0], stack_set, operation_id)
    instances = state.stack_instances(aws, regions[0], stack_set)
    for region in set(regions) - {instance.region for instance in instances}:
        yield _instance_drift(stack_set, region, "DELETED", "the stack set has no instance there")
    for instance in instances:
        status, reason = results.get(instance.region, ("FAILED", "it was not looked at"))
        if status != "SUCCEEDED":
            yield _instance_drift(stack_set, instance.region, "UNKNOWN", reason or status)
        else:
            yield from _resource_drifts(aws, instance.region, state.INSTANCE, instance.stack_id)
        if instance.status != "CURRENT":
            yield _instance_drift(
                stack_set, instance.region, "MODIFIED", f"the instance is {instance.status}: {instance.reason}"
            )


def _instance_drift(stack_set: str, region: str, status: str, reason: str) -> ResourceDrift:
    return ResourceDrift(region, stack_set, state.INSTANCE, state.STACK_TYPE, status, reason=reason)


def _resource_drifts(aws: Aws, region: str, name: str, stack_id: str) -> Iterator[ResourceDrift]:
    request = {"StackName": stack_id}
    while True:
        with translated(f"Reading the drift of {name}", region):
            answer = aws.client("cloudformation", region).describe_stack_resource_drifts(**request)
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
            f"Looking for drift of {what} in {region} did not end within {_TIME_LIMIT_S} s.", "Run this again later."
        )
    clock.sleep(_POLL_S)
