"""What CloudFormation does around a resource operation, where the engine does less.

- A resource whose create failed half way (a bucket without its replication rule, a stack set with a failed instance, a
  custom resource that answered FAILED) is deleted by the rollback; the engine knows only what succeeded.
- The reason of a failed creation names the resource.
- An update says nothing about resources it did not change.
- Events carry the physical id and AWS's words, which people search for and the deployer reads.
"""

from collections.abc import Awaitable, Callable

from mraa_local.engine import resources, stacks
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import account_id, now, region
from mraa_local.engine.stacks import Event, Rollback

_unchanged: set[tuple[str, str, str, str]] = set()  # account, Region, stack name, logical id


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
    if failed and not operation.get("is_update") and not rollback.reason:
        reason = f"The following resource(s) failed to create: [{failed}]. Rollback requested by user."
        rollback = rollback._replace(reason=reason)
    await proceed(rollback)


def _note_unchanged(change: Change, proceed: Callable[[], Created]) -> Created:
    if change.old == change.new:
        _unchanged.add((account_id(), region(), change.stack_name, change.logical_id))
    return proceed()


def _add_event(event: Event, proceed: Callable[[Event], None]) -> None:
    key = (account_id(), region(), event.stack_name, event.logical_id)
    if event.status == "UPDATE_COMPLETE" and key in _unchanged:
        _unchanged.discard(key)
        _forget_started(stacks.events(event.stack_id), event.logical_id)
        return
    stack = stacks.find(event.stack_name) or {}
    if event.logical_id == event.stack_name and event.status.endswith("_IN_PROGRESS"):
        stack["StackStatusReason"] = ""  # that of the operation before
    if not event.physical_id:
        resource = stack.get("_resources", {}).get(event.logical_id, {})
        event = event._replace(physical_id=resource.get("PhysicalResourceId", ""))
    proceed(event)


def _forget_started(events: list[dict[str, str]], logical_id: str) -> None:
    for number in range(len(events) - 1, -1, -1):
        if events[number]["LogicalResourceId"] == logical_id:
            if events[number]["ResourceStatus"] == "UPDATE_IN_PROGRESS":
                del events[number]
            return


def install() -> None:
    """Wrap the engine's steps."""
    resources.around_create(_remember_half_created)
    resources.around_update(_note_unchanged)
    stacks.around_rollback(_roll_back)
    stacks.around_event(_add_event)
