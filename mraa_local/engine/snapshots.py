"""The state of all services as one file, replaced as a whole: either the old one or the new one exists.

The engine writes a file for each service, and only when it stops; what is kept by ``stores`` is among them.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any

import ministack.app as engine
from ministack.core import persistence

from mraa_local.engine.check import rebind

State = dict[str, Any]

_writing = threading.Lock()


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
    return {name: state for name, state in states.items() if state is not None}


def write(path: Path, state: State) -> None:
    """Replace the file; may be called in a thread."""
    with _writing:
        draft = path.with_suffix(".new")
        draft.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            json.dump(state, file, default=persistence._json_default)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _read(path: Path) -> State:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    state: State = json.loads(text, object_hook=persistence._json_object_hook)
    return state
