"""What CloudFormation does around a resource operation, where the engine does less.

- A resource whose create failed half way (a bucket without its replication rule, a stack set with a failed instance, a
  custom resource that answered FAILED) is deleted by the rollback; the engine knows only what succeeded.
- An update that fails half way is sent back to the old properties.
- An update says nothing about resources it did not change.
- Events carry the physical id and AWS's words, which people search for and the deployer reads.
"""

from typing import Any

from ministack.core.responses import get_account_id, get_region, now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, stacks

HOOKED = (
    "ministack.services.cloudformation._stack_events",
    "ministack.services.cloudformation._stacks",
    "ministack.services.cloudformation.handlers._roll_back_operation",
    "ministack.services.cloudformation.stacks._add_event",
    "ministack.services.cloudformation.stacks._provision_resource",
    "ministack.services.cloudformation.stacks._roll_back_operation",
    "ministack.services.cloudformation.stacks._sends_back_failed_update",
    "ministack.services.cloudformation.stacks._update_resource",
)

# their update handlers take several steps, any of which can fail
_SEVERAL_STEPS = {"AWS::CloudFormation::StackSet", "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket"}

_unchanged: set[tuple[str, str, str, str]] = set()  # account, Region, stack name, logical id


class HalfCreated(Exception):
    """A create failed after the resource had come into being, so that it has to be deleted."""

    def __init__(self, physical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


def _remember_half_created() -> None:
    original = stacks._provision_resource

    def provision_resource(resource_type: str, logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        try:
            return original(resource_type, logical_id, props, stack_name)
        except HalfCreated as error:
            cloudformation._stacks[stack_name]["_resources"][logical_id] = {
                "PhysicalResourceId": error.physical_id,
                "ResourceType": resource_type,
                "ResourceStatus": "CREATE_FAILED",
                "ResourceStatusReason": str(error),
                "LogicalResourceId": logical_id,
                "Properties": props,
                "Attributes": {},
                "Timestamp": now_iso(),
            }
            raise

    stacks._provision_resource = provision_resource


def _roll_back_like_aws() -> None:
    original = stacks._roll_back_operation

    async def roll_back_operation(
        stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], reason_override: str = ""
    ) -> None:
        failed = operation.get("failed_logical_id")
        if failed and failed in stack["_resources"] and operation.get("failed_update") is None:
            operation["created"] = [*operation.get("created", ()), failed]
        if failed and not operation.get("is_update") and not reason_override:
            reason_override = f"The following resource(s) failed to create: [{failed}]. Rollback requested by user."
        await original(stack_name, stack_id, stack, operation, reason_override)

    stacks._roll_back_operation = handlers._roll_back_operation = roll_back_operation

    sends_back = stacks._sends_back_failed_update

    def sends_back_failed_update(resource_type: str) -> bool:
        return resource_type in _SEVERAL_STEPS or bool(sends_back(resource_type))

    stacks._sends_back_failed_update = sends_back_failed_update


def _speak_of_changes_only() -> None:
    original_update, original_event = stacks._update_resource, stacks._add_event

    def update_resource(
        resource_type: str,
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str = "",
        old_attrs: dict[str, Any] | None = None,
    ) -> Any:
        if old_props == new_props:
            _unchanged.add((get_account_id(), get_region(), stack_name, logical_id))
        return original_update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)

    def add_event(
        stack_id: str,
        stack_name: str,
        logical_id: str,
        resource_type: str,
        status: str,
        reason: str = "",
        physical_id: str = "",
        detailed_status: str = "",
    ) -> None:
        key = (get_account_id(), get_region(), stack_name, logical_id)
        if status == "UPDATE_COMPLETE" and key in _unchanged:
            _unchanged.discard(key)
            _forget_started(cloudformation._stack_events[stack_id], logical_id)
            return
        stack = cloudformation._stacks.get(stack_name) or {}
        if logical_id == stack_name and status.endswith("_IN_PROGRESS"):
            stack["StackStatusReason"] = ""  # that of the operation before
        if not physical_id:
            resources = stack.get("_resources", {})
            physical_id = resources.get(logical_id, {}).get("PhysicalResourceId", "")
        original_event(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, detailed_status)

    stacks._update_resource, stacks._add_event = update_resource, add_event


def _forget_started(events: list[dict[str, Any]], logical_id: str) -> None:
    for number in range(len(events) - 1, -1, -1):
        if events[number]["LogicalResourceId"] == logical_id:
            if events[number]["ResourceStatus"] == "UPDATE_IN_PROGRESS":
                del events[number]
            return


def install() -> None:
    """Wrap the engine's steps."""
    _remember_half_created()
    _roll_back_like_aws()
    _speak_of_changes_only()
