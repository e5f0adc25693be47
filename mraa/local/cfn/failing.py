"""Resources that fail by command, to rehearse a deployment that goes wrong: named by Region and logical id.

A resource that is to fail does so whenever a stack creates or updates it, after everything real was checked.
"""

from typing import Any

from ministack.core.responses import get_region
from ministack.services.cloudformation import stacks

from mraa.local.cfn.reasons import handler_message

HOOKED = (
    "ministack.core.responses.get_region",
    "ministack.services.cloudformation.stacks._provision_resource",
    "ministack.services.cloudformation.stacks._update_resource",
)

REASON = "Failed by command (mraa local fault resource)."

_failing: set[tuple[str, str]] = set()


def set_failing(region: str, logical_id: str, *, is_failing: bool) -> None:
    """Let the resource fail from now on, or no more."""
    if is_failing:
        _failing.add((region, logical_id))
    else:
        _failing.discard((region, logical_id))


def describe() -> list[dict[str, str]]:
    """What is to fail."""
    return [{"region": region, "logicalId": logical_id} for region, logical_id in sorted(_failing)]


def _refuse(logical_id: str) -> None:
    if (get_region(), logical_id) in _failing:
        raise ValueError(handler_message(REASON, "GeneralServiceException"))


def install() -> None:
    """Look before every creation and update of a resource."""
    provision, update = stacks._provision_resource, stacks._update_resource

    def provision_resource(resource_type: str, logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        _refuse(logical_id)
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
            _refuse(logical_id)
        return update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)

    stacks._provision_resource = provision_resource
    stacks._update_resource = update_resource
