"""What CloudFormation does around a resource operation, where the engine does less.

- A resource whose create failed half way (a bucket without its replication rule, a stack set with a failed instance, a
  custom resource that answered FAILED) is deleted by the rollback; the engine knows only what succeeded.
- The reason of a failed creation names the resource.
- Why a stack is rolled back stands on the event that begins it; the engine adds a failure of the stack before it.
- Events carry the physical id and AWS's words, which people search for and the deployer reads.
"""

from collections.abc import Awaitable, Callable

from mraa_local.engine import resources, stacks
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import now
from mraa_local.engine.stacks import Event, Rollback

_BEGINNINGS = ("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


class HalfCreated(Exception):
    """A creation failed after the resource had been created, so that it has to be deleted."""

    def __init__(self, physical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


def _remember_half_created(change: Change, proceed: Callable[[], Created]) -> Created:
    try:
        return proceed()
    except HalfCreated as error:
        stack = stacks.find(change.stack_name)
        assert stack is not None
        stack["_resources"][change.logical_id] = {
            "PhysicalResourceId": error.physical_id,
            "ResourceType": change.resource_type,
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": str(error),
            "LogicalResourceId": change.logical_id,
            "Properties": change.new,
            "Attributes": {},
            "Timestamp": now(),
        }
        raise


async def _roll_back(rollback: Rollback, proceed: Callable[[Rollback], Awaitable[None]]) -> None:
    operation = rollback.operation
    failed = operation.get("failed_logical_id")
    if failed and failed in rollback.stack["_resources"] and operation.get("failed_update") is None:
        operation["created"] = [*operation.get("created", ()), failed]
    reason = rollback.reason
    if failed and not operation.get("is_update") and not reason:
        reason = f"The following resource(s) failed to create: [{failed}]. Rollback requested by user."
    elif not failed and not operation.get("cancelled") and not reason:
        reason = _own_failure(rollback.stack_id)
        if reason and not operation.get("is_update"):
            reason = f"{reason} Rollback requested by user."
    await proceed(rollback._replace(reason=reason))


def _own_failure(stack_id: str) -> str:
    """The reason of the failure that the engine has just put on the stack itself, which is taken off it."""
    events = stacks.events(stack_id)
    last = events[-1] if events else {}
    if last.get("PhysicalResourceId") != stack_id or not last["ResourceStatus"].endswith("_FAILED"):
        return ""
    events.pop()
    return str(last["ResourceStatusReason"])


def _add_event(event: Event, proceed: Callable[[Event], None]) -> None:
    stack = stacks.find(event.stack_name) or {}
    if stacks.is_own(event):
        if event.status.endswith("_IN_PROGRESS"):
            stack["StackStatusReason"] = ""  # that of the operation before
        if event.status in _BEGINNINGS and not event.reason:
            event = event._replace(reason="User Initiated")
        if event.status == "ROLLBACK_COMPLETE":
            event = event._replace(reason="")
        if event.status == "DELETE_COMPLETE":
            stack["DeletionTime"] = now()
    if not event.physical_id:
        resource = stack.get("_resources", {}).get(event.logical_id, {})
        event = event._replace(physical_id=resource.get("PhysicalResourceId", ""))
    proceed(event)


def install() -> None:
    """Wrap the engine's steps."""
    resources.around_create(_remember_half_created)
    stacks.around_rollback(_roll_back)
    stacks.around_event(_add_event)
