"""Stacks: their records, events and exports, operations on them, and hooks around deletions, rollbacks and events.

A stack's record is the engine's own dictionary, in the words of DescribeStacks, with a few private keys: the resources
by logical id (``_resources``), the template (``_template``, ``_template_body``), ``_operation_events``.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers, stacks

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Stack = dict[str, Any]
STACK_TYPE = "AWS::CloudFormation::Stack"
GONE = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE")
# the reason of the event by which a resource that is being created gets its physical id
INITIATED = "Resource creation Initiated"


class Event(NamedTuple):
    """A stack event as it is added."""

    stack_id: str
    stack_name: str
    logical_id: str
    resource_type: str
    status: str
    reason: str = ""
    physical_id: str = ""
    detailed_status: str = ""


class Rollback(NamedTuple):
    """A rollback: of a stack's creation or (``operation["is_update"]``) update."""

    stack_name: str
    stack_id: str
    stack: Stack
    operation: dict[str, Any]
    reason: str = ""


def find(name: str) -> Stack | None:
    """The stack that has this name here; a deleted one keeps it until another takes it."""
    stack: Stack | None = cloudformation._stacks.get(name)
    return stack


def resolve(name_or_id: str) -> Stack | None:
    """The stack of this name or id."""
    stack: Stack | None = handlers._resolve_stack(name_or_id)
    return stack


def here() -> list[tuple[str, Stack]]:
    """The stacks of this account and Region, by the name or id they are filed under."""
    return list(cloudformation._stacks.items())


def everywhere() -> Iterable[Stack]:
    """The stacks of every account and Region."""
    return list(cloudformation._stacks.all_values())


def forget(name: str) -> None:
    """Remove a stack's record: it never existed."""
    cloudformation._stacks.pop(name, None)


def file_under_id(name: str) -> None:
    """Free the stack's name; the stack is found by its id from now on."""
    stack = cloudformation._stacks.pop(name)
    cloudformation._stacks[stack["StackId"]] = stack


def events(stack_id: str) -> list[dict[str, Any]]:
    """The stack's events, oldest first: the very list, so that one can be taken out."""
    found: list[dict[str, Any]] = cloudformation._stack_events.get(stack_id, [])
    return found


def add_event(event: Event) -> None:
    """Add an event to its stack."""
    stacks._add_event(*event)


def is_own(event: Event) -> bool:
    """Whether an event is about the stack itself."""
    return event.resource_type == STACK_TYPE and event.logical_id == event.stack_name


def exports() -> dict[str, dict[str, Any]]:
    """What the stacks here export: name -> ``{"StackId": ..., "Value": ...}``."""
    return dict(cloudformation._exports.items())


def drop_export(name: str) -> None:
    """Remove an export."""
    cloudformation._exports.pop(name, None)


def imported_names(stack: Stack, stack_name: str) -> set[str]:
    """The names of the exports that a stack imports."""
    return set(handlers._imported_export_names(stack, stack_name))


def operate(action: str, params: dict[str, list[str]]) -> Answer:
    """CreateStack, UpdateStack, DeleteStack or DetectStackDrift, called from inside and not by the API."""
    operations: dict[str, Callable[[dict[str, list[str]]], Answer]] = {
        "CreateStack": handlers._create_stack,
        "UpdateStack": handlers._update_stack,
        "DeleteStack": handlers._delete_stack,
        "DetectStackDrift": handlers._detect_stack_drift,
    }
    return operations[action](params)


def refuse_operations(reason: Callable[[], str]) -> None:
    """Refuse operations that are called from inside, as unavailable, while ``reason`` returns a text."""

    def guarded(operation: Callable[[Any], Answer]) -> Callable[[Any], Answer]:
        def guard(params: Any) -> Answer:
            refused: Answer | None = helpers._error("ServiceUnavailable", reason(), 503) if reason() else None
            return refused or operation(params)

        return guard

    handlers._create_stack = guarded(handlers._create_stack)
    handlers._update_stack = guarded(handlers._update_stack)
    handlers._delete_stack = guarded(handlers._delete_stack)


def around_event(around: Callable[[Event, Callable[[Event], None]], None]) -> None:
    """Have ``around`` add every event; its second argument calls the engine's own."""
    original = stacks._add_event

    def add(*fields: str, **more: str) -> None:
        around(Event(*fields, **more), lambda event: original(*event))

    rebind(original, add)


def around_rollback(around: Callable[[Rollback, Callable[[Rollback], Awaitable[None]]], Awaitable[None]]) -> None:
    """Have ``around`` roll back every operation."""
    original = stacks._roll_back_operation

    async def roll_back(
        stack_name: str, stack_id: str, stack: Stack, operation: dict[str, Any], reason_override: str = ""
    ) -> None:
        await around(
            Rollback(stack_name, stack_id, stack, operation, reason_override), lambda rollback: original(*rollback)
        )

    stacks._roll_back_operation = handlers._roll_back_operation = roll_back


def around_deletion(around: Callable[[str, Stack, Callable[[], Awaitable[None]]], Awaitable[None]]) -> None:
    """Have ``around`` delete every stack that still exists: (name, stack, go on)."""
    original = stacks._delete_stack_async

    async def delete(stack_name: str, stack_id: str, retain: Iterable[str] = (), force: bool = False) -> None:
        stack = find(stack_name)
        if stack:
            await around(stack_name, stack, lambda: original(stack_name, stack_id, retain, force))

    stacks._delete_stack_async = handlers._delete_stack_async = delete


def check_exports(check: Callable[[str, dict[str, dict[str, str]]], None]) -> None:
    """Have ``check(stack id, exports by name)`` see a stack's exports before they are published; it may raise."""
    original = stacks._resolve_stack_outputs

    def resolve_stack_outputs(definitions: Any, conditions: Any, *more: Any) -> Any:
        outputs, exported = original(definitions, conditions, *more)
        check(more[-1], exported)
        return outputs, exported

    stacks._resolve_stack_outputs = resolve_stack_outputs


def needed_by(logical_ids: set[str], definitions: Mapping[str, Any], present: set[str]) -> set[str]:
    """The resources and everything among ``present`` that they depend on."""
    return set(stacks._with_dependencies(logical_ids, definitions, present))
