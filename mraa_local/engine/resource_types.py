"""CloudFormation resource types: the steps that create, update and delete a resource, and how a type behaves.

A create step takes (logical id, properties, stack name), an update step (physical id, old properties, new properties,
stack name, ...), a delete step (physical id, properties). The first two answer ``Created``.
"""

import functools
from collections.abc import Callable, Collection
from typing import Any

from ministack.services.cloudformation import drift, provisioners, stacks

Props = dict[str, Any]
Created = tuple[str, dict[str, str]]  # physical id (what Ref gives), attributes (what Fn::GetAtt gives)


def is_known(resource_type: str) -> bool:
    """Whether the engine has steps for the type, ours included."""
    return resource_type in provisioners._RESOURCE_HANDLERS


def define(
    resource_type: str,
    create: Callable[[str, Props, str], Created],
    update: Callable[[str, Props, Props, str], Created],
    delete: Callable[[str, Props], None],
    *,
    create_only: tuple[str, ...] = (),
) -> None:
    """Add a type, or take the engine's place for one. A change of a ``create_only`` property replaces the resource."""
    provisioners._RESOURCE_HANDLERS[resource_type] = {"create": create, "update": update, "delete": delete}
    if create_only:
        provisioners._REPLACING_PROPERTIES[resource_type] = create_only


def extend(
    resource_type: str,
    *,
    create: Callable[..., Created] | None = None,
    update: Callable[..., Created] | None = None,
    delete: Callable[..., None] | None = None,
) -> None:
    """Put steps in front of those the type has; each gets the one it stands before as its first argument."""
    for name, step in (("create", create), ("update", update), ("delete", delete)):
        if step is not None:
            handlers = provisioners._RESOURCE_HANDLERS[resource_type]
            handlers[name] = functools.partial(step, handlers[name])


def send_back_failed_updates(resource_types: Collection[str]) -> None:
    """Send an update of these back to the old properties when it fails: it may have failed half way."""
    original = stacks._sends_back_failed_update

    def sends_back_failed_update(resource_type: str) -> bool:
        return resource_type in resource_types or bool(original(resource_type))

    stacks._sends_back_failed_update = sends_back_failed_update


def run_in_thread(resource_type: str) -> None:
    """Run the type's steps in a thread of their own, because they wait for what the event loop does."""
    original = stacks._runs_on_worker_thread

    def runs_on_worker_thread(name: str) -> bool:
        return name == resource_type or bool(original(name))

    stacks._runs_on_worker_thread = runs_on_worker_thread


def tag_with_its_stack(resource_type: str) -> None:
    """Add the stack's tags to the type's property ``Tags``, and those that begin with ``aws:cloudformation:``."""
    provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")


def look_up_for_drift(resource_type: str, key_of: Callable[[str], str]) -> None:
    """Let drift detection find a resource of the type by ``key_of(physical id)``, not by that itself."""
    read, names = drift._DRIFT_READERS[resource_type]
    drift._DRIFT_READERS[resource_type] = (lambda physical_id, props: read(key_of(physical_id), props), names)


def generated_name(stack_name: str, logical_id: str, max_length: int) -> str:
    """The physical name of a resource whose template gives none."""
    return str(provisioners._physical_name(stack_name, logical_id, max_len=max_length))


def policy_json(props: Props) -> str:
    """The ``PolicyDocument`` of a resource as JSON text."""
    return str(provisioners._policy_document_json(props))
