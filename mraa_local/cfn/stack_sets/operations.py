"""Stack set operations: one at a time, Region by Region, stopped by failures as the preferences say.

``begin`` refuses or records an operation and returns at once; ``carry_out`` does the work. The API starts that as a
task on the engine's event loop and answers; the CloudFormation resource waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from mraa_local.cfn.stack_sets import instances
from mraa_local.cfn.stack_sets.records import (
    Operation,
    OperationResult,
    StackInstance,
    StackSet,
    StackSetError,
    new_operation,
)
from mraa_local.engine.scope import now

CANCELLED_BY_FAILURES = "Cancelled since failure tolerance has exceeded"
CANCELLED_BY_STOP = "Cancelled since the operation was stopped"

DETECT_DRIFT = "DETECT_DRIFT"

Work = Callable[[StackSet, StackInstance], Awaitable[None]]


def begin(
    stack_set: StackSet,
    action: str,
    targets: list[StackInstance],
    preferences: dict[str, Any],
    *,
    operation_id: str = "",
    retain: bool = False,
) -> Operation:
    """Record a running operation over the target instances; raises StackSetError while another one runs."""
    refuse_while_busy(stack_set)
    if operation_id in stack_set["Operations"]:
        raise StackSetError("OperationIdAlreadyExistsException", f"Operation {operation_id} already exists")
    operation = new_operation(stack_set, action, preferences, operation_id, retain=retain)
    stack_set["Operations"][operation["OperationId"]] = operation
    for instance in targets:
        instance["LastOperationId"] = operation["OperationId"]
        instance["DetailedStatus"], instance["StatusReason"] = "PENDING", ""
    return operation


def refuse_while_busy(stack_set: StackSet) -> None:
    """Raise StackSetError while an operation on the stack set is running."""
    for operation in stack_set["Operations"].values():
        if operation["Status"] in ("RUNNING", "STOPPING"):
            raise StackSetError(
                "OperationInProgressException",
                f"Another Operation on StackSet {stack_set['StackSetARN']} is in progress: {operation['OperationId']}",
            )


async def carry_out(stack_set: StackSet, operation: Operation, targets: list[StackInstance]) -> None:
    """Do the work of an operation that has begun; its outcome is in the records, nothing is raised for a failure."""
    work = _work(operation)
    try:
        in_parallel = operation["OperationPreferences"].get("RegionConcurrencyType") == "PARALLEL"
        regions = _in_order(targets, operation["OperationPreferences"])
        if in_parallel:
            over = any(await asyncio.gather(*(_region(stack_set, operation, of, work) for of in regions)))
        else:
            over = False
            for of in regions:
                if over:
                    _cancel(operation, of, CANCELLED_BY_FAILURES)
                else:
                    over = await _region(stack_set, operation, of, work)
        if operation["Status"] == "STOPPING":
            operation["Status"] = "STOPPED"
        else:
            operation["Status"] = "FAILED" if over else "SUCCEEDED"
    finally:
        if operation["Status"] in ("RUNNING", "STOPPING"):  # a bug of ours must not block the stack set for ever
            operation["Status"] = "FAILED"
        operation["EndTimestamp"] = now()


def failed_count(operation: Operation) -> int:
    """Instances in which the operation failed."""
    return sum(result["Status"] == "FAILED" for result in operation["Results"])


def reasons(operation: Operation) -> list[str]:
    """Why it failed, one line an instance."""
    return [
        f"[{result['Region']}] {result['StatusReason']}"
        for result in operation["Results"]
        if result["Status"] == "FAILED"
    ]


def _work(operation: Operation) -> Work:
    if operation["Action"] == DETECT_DRIFT:
        return instances.detect_drift
    if operation["IsImport"]:
        return instances.adopt
    if operation["Action"] != "DELETE":
        return instances.deploy

    async def remove(stack_set: StackSet, instance: StackInstance) -> None:
        if not operation["RetainStacks"]:
            await instances.delete(stack_set, instance)
        del stack_set["Instances"][f"{instance['Account']}/{instance['Region']}"]

    return remove


def _in_order(targets: list[StackInstance], preferences: dict[str, Any]) -> list[list[StackInstance]]:
    """The targets by Region: first those that RegionOrder names, then the others as they come."""
    by_region: dict[str, list[StackInstance]] = {region: [] for region in preferences.get("RegionOrder") or ()}
    for instance in targets:
        by_region.setdefault(instance["Region"], []).append(instance)
    return [of for of in by_region.values() if of]


async def _region(stack_set: StackSet, operation: Operation, targets: list[StackInstance], work: Work) -> bool:
    """One Region's instances, one after the other; whether more failed than the preferences tolerate."""
    preferences = operation["OperationPreferences"]
    tolerated = int(preferences.get("FailureToleranceCount") or 0)
    if "FailureTolerancePercentage" in preferences:
        tolerated = len(targets) * int(preferences["FailureTolerancePercentage"]) // 100
    failed = 0
    for number, instance in enumerate(targets):
        if operation["Status"] == "STOPPING":
            _cancel(operation, targets[number:], CANCELLED_BY_STOP)
            return False
        if failed > tolerated:
            _cancel(operation, targets[number:], CANCELLED_BY_FAILURES)
            return True
        failed += not await _one(stack_set, operation, instance, work)
    return failed > tolerated


async def _one(stack_set: StackSet, operation: Operation, instance: StackInstance, work: Work) -> bool:
    """Work on one instance and record the result."""
    result = _result(operation, instance, "RUNNING", "")
    instance["DetailedStatus"] = "RUNNING"
    try:
        await work(stack_set, instance)
    except instances.InstanceFailed as error:
        is_delete, is_import = operation["Action"] == "DELETE", operation["IsImport"]
        # a stack that could not be deleted or imported is left out of later updates; anything else can be tried again
        if operation["Action"] != DETECT_DRIFT:
            instance["Status"] = "INOPERABLE" if is_delete or is_import else "OUTDATED"
        instance["DetailedStatus"] = "FAILED_IMPORT" if is_import else "INOPERABLE" if is_delete else "FAILED"
        instance["StatusReason"] = str(error)
        result["Status"], result["StatusReason"] = "FAILED", str(error)
        return False
    if operation["Action"] != DETECT_DRIFT:  # detecting drift does not update an instance
        instance["Status"] = "CURRENT"
    instance["DetailedStatus"], instance["StatusReason"] = "SUCCEEDED", ""
    result["Status"] = "SUCCEEDED"
    return True


def _cancel(operation: Operation, targets: list[StackInstance], reason: str) -> None:
    for instance in targets:
        instance["DetailedStatus"], instance["StatusReason"] = "CANCELLED", reason
        _result(operation, instance, "CANCELLED", reason)


def _result(operation: Operation, instance: StackInstance, status: str, reason: str) -> OperationResult:
    result: OperationResult = {
        "Account": instance["Account"],
        "Region": instance["Region"],
        "Status": status,
        "StatusReason": reason,
    }
    operation["Results"].append(result)
    return result
