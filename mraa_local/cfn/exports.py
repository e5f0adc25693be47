"""Exports that other stacks import: kept, as on AWS.

A deletion is accepted and then canceled: the stack is what it was, with a reason and an event that say so. An update
that would take the export away or change it fails. A name that another stack exports cannot be exported again.
"""

from collections.abc import Iterator
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers, stacks

from mraa_local import hooks

HOOKED = (
    "ministack.services.cloudformation._exports",
    "ministack.services.cloudformation._stacks",
    "ministack.services.cloudformation.handlers._ACTION_HANDLERS",
    "ministack.services.cloudformation.handlers._delete_stack",
    "ministack.services.cloudformation.handlers._imported_export_names",
    "ministack.services.cloudformation.handlers._resolve_stack",
    "ministack.services.cloudformation.helpers._xml",
    "ministack.services.cloudformation.stacks._add_event",
    "ministack.services.cloudformation.stacks._resolve_stack_outputs",
)

Stack = dict[str, Any]
_GONE = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE")


def importers(export_name: str) -> list[str]:
    """The names of the stacks that import it, in this account and Region."""
    return [
        name
        for name, stack in sorted(cloudformation._stacks.items())
        if stack["StackStatus"] not in _GONE and export_name in handlers._imported_export_names(stack, name)
    ]


def exported_by(stack_id: str) -> Iterator[tuple[str, str]]:
    """Names and values that the stack exports now."""
    for name, export in list(cloudformation._exports.items()):
        if export["StackId"] == stack_id:
            yield name, export["Value"]


def check(stack_id: str, exports: dict[str, dict[str, str]]) -> None:
    """Raise ValueError where the stack may not export just these."""
    for name in exports:
        other = cloudformation._exports.get(name)
        if other is not None and other["StackId"] != stack_id:
            raise ValueError(f"Export with name {name} is already exported by stack {other['StackId'].split('/')[1]}.")
    for name, value in exported_by(stack_id):
        kept = name in exports and exports[name]["Value"] == value
        users = [] if kept else importers(name)
        if users:
            verb = "updated" if name in exports else "deleted"
            raise ValueError(f"Export {name} cannot be {verb} as it is in use by {', '.join(users)}")


def _keep_on_update() -> None:
    original = stacks._resolve_stack_outputs

    def resolve_stack_outputs(outputs_defs: Any, conditions: Any, *more: Any) -> Any:
        outputs, exports = original(outputs_defs, conditions, *more)
        stack_id = more[-1]
        check(stack_id, exports)
        for name, _ in exported_by(stack_id):
            if name not in exports:
                cloudformation._exports.pop(name, None)  # the engine only adds
        return outputs, exports

    stacks._resolve_stack_outputs = resolve_stack_outputs


def _keep_on_delete() -> None:
    original = handlers._delete_stack

    def delete_stack(params: dict[str, list[str]]) -> Any:
        stack = handlers._resolve_stack(helpers._p(params, "StackName"))
        if stack is None or stack["StackStatus"] in _GONE or stack.get("EnableTerminationProtection"):
            return original(params)
        for name, _ in exported_by(stack["StackId"]):
            users = importers(name)
            if users:
                _cancel(stack, f"Delete canceled. Cannot delete export {name} as it is in use by {', '.join(users)}.")
                return helpers._xml(200, "DeleteStackResponse", "")
        return original(params)

    hooks.rebind(original, delete_stack)
    handlers._ACTION_HANDLERS["DeleteStack"] = delete_stack


def _cancel(stack: Stack, reason: str) -> None:
    """Say that a deletion began and was canceled; the stack stays what it was."""
    told = (stack["StackId"], stack["StackName"], stack["StackName"], "AWS::CloudFormation::Stack")
    stacks._add_event(*told, "DELETE_IN_PROGRESS", "User Initiated", stack["StackId"])
    stacks._add_event(*told, stack["StackStatus"], reason, stack["StackId"])
    stack["StackStatusReason"], stack["LastUpdatedTime"] = reason, now_iso()


def install() -> None:
    """Check before stacks publish their outputs, and before they are deleted."""
    _keep_on_update()
    _keep_on_delete()
