"""The one place to look at what a stack is about to do to a resource, and to refuse it."""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import stacks

from mraa_local.cfn.permissions import Change

HOOKED = (
    "ministack.services.cloudformation.stacks._delete_resource",
    "ministack.services.cloudformation.stacks._provision_resource",
    "ministack.services.cloudformation.stacks._update_resource",
)


def before(look: Callable[[Change], None]) -> None:
    """Have ``look`` see every change that a stack makes to a resource; what it raises is why the change fails.

    An update that changes nothing is none. Who asks last is asked first.
    """
    provision, update, delete = stacks._provision_resource, stacks._update_resource, stacks._delete_resource

    def provision_resource(resource_type: str, logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        look(Change(resource_type, stack_name, logical_id, "", {}, props))
        return provision(resource_type, logical_id, props, stack_name)

    def update_resource(
        resource_type: str,
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str = "",
        old_attrs: dict[str, Any] | None = None,
    ) -> Any:
        if old_props != new_props:
            look(Change(resource_type, stack_name, logical_id, physical_id, old_props, new_props))
        return update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)

    def delete_resource(
        resource_type: str, physical_id: str, props: dict[str, Any], stack_name: str = "", logical_id: str = ""
    ) -> None:
        look(Change(resource_type, stack_name, logical_id, physical_id, props, {}, is_delete=True))
        delete(resource_type, physical_id, props, stack_name, logical_id)

    stacks._provision_resource = provision_resource
    stacks._update_resource = update_resource
    stacks._delete_resource = delete_resource
