"""Exports that other stacks import: kept, as on AWS.

A deletion is accepted and then canceled: the stack is what it was, with a reason and an event that say so. An update
that would take the export away or change it fails. A name that another stack exports cannot be exported again.
"""

from collections.abc import Callable, Iterator

from mraa_local.engine import actions, stacks
from mraa_local.engine.actions import Params
from mraa_local.engine.scope import Answer, now
from mraa_local.engine.stacks import GONE, Event, Stack


def importers(export_name: str) -> list[str]:
    """The names of the stacks that import it, in this account and Region."""
    return [
        name
        for name, stack in sorted(stacks.here())
        if stack["StackStatus"] not in GONE and export_name in stacks.imported_names(stack, name)
    ]


def exported_by(stack_id: str) -> Iterator[tuple[str, str]]:
    """Names and values that the stack exports now."""
    for name, export in stacks.exports().items():
        if export["StackId"] == stack_id:
            yield name, export["Value"]


def check(stack_id: str, exports: dict[str, dict[str, str]]) -> None:
    """Raise ValueError where the stack may not export just these."""
    exported = stacks.exports()
    for name in exports:
        other = exported.get(name)
        if other is not None and other["StackId"] != stack_id:
            raise ValueError(f"Export with name {name} is already exported by stack {other['StackId'].split('/')[1]}.")
    for name, value in exported_by(stack_id):
        kept = name in exports and exports[name]["Value"] == value
        users = [] if kept else importers(name)
        if users:
            verb = "updated" if name in exports else "deleted"
            raise ValueError(f"Export {name} cannot be {verb} as it is in use by {', '.join(users)}")


def _check_update(stack_id: str, exports: dict[str, dict[str, str]]) -> None:
    check(stack_id, exports)
    for name, _ in exported_by(stack_id):
        if name not in exports:
            stacks.drop_export(name)  # the engine only adds


def _delete_stack(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    stack = stacks.resolve(actions.parameter(params, "StackName"))
    if stack is None or stack["StackStatus"] in GONE or stack.get("EnableTerminationProtection"):
        return proceed(params)
    for name, _ in exported_by(stack["StackId"]):
        users = importers(name)
        if users:
            _cancel(stack, f"Delete canceled. Cannot delete export {name} as it is in use by {', '.join(users)}.")
            return actions.success("DeleteStack")
    return proceed(params)


def _cancel(stack: Stack, reason: str) -> None:
    """Say that a deletion began and was canceled; the stack stays what it was."""
    stack_id, name = stack["StackId"], stack["StackName"]
    for status, why in (("DELETE_IN_PROGRESS", "User Initiated"), (stack["StackStatus"], reason)):
        stacks.add_event(Event(stack_id, name, name, "AWS::CloudFormation::Stack", status, why, stack_id))
    stack["StackStatusReason"], stack["LastUpdatedTime"] = reason, now()


def install() -> None:
    """Check before stacks publish their outputs, and before they are deleted."""
    stacks.check_exports(_check_update)
    actions.around_delete_stack(_delete_stack)
