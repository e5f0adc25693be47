"""What a stack is about to do to a resource: seen before, or done around.

Who is installed last is called first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services.cloudformation import stacks

from mraa_local.engine.resource_types import Created


@dataclass(frozen=True)
class Change:
    """A resource that is created (no physical id yet), updated, or deleted (no new properties)."""

    resource_type: str
    stack_name: str
    logical_id: str
    physical_id: str
    old: dict[str, Any]
    new: dict[str, Any]
    is_delete: bool = False

    @property
    def is_create(self) -> bool:
        """Whether the resource does not exist yet."""
        return not self.physical_id

    @property
    def current(self) -> dict[str, Any]:
        """The properties that say which resource it is: the new ones, and the old ones at a deletion."""
        return self.old if self.is_delete else self.new

    def sets(self, name: str) -> bool:
        """Whether the property is set to something it was not."""
        return bool(self.new.get(name)) and self.new.get(name) != self.old.get(name)

    def touches(self, name: str) -> bool:
        """Whether the property is set, changed or dropped."""
        return self.new.get(name) != self.old.get(name)


def before_change(look: Callable[[Change], None]) -> None:
    """Have ``look`` see every change, updates that change nothing excepted; what it raises is why the change fails."""

    def first(change: Change, proceed: Callable[[], Any]) -> Any:
        if change.is_create or change.is_delete or change.old != change.new:
            look(change)
        return proceed()

    around_create(first)
    around_update(first)
    around_delete(first)


def around_create(around: Callable[[Change, Callable[[], Created]], Created]) -> None:
    """Have ``around`` create every resource; its second argument calls the engine's own."""
    provision = stacks._provision_resource

    def provision_resource(resource_type: str, logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
        change = Change(resource_type, stack_name, logical_id, "", {}, props)
        return around(change, lambda: provision(resource_type, logical_id, props, stack_name))

    stacks._provision_resource = provision_resource


def around_update(around: Callable[[Change, Callable[[], Created]], Created]) -> None:
    """Have ``around`` update every resource, those whose properties are the same included."""
    update = stacks._update_resource

    def update_resource(
        resource_type: str,
        physical_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack_name: str,
        logical_id: str = "",
        old_attributes: dict[str, Any] | None = None,
    ) -> Created:
        change = Change(resource_type, stack_name, logical_id, physical_id, old, new)
        return around(
            change, lambda: update(resource_type, physical_id, old, new, stack_name, logical_id, old_attributes)
        )

    stacks._update_resource = update_resource


def around_delete(around: Callable[[Change, Callable[[], None]], None]) -> None:
    """Have ``around`` delete every resource."""
    delete = stacks._delete_resource

    def delete_resource(
        resource_type: str, physical_id: str, props: dict[str, Any], stack_name: str = "", logical_id: str = ""
    ) -> None:
        change = Change(resource_type, stack_name, logical_id, physical_id, props, {}, is_delete=True)
        around(change, lambda: delete(resource_type, physical_id, props, stack_name, logical_id))

    stacks._delete_resource = delete_resource
