"""The declared resource types: find them, install their steps, and refuse what they do not support."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import EllipsisType
from typing import Any

from mraa_local import environment
from mraa_local.cfn import resources
from mraa_local.cfn.resources.model import Check, ResourceType, no_permissions
from mraa_local.engine import resource_types
from mraa_local.engine.resource_types import Created, Props
from mraa_local.errors import RefusedError

_HELPERS = {"calls", "http_api_parts", "model", "policy_documents", "registry", "table"}


@cache
def all_types() -> Mapping[str, ResourceType]:
    """Every resource type by name, as the files of this folder declare them."""
    names = sorted(module.name for module in pkgutil.iter_modules(resources.__path__))
    found = [importlib.import_module(f"{resources.__name__}.{name}").RESOURCE for name in names if name not in _HELPERS]
    return {resource.name: resource for resource in sorted(found, key=lambda resource: str(resource.name))}


_allowed: dict[str, ResourceType] = {}


def find(name: str) -> ResourceType:
    """The type of that name; raises LookupError if there is none. ``Custom::`` anything is a custom resource."""
    if name in _allowed:
        return _allowed[name]
    return all_types()["AWS::CloudFormation::CustomResource" if name.startswith("Custom::") else name]


def allow(names: Iterable[str]) -> None:
    """Let types in as the engine has them, with any property and without permissions; raises RefusedError."""
    for name in names:
        if name in all_types():
            raise RefusedError(f"{name} is supported by itself.", f"Leave --allow {name} out.")
        if not resource_types.is_known(name):
            raise RefusedError(f"The local cloud has no resource type {name}.", "Check its name: AWS::Service::Type.")
        _allowed[name] = ResourceType(name, supported=..., permissions=no_permissions)


def install() -> None:
    """Install the steps of every type, and let in those that this run allows."""
    allow(environment.current().allowed)
    for resource in all_types().values():
        _install(resource)
    resource_types.send_back_failed_updates({of.name for of in all_types().values() if of.has_several_steps})


def _install(of: ResourceType) -> None:
    if of.replaces_engine:
        assert of.create and of.update and of.delete
        resource_types.define(of.name, of.create, of.update, of.delete, create_only=of.create_only)
    else:
        resource_types.extend(of.name, create=of.create, update=of.update, delete=of.delete)
    if of.checks or of.create_checks:
        _check_first(of.name, (*of.create_checks, *of.checks), of.checks)
    if of.takes_stack_tags:
        resource_types.tag_with_its_stack(of.name)
    if of.drift_key:
        resource_types.look_up_for_drift(of.name, of.drift_key)
    if of.waits_for_stacks:
        resource_types.run_in_thread(of.name)


def _check_first(name: str, at_create: Iterable[Check], at_update: Iterable[Check]) -> None:
    def create(proceed: Any, logical_id: str, props: Props, *more: Any) -> Created:
        for check in at_create:
            check(props)
        created: Created = proceed(logical_id, props, *more)
        return created

    def update(proceed: Any, physical_id: str, old: Props, new: Props, *more: Any) -> Created:
        for check in at_update:
            check(new)
        updated: Created = proceed(physical_id, old, new, *more)
        return updated

    resource_types.extend(name, create=create, update=update)


def unsupported(resource_type: str, properties: Mapping[str, Any]) -> list[str]:
    """The properties, as paths, that the local cloud does not support; raises LookupError for an unknown type."""
    of = find(resource_type)
    return sorted(set(_unknown(properties, of.supported, "", of.no_effect)))


def _unknown(value: Any, shape: Any, path: str, no_effect: Mapping[str, str]) -> Iterator[str]:
    if isinstance(shape, EllipsisType) or path in no_effect:
        return
    if isinstance(value, list):
        for member in value:
            yield from _unknown(member, shape, path, no_effect)
    elif isinstance(value, dict):
        for name, part in value.items():
            below = f"{path}.{name}" if path else name
            if name in shape:
                yield from _unknown(part, shape[name], below, no_effect)
            elif below not in no_effect:
                yield below
