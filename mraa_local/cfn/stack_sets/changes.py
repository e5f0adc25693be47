"""What may be asked of a stack set, for the API and for ``AWS::CloudFormation::StackSet`` alike.

Requests are nested dictionaries in the words of the API. Each function that starts an operation returns it with the
instances it is about, for ``operations.carry_out``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mraa_local import regions
from mraa_local.cfn.reasons import message_of, no_previous_value
from mraa_local.cfn.stack_sets import operations, records
from mraa_local.cfn.stack_sets.records import Operation, StackInstance, StackSet, StackSetError
from mraa_local.engine import templates
from mraa_local.engine.scope import account_id

_KEPT = ("Description", "Capabilities", "Tags", "AdministrationRoleARN", "ExecutionRoleName", "ManagedExecution")


_STACK_ARN = re.compile(r"arn:[^:]+:cloudformation:(?P<region>[^:]+):(?P<account>\d{12}):stack/[^/]+/[^/]+")


@dataclass(frozen=True)
class Begun:
    """An operation that was recorded and now has to be carried out."""

    stack_set: StackSet
    operation: Operation
    targets: list[StackInstance]


def create(request: dict[str, Any]) -> StackSet:
    """CreateStackSet."""
    name = request.get("StackSetName", "")
    if not templates.STACK_NAME.fullmatch(name) or len(name) > templates.STACK_NAME_MAX_CHARS:
        raise StackSetError("ValidationError", f"Value '{name}' at 'stackSetName' failed to satisfy constraint")
    if any(stack_set["StackSetName"] == name for stack_set in records.active()):
        raise StackSetError("NameAlreadyExistsException", f"StackSet {name} already exists")
    _refuse_unsupported(request)
    stack_set = records.new_stack_set(name)
    _configure(stack_set, request)
    records.STORE[stack_set["StackSetId"]] = stack_set
    return stack_set


def update(request: dict[str, Any]) -> Begun:
    """UpdateStackSet: the stack set first, then the instances named (all of them, where none are)."""
    stack_set = records.find_active(request["StackSetName"])
    _refuse_unsupported(request)
    operations.refuse_while_busy(stack_set)
    operable = [instance for instance in stack_set["Instances"].values() if instance["Status"] != "INOPERABLE"]
    targets = _existing(stack_set, request) if request.get("Regions") else operable
    _configure(stack_set, request)
    for instance in operable:
        instance["Status"] = "OUTDATED"
    return _begin(stack_set, "UPDATE", targets, request)


def delete(request: dict[str, Any]) -> None:
    """DeleteStackSet: only an empty one."""
    stack_set = records.find_active(request["StackSetName"])
    operations.refuse_while_busy(stack_set)
    if stack_set["Instances"]:
        raise StackSetError("StackSetNotEmptyException", "StackSet is not empty")
    stack_set["Status"] = "DELETED"


def create_instances(request: dict[str, Any]) -> Begun:
    """CreateStackInstances; one that exists already is deployed again."""
    stack_set = records.find_active(request["StackSetName"])
    operations.refuse_while_busy(stack_set)
    overrides = _overrides(stack_set, request)
    targets = []
    for account, region in _places(request):
        key = f"{account}/{region}"
        instance = stack_set["Instances"].setdefault(key, records.new_instance(stack_set, account, region, overrides))
        instance["ParameterOverrides"] = overrides
        targets.append(instance)
    return _begin(stack_set, "CREATE", targets, request)


def update_instances(request: dict[str, Any]) -> Begun:
    """UpdateStackInstances: new parameter overrides."""
    stack_set = records.find_active(request["StackSetName"])
    operations.refuse_while_busy(stack_set)
    targets = _existing(stack_set, request)
    if "ParameterOverrides" in request:
        overrides = _overrides(stack_set, request)
        for instance in targets:
            instance["ParameterOverrides"] = overrides
    return _begin(stack_set, "UPDATE", targets, request)


def delete_instances(request: dict[str, Any]) -> Begun:
    """DeleteStackInstances; with RetainStacks the stacks stay and no longer belong to the stack set."""
    stack_set = records.find_active(request["StackSetName"])
    operations.refuse_while_busy(stack_set)
    retain = is_true(request.get("RetainStacks"))
    return _begin(stack_set, "DELETE", _existing(stack_set, request), request, retain=retain)


def import_stacks(request: dict[str, Any]) -> Begun:
    """ImportStacksToStackSet: existing stacks become the stack set's instances, unchanged."""
    stack_set = records.find_active(request["StackSetName"])
    operations.refuse_while_busy(stack_set)
    taken = {instance["StackId"] for one in records.active() for instance in one["Instances"].values()}
    targets: list[StackInstance] = []
    for stack_id in request["StackIds"]:
        found = _STACK_ARN.fullmatch(stack_id)
        if not found or found["account"] != account_id() or found["region"] not in regions.known():
            raise StackSetError("StackNotFoundException", f"Stack {stack_id} not found")
        key = f"{found['account']}/{found['region']}"
        if stack_id in taken or key in stack_set["Instances"]:
            raise StackSetError("InvalidOperationException", f"Stack {stack_id} already belongs to a StackSet")
        instance = records.new_instance(stack_set, found["account"], found["region"], [])
        instance["StackId"] = stack_id
        targets.append(instance)
    begun = _begin(stack_set, "CREATE", targets, request)
    begun.operation["IsImport"] = True
    stack_set["Instances"] |= {f"{of['Account']}/{of['Region']}": of for of in targets}
    return begun


