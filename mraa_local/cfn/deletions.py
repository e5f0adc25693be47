"""A resource that could not be deleted keeps what it depends on, as on AWS; the engine deletes that nevertheless.

So a stack whose deletion, or the rollback of whose creation, got stuck can be deleted by the next try: a stack set
still has the roles that it needs to delete its instances.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mraa_local.engine import resources, stacks
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import account_id, region
from mraa_local.engine.stacks import Event, Rollback, Stack

AFTER = ("cfn.permissions", "faults.resources")  # a deletion that these refuse has failed too


class _Resources(dict[str, Any]):
    """A stack's resources while they are deleted; those that an undeleted one needs are out of sight and stay."""

    def __init__(self, records: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
        super().__init__(records)
        self.definitions = definitions
        self.undeleted: set[str] = set()

    def is_needed(self, logical_id: str) -> bool:
        """True for what a resource that could not be deleted depends on."""
        needed = stacks.needed_by(self.undeleted, self.definitions, set(self))
        return logical_id in needed and logical_id not in self.undeleted

    def get(self, key: str, default: Any = None) -> Any:
        return default if self.is_needed(key) else super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        if key in self.undeleted or self.is_needed(key):
            return super().get(key, *default)
        return super().pop(key, *default)


_deleting: dict[tuple[str, str, str], _Resources] = {}  # account, Region, stack name


def _key(stack_name: str) -> tuple[str, str, str]:
    return account_id(), region(), stack_name


@contextmanager
def _watched(stack_name: str, stack: Stack, definitions: Mapping[str, Any]) -> Iterator[None]:
    key = _key(stack_name)
    resources = stack["_resources"] = _deleting[key] = _Resources(stack.get("_resources", {}), definitions)
    try:
        yield
    finally:
        del _deleting[key]
        if stack.get("_resources") is resources:
            stack["_resources"] = dict(resources)


def _delete_resource(change: Change, proceed: Callable[[], None]) -> None:
    resources = _deleting.get(_key(change.stack_name))
    if resources is not None and resources.is_needed(change.logical_id):
        return
    try:
        proceed()
    except Exception:
        if resources is not None:
            resources.undeleted.add(change.logical_id)
        raise


def _add_event(event: Event, proceed: Callable[[Event], None]) -> None:
    resources = _deleting.get(_key(event.stack_name))
    if resources is None or not resources.is_needed(event.logical_id):
        proceed(event)


async def _delete_stack(stack_name: str, stack: Stack, proceed: Callable[[], Awaitable[None]]) -> None:
    with _watched(stack_name, stack, (stack.get("_template") or {}).get("Resources", {})):
        await proceed()


async def _roll_back(rollback: Rollback, proceed: Callable[[Rollback], Awaitable[None]]) -> None:
    operation = rollback.operation
    if operation.get("is_update"):
        await proceed(rollback)
        return
    with _watched(rollback.stack_name, rollback.stack, (operation.get("template") or {}).get("Resources", {})):
        await proceed(rollback)


def install() -> None:
    """Wrap the engine's deletion and its rollback of a creation."""
    resources.around_delete(_delete_resource)
    stacks.around_event(_add_event)
    stacks.around_deletion(_delete_stack)
    stacks.around_rollback(_roll_back)
