"""A stack set's drift as the API shows it, counted from what was detected in each instance's stack."""

from typing import Any

from mraa_local.cfn.stack_sets import operations
from mraa_local.cfn.stack_sets.records import Operation, StackInstance, StackSet

SUMMARY = ("DriftStatus", "LastDriftCheckTimestamp")


def of_instance(instance: StackInstance) -> dict[str, Any]:
    """A stack instance's drift as of the last detection."""
    return {
        "DriftStatus": instance.get("DriftStatus", "NOT_CHECKED"),
        "LastDriftCheckTimestamp": instance.get("LastDriftCheckTimestamp"),
    }


def of_stack_set(stack_set: StackSet) -> dict[str, Any]:
    """The stack set's drift: DRIFTED if one instance is, and the result of the last detection."""
    found = [of_instance(instance) for instance in stack_set["Instances"].values()]
    detections = [of for of in stack_set["Operations"].values() if of["Action"] == operations.DETECT_DRIFT]
    statuses = [of["DriftStatus"] for of in found]
    counts = {
        "TotalStackInstancesCount": len(found),
        "DriftedStackInstancesCount": statuses.count("DRIFTED"),
        "InSyncStackInstancesCount": statuses.count("IN_SYNC"),
        "InProgressStackInstancesCount": 0,
        "FailedStackInstancesCount": operations.failed_count(detections[-1]) if detections else 0,
    }
    if not detections:
        return {"DriftStatus": "NOT_CHECKED", "LastDriftCheckTimestamp": None, **counts}
    if detections[-1]["Status"] == "RUNNING":
        counts["InProgressStackInstancesCount"] = len(found) - len(detections[-1]["Results"])
    times = [of["LastDriftCheckTimestamp"] for of in found if of["LastDriftCheckTimestamp"]]
    return {
        "DriftStatus": next((of for of in ("DRIFTED", "UNKNOWN", "NOT_CHECKED") if of in statuses), "IN_SYNC"),
        "DriftDetectionStatus": _detection(detections[-1]),
        "LastDriftCheckTimestamp": max(times, default=None),
        **counts,
    }


def of_operation(stack_set: StackSet, operation: Operation) -> dict[str, Any]:
    """The same of one detection."""
    return {**of_stack_set(stack_set), "DriftDetectionStatus": _detection(operation)}


def _detection(operation: Operation) -> str:
    """The detection's own word for the status of its operation."""
    if operation["Status"] == "SUCCEEDED":
        return "COMPLETED"
    if operation["Status"] == "FAILED" and operations.failed_count(operation) < len(operation["Results"]):
        return "PARTIAL_SUCCESS"
    return {"RUNNING": "IN_PROGRESS", "STOPPING": "IN_PROGRESS"}.get(operation["Status"], operation["Status"])