def detect_drift(request: dict[str, Any]) -> Begun:
    """DetectStackSetDrift: in every instance's stack."""
    stack_set = records.find_active(request["StackSetName"])
    return _begin(stack_set, operations.DETECT_DRIFT, list(stack_set["Instances"].values()), request)


def stop(request: dict[str, Any]) -> None:
    """StopStackSetOperation: what is running ends, what is pending is cancelled."""
    operation = records.find_operation(records.find_active(request["StackSetName"]), request["OperationId"])
    if operation["Status"] not in ("RUNNING", "STOPPING"):
        raise StackSetError("InvalidOperationException", f"Operation {operation['OperationId']} is not in progress")
    operation["Status"] = "STOPPING"


def is_true(value: Any) -> bool:
    """A boolean as templates and query parameters carry it."""
    return str(value).lower() == "true"


def _begin(
    stack_set: StackSet, action: str, targets: list[StackInstance], request: dict[str, Any], *, retain: bool = False
) -> Begun:
    preferences = request.get("OperationPreferences") or {}
    operation_id = request.get("OperationId", "")
    operation = operations.begin(stack_set, action, targets, preferences, operation_id=operation_id, retain=retain)
    return Begun(stack_set, operation, targets)


def _configure(stack_set: StackSet, request: dict[str, Any]) -> None:
    """Take over template, parameters and settings; nothing is changed when something is wrong."""
    body = _template(stack_set, request)
    settings = {name: request[name] for name in _KEPT if name in request}
    try:
        template = templates.parse(body)
    except ValueError as error:
        raise StackSetError("ValidationError", f"Template format error: {error}") from error
    capabilities = settings.get("Capabilities", stack_set["Capabilities"])
    refused = templates.missing_capabilities(template, list(capabilities))
    if refused:
        raise StackSetError("InsufficientCapabilitiesException", message_of(refused))
    parameters = _parameters(template, request.get("Parameters") or [], stack_set["Parameters"])
    stack_set["TemplateBody"], stack_set["Parameters"] = body, parameters
    stack_set.update(settings)  # type: ignore[typeddict-item]  # only names of _KEPT


def _template(stack_set: StackSet, request: dict[str, Any]) -> str:
    given = {name: [request[name]] for name in ("TemplateBody", "TemplateURL") if request.get(name)}
    if not given:
        if not stack_set["TemplateBody"]:
            raise StackSetError("ValidationError", "Either Template URL or Template Body must be specified.")
        return stack_set["TemplateBody"]
    body, refused = templates.read_body(given)
    if refused:
        raise StackSetError("ValidationError", message_of(refused))
    return str(body)


def _parameters(
    template: dict[str, Any], given: list[dict[str, Any]], previous: list[dict[str, str]]
) -> list[dict[str, str]]:
    """The values given, or kept by UsePreviousValue; raises StackSetError for a missing or unknown one."""
    before = {entry["ParameterKey"]: entry["ParameterValue"] for entry in previous}
    values = {}
    for entry in given:
        key = entry["ParameterKey"]
        if is_true(entry.get("UsePreviousValue")) and key not in before:
            raise StackSetError("ValidationError", no_previous_value(key))
        values[key] = before[key] if is_true(entry.get("UsePreviousValue")) else str(entry["ParameterValue"])
    try:
        templates.check_parameters(template, values)
    except ValueError as error:
        raise StackSetError("ValidationError", str(error)) from error
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _overrides(stack_set: StackSet, request: dict[str, Any]) -> list[dict[str, str]]:
    known = {entry["ParameterKey"] for entry in stack_set["Parameters"]}
    overrides = [
        {"ParameterKey": entry["ParameterKey"], "ParameterValue": str(entry["ParameterValue"])}
        for entry in request.get("ParameterOverrides") or []
    ]
    unknown = [entry["ParameterKey"] for entry in overrides if entry["ParameterKey"] not in known]
    if unknown:
        raise StackSetError("ValidationError", f"Parameters: [{', '.join(unknown)}] do not exist in the StackSet")
    return overrides


def _existing(stack_set: StackSet, request: dict[str, Any]) -> list[StackInstance]:
    return [records.find_instance(stack_set, account, region) for account, region in _places(request)]


def _places(request: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Every account in every Region that the request names."""
    targets = request.get("DeploymentTargets") or {}
    accounts = request.get("Accounts") or targets.get("Accounts") or []
    if not accounts or set(targets) - {"Accounts"}:
        raise StackSetError("ValidationError", "A stack set with self-managed permissions needs a list of Accounts")
    foreign = [account for account in accounts if account != account_id()]
    if foreign:
        raise StackSetError("ValidationError", f"The local cloud has one account; it cannot reach {', '.join(foreign)}")
    unknown = [region for region in request["Regions"] if region not in regions.known()]
    if unknown:
        raise StackSetError("ValidationError", f"Region {unknown[0]} is not supported")
    return [(account, region) for region in request["Regions"] for account in accounts]


def _refuse_unsupported(request: dict[str, Any]) -> None:
    """What StackSets can do with AWS Organizations, which the local cloud does not have."""
    if request.get("PermissionModel", "SELF_MANAGED") != "SELF_MANAGED":
        raise StackSetError("ValidationError", "The local cloud supports only the permission model SELF_MANAGED")
    for name in ("AutoDeployment", "StackId"):
        if request.get(name):
            raise StackSetError("ValidationError", f"The local cloud does not support {name} of a stack set")
