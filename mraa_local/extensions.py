"""The extensions of the engine, and the order in which they are installed.

An extension is a module that may have ``install()``; ``wrap(app) -> app``, which is ASGI middleware; and ``started()``,
called on the event loop once the engine has its state. What it replaces of the engine may have been replaced before:
``AFTER`` names the extensions that must be installed earlier. Middleware names in ``INSIDE`` what a request passes
before it.
"""

import importlib
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from types import ModuleType

from mraa_local.errors import LocalCloudError

EXTENSIONS = (
    "access.authorization",
    "access.body_limit",
    "access.cors",
    "access.front_door",
    "access.function_logs",
    "access.identity",
    "access.identity_pools",
    "access.lockdown",
    "access.new_passwords",
    "access.resources",
    "access.sign_up",
    "access.transport",
    "api_gateway",
    "api_gateway.request_metrics",
    "cfn.callers",
    "cfn.change_sets",
    "cfn.conditions",
    "cfn.custom_resources",
    "cfn.deletions",
    "cfn.exports",
    "cfn.lifecycle",
    "cfn.nested_stacks",
    "cfn.permissions",
    "cfn.resources.registry",
    "cfn.stack_ids",
    "cfn.stack_sets.actions",
    "cfn.stack_sets.instances",
    "cfn.stack_sets.persistence",
    "cfn.strict",
    "cfn.template_checks",
    "cfn.template_url",
    "cfn.update_events",
    "event_sources",
    "faults.door",
    "faults.inside",
    "faults.resources",
    "persistence",
    "replication",
    "schedules",
    "services.alarms",
    "services.checksums",
    "services.compression",
    "services.constraints",
    "services.event_targets",
    "services.object_defaults",
    "services.queries",
    "services.queue_metrics",
    "services.replication_rules",
    "services.retention",
    "services.secrets",
    "services.source_tables",
    "services.topics",
    "services.transactions",
    "services.version_listings",
    "services.workers",
    "site",
    "state_machines",
)


def load() -> dict[str, ModuleType]:
    """The extension modules in the order of their installation, by name."""
    found = {name: importlib.import_module(f"mraa_local.{name}") for name in EXTENSIONS}
    order = in_order({name: getattr(module, "AFTER", ()) for name, module in found.items()})
    return {name: found[name] for name in order}


def middleware(extensions: Mapping[str, ModuleType]) -> list[ModuleType]:
    """Those with middleware, the outermost first."""
    order = in_order({name: getattr(of, "INSIDE", ()) for name, of in extensions.items() if hasattr(of, "wrap")})
    return [extensions[name] for name in order]


def in_order(earlier: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The names, each after those it names, else by the alphabet; raises LocalCloudError for an unknown or a circle."""
    for name, others in sorted(earlier.items()):
        unknown = sorted(set(others) - earlier.keys())
        if unknown:
            raise LocalCloudError(f"The extension {name} is to come after {', '.join(unknown)}, which does not exist.")
    sorter = TopologicalSorter({name: earlier[name] for name in sorted(earlier)})
    try:
        sorter.prepare()
    except CycleError as error:
        raise LocalCloudError(f"The order of the extensions is circular: {' -> '.join(error.args[1])}.") from error
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order
