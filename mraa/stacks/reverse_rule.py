"""The replication rule from the secondary bucket to the primary one, compared with what our custom resource puts there.

CloudFormation does not know that rule: a custom resource puts it on a bucket that another stack created.
"""

import json
from typing import Any

from mraa import names
from mraa.aws import Aws, call
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks.models import PropertyDifference, ResourceDrift, StackDescription
from mraa.stacks.plan.parameters import REPLICATION_TIME_CONTROL

# the logical id of the custom resource that puts the rule
REVERSE_REPLICATION = "ReverseReplication"


def detect_rule_drift(aws: Aws, main: StackDescription) -> ResourceDrift:
    """Whether the rule exists and is as our function puts it."""
    token, secondary = names.token(main.stack_id), main.outputs["SecondaryRegion"]
    bucket = names.object_store(token, secondary)
    rules = _rules(aws, secondary, bucket)
    found = next((rule for rule in rules or () if rule.get("ID") == names.REVERSE_RULE), None)
    destination = names.object_store(token, main.region)
    has_time_control = main.parameters.get(REPLICATION_TIME_CONTROL) == "Enabled"
    differences = rule_differences(found, destination, has_time_control=has_time_control)
    return ResourceDrift(
        secondary,
        names.stack_set(token),
        REVERSE_REPLICATION,
        "S3 replication rule",
        "DELETED" if found is None else "MODIFIED" if differences else "IN_SYNC",
        bucket,
        tuple(differences),
        reason="the bucket does not exist" if rules is None else "",
    )


def restored_rule_lines(aws: Aws, on_event: OnEvent, main: StackDescription) -> list[str]:
    """For the plan, the rule that a deployment must restore; empty if it is in sync.

    The deployer does not require permission to read replication rules: without it, an event says so, and nothing is
    restored.
    """
    if not main.outputs.get("SecondaryRegion"):
        return []  # no complete deployment yet: the update puts the rule anyway
    try:
        found = detect_rule_drift(aws, main)
    except AwsError as error:
        on_event(Event(Progress.NOTE, REVERSE_REPLICATION, "reverse rule cannot be read", reason=error.message))
        return []
    if found.status == "IN_SYNC" or found.reason:
        return []
    was = "was deleted" if found.status == "DELETED" else f"differs in {', '.join(of.path for of in found.differences)}"
    return [f"~ replication rule {names.REVERSE_RULE} of {found.physical_id} in {found.region} {was}: will be restored"]


def rule_differences(
    found: dict[str, Any] | None, destination: str, *, has_time_control: bool
) -> list[PropertyDifference]:
    """How our rule on the secondary bucket differs from what it should be; none if it does not exist."""
    if found is None:
        return []
    to = found.get("Destination", {})
    time_control = "Enabled" if has_time_control else "Disabled"
    # S3 knows three forms of a filter for everything
    limits = {of: value for of, value in found.get("Filter", {}).items() if value}
    sides = {
        "Status": ("Enabled", found.get("Status", "")),
        "Filter": ("{}", json.dumps(limits, sort_keys=True)),
        "Prefix": ("", found.get("Prefix", "")),
        "Destination/StorageClass": ("", to.get("StorageClass", "")),
        "Destination/Bucket": (destination, str(to.get("Bucket", "")).rpartition(":")[2]),
        "Destination/Metrics/Status": ("Enabled", to.get("Metrics", {}).get("Status", "Disabled")),
        "Destination/ReplicationTime/Status": (time_control, to.get("ReplicationTime", {}).get("Status", "Disabled")),
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


def _rules(aws: Aws, region: str, bucket: str) -> list[dict[str, Any]] | None:
    """The bucket's replication rules; None if the bucket does not exist."""
    operation = aws.client("s3", region).get_bucket_replication
    try:
        answer = call(operation, f"Reading the replication rules of {bucket}", region, Bucket=bucket)
    except AwsError as error:
        match error.code:
            case "ReplicationConfigurationNotFoundError":
                return []
            case "NoSuchBucket":
                return None
        raise
    return list(answer["ReplicationConfiguration"]["Rules"])
