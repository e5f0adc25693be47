"""The StackSet actions of the CloudFormation API, on top of the engine's query protocol."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from mraa_local.cfn.query import to_xml
from mraa_local.cfn.stack_sets import changes, drift, operations, records
from mraa_local.cfn.stack_sets.changes import Begun
from mraa_local.cfn.stack_sets.records import Operation, StackInstance, StackSet, StackSetError
from mraa_local.engine import actions
from mraa_local.engine.actions import Named, PageTokenRefused, Params
from mraa_local.engine.scope import Answer

Request = dict[str, Any]

_running: set[asyncio.Task[None]] = set()  # the event loop keeps only weak references to tasks


def parse(params: Params) -> Request:
    """The flat names of the query protocol (``Tags.member.1.Key``) as nested dictionaries and lists."""
    tree: dict[str, Any] = {}
    for name, values in params.items():
        *path, last = name.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise StackSetError("ValidationError", f"{name} does not fit the other parameters")
        node[last] = values[0]
    return {name: _folded(value) for name, value in tree.items()}


def _folded(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if set(node) == {"member"} and isinstance(node["member"], dict):
        members: dict[str, Any] = node["member"]
        return [_folded(members[number]) for number in sorted(members, key=lambda text: (len(text), text))]
    return {name: _folded(value) for name, value in node.items()}


def _create_stack_set(request: Request) -> dict[str, Any]:
    return {"StackSetId": changes.create(request)["StackSetId"]}


def _delete_stack_set(request: Request) -> dict[str, Any]:
    if records.exists(request["StackSetName"]):  # the API's model has no error for one that does not
        changes.delete(request)
    return {}


def _stop_operation(request: Request) -> dict[str, Any]:
    changes.stop(request)
    return {}


def _starting(change: Callable[[Request], Begun]) -> Callable[[Request], dict[str, Any]]:
    """An action that starts an operation and answers with its id."""

    def start(request: Request) -> dict[str, Any]:
        begun = change(request)
        task = asyncio.get_running_loop().create_task(
            operations.carry_out(begun.stack_set, begun.operation, begun.targets)
        )
        _running.add(task)
        task.add_done_callback(_running.discard)
        return {"OperationId": begun.operation["OperationId"]}

    return start


def _describe_stack_set(request: Request) -> dict[str, Any]:
    stack_set = records.find(request["StackSetName"])
    hidden = ("Instances", "Operations")
    described = {name: value for name, value in stack_set.items() if name not in hidden}
    regions = sorted({instance["Region"] for instance in stack_set["Instances"].values()})
    return {
        "StackSet": {**described, "Regions": regions, "StackSetDriftDetectionDetails": drift.of_stack_set(stack_set)}
    }


def _list_stack_sets(request: Request) -> list[dict[str, Any]]:
    wanted = request.get("Status", "")
    names = ("StackSetName", "StackSetId", "Description", "Status", "PermissionModel", "ManagedExecution")
    return [
        {**_picked(stack_set, names), **_picked(drift.of_stack_set(stack_set), drift.SUMMARY)}
        for stack_set in records.STORE.values()
        if wanted in ("", stack_set["Status"])
    ]


def _describe_stack_instance(request: Request) -> dict[str, Any]:
    stack_set = records.find(request["StackSetName"])
    account, region = request["StackInstanceAccount"], request["StackInstanceRegion"]
    instance = records.find_instance(stack_set, account, region)
    return {"StackInstance": {**_instance(instance), "ParameterOverrides": instance["ParameterOverrides"]}}


def _list_stack_instances(request: Request) -> list[dict[str, Any]]:
    stack_set = records.find(request["StackSetName"])
    found = [
        instance
        for instance in stack_set["Instances"].values()
        if request.get("StackInstanceAccount", instance["Account"]) == instance["Account"]
        and request.get("StackInstanceRegion", instance["Region"]) == instance["Region"]
        and _passes(request.get("Filters") or [], instance)
    ]
    return [_instance(instance) for instance in sorted(found, key=lambda of: (of["Account"], of["Region"]))]


def _passes(filters: list[dict[str, str]], instance: StackInstance) -> bool:
    values = {
        "DETAILED_STATUS": instance["DetailedStatus"],
        "LAST_OPERATION_ID": instance["LastOperationId"],
        "DRIFT_STATUS": drift.of_instance(instance)["DriftStatus"],
    }
    return all(values.get(of["Name"]) == of["Values"] for of in filters)


def _instance(instance: StackInstance) -> dict[str, Any]:
    names = ("StackSetId", "Account", "Region", "StackId", "Status", "StatusReason", "LastOperationId")
    detailed = {"DetailedStatus": instance["DetailedStatus"]}
    return {**_picked(instance, names), "StackInstanceStatus": detailed, **drift.of_instance(instance)}


def _describe_operation(request: Request) -> dict[str, Any]:
    operation = records.find_operation(records.find(request["StackSetName"]), request["OperationId"])
    names = ("OperationId", "StackSetId", "RetainStacks", "AdministrationRoleARN", "ExecutionRoleName")
    described = {**_operation(operation), **_picked(operation, names)}
    if operation["Action"] == operations.DETECT_DRIFT:
        stack_set = records.find(request["StackSetName"])
        described["StackSetDriftDetectionDetails"] = drift.of_operation(stack_set, operation)
    return {"StackSetOperation": described}


def _list_operations(request: Request) -> list[dict[str, Any]]:
    stack_set: StackSet = records.find(request["StackSetName"])
    return [_operation(operation) for operation in reversed(stack_set["Operations"].values())]


def _operation(operation: Operation) -> dict[str, Any]:
    names = ("OperationId", "Action", "Status", "OperationPreferences", "CreationTimestamp", "EndTimestamp")
    failed = {"FailedStackInstancesCount": operations.failed_count(operation)}
    return {**_picked(operation, names), "StatusDetails": failed}


def _list_results(request: Request) -> list[dict[str, Any]]:
    operation = records.find_operation(records.find(request["StackSetName"]), request["OperationId"])
    wanted = {of["Values"] for of in request.get("Filters") or []}
    skipped = {"Status": "SKIPPED", "StatusReason": "Function not found: no account gate"}
    return [
        {**result, "AccountGateResult": skipped}
        for result in operation["Results"]
        if not wanted or result["Status"] in wanted
    ]


def _picked(record: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: record[name] for name in names}


# action -> (what answers it, the parameters it cannot do without)
_SINGLE: dict[str, tuple[Callable[[Request], dict[str, Any]], tuple[str, ...]]] = {
    "CreateStackSet": (_create_stack_set, ("StackSetName",)),
    "UpdateStackSet": (_starting(changes.update), ("StackSetName",)),
    "DeleteStackSet": (_delete_stack_set, ("StackSetName",)),
    "DescribeStackSet": (_describe_stack_set, ("StackSetName",)),
    "CreateStackInstances": (_starting(changes.create_instances), ("StackSetName", "Regions")),
    "UpdateStackInstances": (_starting(changes.update_instances), ("StackSetName", "Regions")),
    "DeleteStackInstances": (_starting(changes.delete_instances), ("StackSetName", "Regions", "RetainStacks")),
    "ImportStacksToStackSet": (_starting(changes.import_stacks), ("StackSetName", "StackIds")),
    "DetectStackSetDrift": (_starting(changes.detect_drift), ("StackSetName",)),
    "DescribeStackInstance": (
        _describe_stack_instance,
        ("StackSetName", "StackInstanceAccount", "StackInstanceRegion"),
    ),
    "DescribeStackSetOperation": (_describe_operation, ("StackSetName", "OperationId")),
    "StopStackSetOperation": (_stop_operation, ("StackSetName", "OperationId")),
}
_LISTS: dict[str, tuple[Callable[[Request], list[dict[str, Any]]], tuple[str, ...]]] = {
    "ListStackSets": (_list_stack_sets, ()),
    "ListStackInstances": (_list_stack_instances, ("StackSetName",)),
    "ListStackSetOperations": (_list_operations, ("StackSetName",)),
    "ListStackSetOperationResults": (_list_results, ("StackSetName", "OperationId")),
}


def _answering(action: str, answer: Callable[[Request], Any], needed: tuple[str, ...]) -> Callable[..., Answer]:
    """The engine's handler for one action: parse, refuse what lacks a parameter, answer, page."""

    def handle(params: Params) -> Answer:
        try:
            request = parse(params)
            for name in needed:
                if not request.get(name):
                    raise StackSetError("ValidationError", f"{name} is required")
            result, next_token = answer(request), ""
            if isinstance(result, list):
                size = int(request.get("MaxResults") or actions.PAGE_SIZE)
                page, next_token = actions.page(result, params, action, size)
                result = {"Summaries": page}
        except StackSetError as refusal:
            return actions.refusal(refusal.code, refusal.message, refusal.status)
        except PageTokenRefused as refused:
            return refused.answer
        return actions.success(action, f"<{action}Result>{to_xml(result)}{next_token}</{action}Result>")

    return handle


def _arn(named: Named) -> str:
    """The ARN by which policies name the stack set of a request."""
    name = actions.parameter(named.params, "StackSetName")
    resource = name if ":" in name else f"{name}:*"
    return f"arn:aws:cloudformation:{named.region}:{named.account_id}:stackset/{resource}" if name else ""


def install() -> None:
    """Add the actions to the engine's API."""
    for action, (answer, needed) in {**_SINGLE, **_LISTS}.items():
        actions.register(action, _answering(action, answer, needed))
    actions.name_resource("cloudformation", _arn)
