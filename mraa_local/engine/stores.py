"""Records by account and Region, as the engine stores its own, and how they are persisted.

The names are part of the saved state: under another name, state is lost.
"""

import copy
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import ministack.app as engine
from ministack.core import persistence, responses
from ministack.services import apigateway_v1, cloudformation

Store = MutableMapping[Any, Any]  # key -> record, in the account and Region of the request


def new_store() -> Store:
    """An empty store."""
    store: Store = responses.AccountRegionScopedDict()
    return store


def all_records(store: Store) -> Iterable[Any]:
    """The records of every account and Region."""
    everything: Any = store
    return list(everything.all_values())


def keep_with_stacks(name: str, store: Store, restored: Callable[[], None]) -> None:
    """Persist the store with the stacks and clear it with them; ``restored`` is called when both have been loaded."""
    cloudformation._PERSISTED_STORES = (*cloudformation._PERSISTED_STORES, (lambda: store, name))
    original_reset, original_restore = cloudformation.reset, cloudformation._restore_state

    def reset() -> None:
        original_reset()
        store.clear()

    def restore(data: Any) -> None:
        original_restore(copy.deepcopy(data))
        restored()

    cloudformation.reset, cloudformation._restore_state = reset, restore


def keep_with_apis(name: str, store: Store) -> None:
    """Persist the store with the APIs and clear it with them."""
    get_state, load_state, reset = apigateway_v1.get_state, apigateway_v1.load_persisted_state, apigateway_v1.reset

    def state() -> dict[str, Any]:
        return {**get_state(), name: copy.deepcopy(store)}

    def load(data: dict[str, Any]) -> None:
        if data:
            store.update(data.get(name, {}))
        load_state(data)

    def forget() -> None:
        store.clear()
        reset()

    apigateway_v1.get_state, apigateway_v1.load_persisted_state, apigateway_v1.reset = state, load, forget


def keep_at_stop(name: str, describe: Callable[[], dict[str, Any]]) -> None:
    """Save what ``describe`` returns when the cloud stops; ``kept`` reads it after the next start."""
    save_dict = engine._build_persistence_save_dict
    engine._build_persistence_save_dict = lambda: {**save_dict(), name: describe}


def kept(name: str) -> dict[str, Any]:
    """What ``keep_at_stop`` saved at the last stop; empty if nothing."""
    return persistence.load_state(name) or {}
