"""The state of all services as one file, replaced as a whole: either the old one or the new one exists.

The engine writes a file for each service, and only when it stops; what is kept by ``stores`` is among them.
"""

import itertools
import json
import os
import threading
from pathlib import Path
from typing import Any

import ministack.app as engine
from ministack.core import persistence

from mraa_local.engine.check import rebind

_numbers = itertools.count(1)
_writing = threading.Lock()
_written = 0  # the number of the newest state that was


class State(dict[str, Any]):
    """What each service and store has; of two states the one of the higher number is newer."""

    number = 0


def keep_in(path: Path) -> None:
    """Read the state from this file at the start, and write it there at the stop.

    A state that the engine's own files hold is read where this file has none.
    """
    load_one, read = persistence.load_state, _read(path)

    def load_state(service: str) -> Any:
        return read[service] if service in read else load_one(service)

    def save_all(_services: Any) -> None:
        write(path, current())

    rebind(load_one, load_state)
    engine.save_all = save_all


def current() -> State:
    """The state of every service and store; to be called on the event loop, where nothing changes meanwhile."""
    states = {name: describe() for name, describe in engine._build_persistence_save_dict().items()}
    state = State((name, state) for name, state in states.items() if state is not None)
    state.number = next(_numbers)
    return state


def write(path: Path, state: State) -> None:
    """Replace the file unless a newer state was written; may be called in a thread, which may come late."""
    global _written
    with _writing:
        if state.number < _written:
            return
        draft = path.with_suffix(".new")
        draft.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            json.dump(state, file, default=persistence._json_default)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _written = state.number


def _read(path: Path) -> State:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return State()
    return State(json.loads(text, object_hook=persistence._json_object_hook))
