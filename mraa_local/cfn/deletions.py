"""A resource that could not be deleted keeps what it depends on, as on AWS; the engine takes that away all the same.

So a stack whose deletion, or the rollback of whose creation, got stuck can be deleted by the next try: a stack set
still has the roles that it needs to delete its instances.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, stacks

HOOKED = (
    "ministack.services.cloudformation._stacks",
    "ministack.services.cloudformation.handlers._delete_stack_async",
    "ministack.services.cloudformation.handlers._roll_back_operation",
    "ministack.services.cloudformation.stacks._add_event",
    "ministack.services.cloudformation.stacks._delete_resource",
    "ministack.services.cloudformation.stacks._delete_stack_async",
    "ministack.services.cloudformation.stacks._roll_back_operation",
    "ministack.services.cloudformation.stacks._with_dependencies",
)


class _Resources(dict[str, Any]):
    """A stack's resources while they are deleted; those that an undeleted one needs are out of sight and stay."""

    def __init__(self, records: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
        super().__init__(records)
        self.definitions = definitions
        self.undeleted: set[str] = set()

    def is_needed(self, logical_id: str) -> bool:
        """True for what a resource that could not be deleted depends on."""
        needed = stacks._with_dependencies(self.undeleted, self.definitions, set(self))
        return logical_id in needed and logical_id not in self.undeleted

    def get(self, key: str, default: Any = None) -> Any:
        return default if self.is_needed(key) else super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        if key in self.undeleted or self.is_needed(key):
            return super().get(key, *default)
        return super().pop(key, *default)


_deleting: dict[tuple[str, str, str], _Resources] = {}  # account, Region, stack name


def _key(stack_name: str) -> tuple[str, str, str]:
    return get_account_id(), get_region(), stack_name


@contextmanager
def _watched(stack_name: str, stack: dict[str, Any], definitions: Mapping[str, Any]) -> Iterator[None]:
    key = _key(stack_name)
    resources = stack["_resources"] = _deleting[key] = _Resources(stack.get("_resources", {}), definitions)
    try:
        yield
    finally:
        del _deleting[key]
        if stack.get("_resources") is resources:
            stack["_resources"] = dict(resources)


def _keep_what_is_needed() -> None:
    delete_resource, add_event = stacks._delete_resource, stacks._add_event

    def watched_delete(
        resource_type: str, physical_id: str, props: dict[str, Any], stack_name: str = "", logical_id: str = ""
    ) -> None:
        resources = _deleting.get(_key(stack_name))
        if resources is not None and resources.is_needed(logical_id):
            return
        try:
            delete_resource(resource_type, physical_id, props, stack_name, logical_id)
        except Exception:
            if resources is not None:
                resources.undeleted.add(logical_id)
            raise

    def watched_event(stack_id: str, stack_name: str, logical_id: str, *args: Any, **kwargs: Any) -> None:
        resources = _deleting.get(_key(stack_name))
        if resources is None or not resources.is_needed(logical_id):
            add_event(stack_id, stack_name, logical_id, *args, **kwargs)

    stacks._delete_resource, stacks._add_event = watched_delete, watched_event


def _watch_deletions() -> None:
    original = stacks._delete_stack_async

    async def delete_stack_async(
        stack_name: str, stack_id: str, retain_resources: Iterable[str] = (), force: bool = False
    ) -> None:
        stack = cloudformation._stacks.get(stack_name)
        if not stack:
            return
        with _watched(stack_name, stack, (stack.get("_template") or {}).get("Resources", {})):
            await original(stack_name, stack_id, retain_resources, force)

    stacks._delete_stack_async = handlers._delete_stack_async = delete_stack_async


def _watch_rollbacks() -> None:
    original = stacks._roll_back_operation

    async def roll_back_operation(
        stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], reason_override: str = ""
    ) -> None:
        if operation.get("is_update"):
            await original(stack_name, stack_id, stack, operation, reason_override)
            return
        with _watched(stack_name, stack, (operation.get("template") or {}).get("Resources", {})):
            await original(stack_name, stack_id, stack, operation, reason_override)

    stacks._roll_back_operation = handlers._roll_back_operation = roll_back_operation


def install() -> None:
    """Wrap the engine's deletion and its rollback of a creation."""
    _keep_what_is_needed()
    _watch_deletions()
    _watch_rollbacks()
