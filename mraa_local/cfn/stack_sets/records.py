"""What the local cloud remembers about stack sets, in the words and shapes of the CloudFormation API.

The records are plain dictionaries, so that the engine's persistence can write them as JSON. A deleted stack set stays
readable by its id, as on AWS.
"""

from typing import Any, NotRequired, TypedDict

from mraa_local.engine import stores
from mraa_local.engine.scope import account_id, new_id, now, region

STORE = stores.new_store()  # StackSetId -> StackSet, in the Region of its administration


# the statuses with which the API's model refuses; a test compares them with botocore's
STATUSES = {
    "NameAlreadyExistsException": 409,
    "OperationIdAlreadyExistsException": 409,
    "OperationInProgressException": 409,
    "OperationNotFoundException": 404,
    "StackInstanceNotFoundException": 404,
    "StackNotFoundException": 404,
    "StackSetNotEmptyException": 409,
    "StackSetNotFoundException": 404,
}


class StackSetError(Exception):
    """An API call that CloudFormation refuses, with AWS's error code, words and HTTP status."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = STATUSES.get(code, 400)


class StackInstance(TypedDict):
    """One stack of a stack set: its account and Region, and its status."""

    StackSetId: str
    Account: str
    Region: str
    StackId: str
    ParameterOverrides: list[dict[str, str]]
    Status: str
    DetailedStatus: str
    StatusReason: str
    LastOperationId: str
    DriftStatus: NotRequired[str]  # once drift was detected
    LastDriftCheckTimestamp: NotRequired[str]


class OperationResult(TypedDict):
    """How an operation went in one account and Region."""

    Account: str
    Region: str
    Status: str
    StatusReason: str


class Operation(TypedDict):
    """One operation on a stack set; ``Results`` in the order in which the instances were started."""

    OperationId: str
    StackSetId: str
    Action: str
    Status: str
    OperationPreferences: dict[str, Any]
    RetainStacks: bool
    IsImport: bool
    AdministrationRoleARN: str
    ExecutionRoleName: str
    CreationTimestamp: str
    EndTimestamp: str
    Results: list[OperationResult]


class StackSet(TypedDict):
    """A stack set; ``Instances`` by ``account/region``, ``Operations`` by id, oldest first."""

    StackSetName: str
    StackSetId: str
    StackSetARN: str
    Description: str
    Status: str
    TemplateBody: str
    Parameters: list[dict[str, str]]
    Capabilities: list[str]
    Tags: list[dict[str, str]]
    AdministrationRoleARN: str
    ExecutionRoleName: str
    PermissionModel: str
    ManagedExecution: dict[str, Any]
    Instances: dict[str, StackInstance]
    Operations: dict[str, Operation]


def find(name_or_id: str) -> StackSet:
    """The active stack set of that name, or the one of that id even if it is deleted; raises StackSetError."""
    by_id: StackSet | None = STORE.get(name_or_id)
    if by_id is not None:
        return by_id
    for stack_set in active():
        if stack_set["StackSetName"] == name_or_id:
            return stack_set
    raise StackSetError("StackSetNotFoundException", f"StackSet {name_or_id} not found")


def find_active(name_or_id: str) -> StackSet:
    """Like ``find``, for the calls that change something."""
    stack_set = find(name_or_id)
    if stack_set["Status"] != "ACTIVE":
        raise StackSetError("StackSetNotFoundException", f"StackSet {name_or_id} not found")
    return stack_set


def exists(name_or_id: str) -> bool:
    """Whether an active stack set has that name or id."""
    return any(name_or_id in (of["StackSetName"], of["StackSetId"]) for of in active())


def active() -> list[StackSet]:
    """The stack sets of this account and Region that are not deleted."""
    return [stack_set for stack_set in STORE.values() if stack_set["Status"] == "ACTIVE"]


def new_stack_set(name: str) -> StackSet:
    """An empty stack set, not yet stored."""
    stack_set_id = f"{name}:{new_id()}"
    return {
        "StackSetName": name,
        "StackSetId": stack_set_id,
        "StackSetARN": f"arn:aws:cloudformation:{region()}:{account_id()}:stackset/{stack_set_id}",
        "Description": "",
        "Status": "ACTIVE",
        "TemplateBody": "",
        "Parameters": [],
        "Capabilities": [],
        "Tags": [],
        "AdministrationRoleARN": f"arn:aws:iam::{account_id()}:role/AWSCloudFormationStackSetAdministrationRole",
        "ExecutionRoleName": "AWSCloudFormationStackSetExecutionRole",
        "PermissionModel": "SELF_MANAGED",
        "ManagedExecution": {"Active": False},
        "Instances": {},
        "Operations": {},
    }


def new_instance(stack_set: StackSet, account: str, region: str, overrides: list[dict[str, str]]) -> StackInstance:
    """A stack instance that has no stack yet, not yet stored."""
    return {
        "StackSetId": stack_set["StackSetId"],
        "Account": account,
        "Region": region,
        "StackId": "",
        "ParameterOverrides": overrides,
        "Status": "OUTDATED",
        "DetailedStatus": "PENDING",
        "StatusReason": "",
        "LastOperationId": "",
    }


def new_operation(
    stack_set: StackSet, action: str, preferences: dict[str, Any], operation_id: str, *, retain: bool
) -> Operation:
    """A running operation, not yet stored."""
    return {
        "OperationId": operation_id or new_id(),
        "StackSetId": stack_set["StackSetId"],
        "Action": action,
        "Status": "RUNNING",
        "OperationPreferences": preferences,
        "RetainStacks": retain,
        "IsImport": False,
        "AdministrationRoleARN": stack_set["AdministrationRoleARN"],
        "ExecutionRoleName": stack_set["ExecutionRoleName"],
        "CreationTimestamp": now(),
        "EndTimestamp": "",
        "Results": [],
    }


def find_operation(stack_set: StackSet, operation_id: str) -> Operation:
    """The operation of that id; raises StackSetError."""
    operation = stack_set["Operations"].get(operation_id)
    if operation is None:
        raise StackSetError("OperationNotFoundException", f"Operation {operation_id} not found")
    return operation


def find_instance(stack_set: StackSet, account: str, region: str) -> StackInstance:
    """The stack instance in that account and Region; raises StackSetError."""
    instance = stack_set["Instances"].get(f"{account}/{region}")
    if instance is None:
        raise StackSetError(
            "StackInstanceNotFoundException",
            f"Stack instance not found for account [{account}] and region [{region}] in StackSet "
            f"[{stack_set['StackSetId']}]",
        )
    return instance
