"""The events of an update as CloudFormation gives them, where the engine says UPDATE of every resource.

- A resource that the update adds is created: CREATE_IN_PROGRESS, CREATE_COMPLETE or CREATE_FAILED.
- A resource that the update does not change has no event, and keeps its status.
- What was removed or replaced is deleted in the clean-up, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, with events of its own.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mraa_local.cfn.change_sets.recreation import recreation
from mraa_local.engine import resources, stacks
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import account_id, region
from mraa_local.engine.stacks import Event, Stack

AFTER = ("cfn.deletions", "cfn.lifecycle", "cfn.permissions", "cfn.strict", "faults.resources")

_CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


@dataclass
class _Update:
    """One update of a stack. ``started`` are resources of which it is not known yet whether they change."""

    started: dict[str, tuple[Event, Callable[[Event], None], dict[str, Any]]] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    is_cleaning_up: bool = False

    def begin(self, logical_id: str) -> None:
        """Let a resource that changes have the event that says so."""
        if logical_id in self.started:
            event, proceed, _ = self.started.pop(logical_id)
            proceed(event)


_updates: dict[tuple[str, str, str], _Update] = {}  # account, Region, stack name


def install() -> None:
    """Wrap the events, and what happens to each resource."""
    stacks.around_event(_add_event)
    resources.around_update(_update)
    resources.around_delete(_delete)


def _key(stack_name: str) -> tuple[str, str, str]:
    return account_id(), region(), stack_name


def _add_event(event: Event, proceed: Callable[[Event], None]) -> None:
    key = _key(event.stack_name)
    if stacks.is_own(event):
        if event.status == "UPDATE_IN_PROGRESS":
            _updates[key] = _Update()
        elif event.status == "UPDATE_COMPLETE" and key in _updates:
            _begin_cleanup(event, _updates.pop(key), proceed)
        elif not event.status.endswith("_IN_PROGRESS"):
            _updates.pop(key, None)
        proceed(event)
    elif key in _updates:
        _add_of_resource(event, _updates[key], proceed)
    else:
        _initiated(event, proceed, "CREATE")
        proceed(event)


def _add_of_resource(event: Event, update: _Update, proceed: Callable[[Event], None]) -> None:
    name, status = event.logical_id, event.status
    stack = stacks.find(event.stack_name) or {}
    is_forward = stack.get("StackStatus") == "UPDATE_IN_PROGRESS"
    if status.startswith("DELETE_") and is_forward:
        _begin_cleanup(event, update, proceed)
    elif is_forward and status == "UPDATE_IN_PROGRESS" and name not in stack["_resources"]:
        update.added.add(name)
    elif status == "UPDATE_IN_PROGRESS":
        if event.reason == _REPLACING:
            update.replaced.add(name)
        update.started[name] = event, proceed, stack["_resources"].get(name, {})
        return
    elif status == "UPDATE_COMPLETE" and name in update.started:
        _, _, before = update.started.pop(name)
        _keep_status(stack, name, before)
        return
    elif status == "UPDATE_FAILED":
        update.begin(name)
    if is_forward and name in update.added:
        event = event._replace(status=status.replace("UPDATE_", "CREATE_"))
        _keep_status(stack, name, {"ResourceStatus": event.status})
        _initiated(event, proceed, "CREATE")
    elif name in update.replaced:
        _initiated(event, proceed, "UPDATE")
    proceed(event)


def _initiated(event: Event, proceed: Callable[[Event], None], verb: str) -> None:
    """Before a resource is complete: it was created, and has a physical id. A nested stack has said so itself."""
    is_new = event.status == f"{verb}_COMPLETE" and event.physical_id
    if is_new and not (verb == "CREATE" and event.resource_type == stacks.STACK_TYPE):
        proceed(event._replace(status=f"{verb}_IN_PROGRESS", reason=stacks.INITIATED))


def _keep_status(stack: Stack, logical_id: str, before: dict[str, Any]) -> None:
    kept = {name: before[name] for name in ("ResourceStatus", "Timestamp") if name in before}
    if logical_id in stack.get("_resources", {}):
        stack["_resources"][logical_id] |= kept


def _begin_cleanup(event: Event, update: _Update, proceed: Callable[[Event], None]) -> None:
    if update.is_cleaning_up:
        return
    update.is_cleaning_up = True
    stack = stacks.find(event.stack_name) or {}
    name, stack_id = event.stack_name, event.stack_id
    if stack.get("StackStatus") == "UPDATE_IN_PROGRESS":
        stack["StackStatus"] = _CLEANUP
    proceed(Event(stack_id, name, name, stacks.STACK_TYPE, _CLEANUP, "", stack_id))


def _update(change: Change, proceed: Callable[[], Created]) -> Created:
    update = _updates.get(_key(change.stack_name))
    if update is not None and change.old != change.new:
        if change.logical_id in update.started and _replaces(change):
            event, add, before = update.started[change.logical_id]
            update.started[change.logical_id] = event._replace(reason=_REPLACING), add, before
            update.replaced.add(change.logical_id)
        update.begin(change.logical_id)
    return proceed()


def _replaces(change: Change) -> bool:
    """Whether a property changes that cannot be changed in place."""
    names = {name for name in (*change.old, *change.new) if change.touches(name)}
    return any(recreation(change.resource_type, name) == "Always" for name in names)


def _delete(change: Change, proceed: Callable[[], None]) -> None:
    stack = stacks.find(change.stack_name) or {}
    if stack.get("StackStatus") not in ("UPDATE_IN_PROGRESS", _CLEANUP):
        proceed()
        return
    event = Event(
        stack["StackId"], change.stack_name, change.logical_id, change.resource_type, "DELETE_IN_PROGRESS", "",
        change.physical_id,
    )  # fmt: skip
    stacks.add_event(event)
    proceed()
    stacks.add_event(event._replace(status="DELETE_COMPLETE"))
