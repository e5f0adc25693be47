"""With ``--persist``, the state is saved all the time: a cloud that is killed loses the last few seconds.

A snapshot is taken on the event loop, where nothing changes meanwhile, and written in a thread. Objects are written
when they are put. Nothing is saved while nothing is asked: what goes on without requests (replication, stacks,
functions) goes on for a while after one.
"""

import asyncio
import logging
import time

from mraa_local import environment
from mraa_local.asgi import App, Receive, Scope, Send
from mraa_local.engine import snapshots
from mraa_local.errors import LocalCloudError

INSIDE = ("faults.door",)

FILE = "state.snapshot"
SAVE_EVERY_S = 2.0
_SHARE = 20  # an interval is at least this many times as long as the event loop is held up
_BUSY_AFTER_REQUEST_S = 120.0

logger = logging.getLogger(__name__)

_asked_at = 0.0
_saving: "set[asyncio.Task[None]]" = set()  # keeps the task


def install() -> None:
    """Read the last snapshot; write one at the stop."""
    options = environment.current()
    path = options.path / "data" / FILE
    if options.persist:
        try:
            snapshots.keep_in(path)
        except ValueError as error:
            raise LocalCloudError(f"The saved state in {path} cannot be read.", "Remove it to start empty.") from error


def started() -> None:
    """Begin to save."""
    if environment.current().persist:
        _saving.add(asyncio.get_running_loop().create_task(_save_often()))


def wrap(app: App) -> App:
    """Notice each request."""

    async def noticed(scope: Scope, receive: Receive, send: Send) -> None:
        global _asked_at
        _asked_at = time.monotonic()
        await app(scope, receive, send)

    return noticed


async def _save_often() -> None:
    path, pause_s = environment.current().path / "data" / FILE, SAVE_EVERY_S
    while True:
        await asyncio.sleep(pause_s)
        if time.monotonic() - _asked_at > _BUSY_AFTER_REQUEST_S:
            continue
        begun = time.monotonic()
        state = snapshots.current()
        pause_s = max(SAVE_EVERY_S, _SHARE * (time.monotonic() - begun))
        try:
            await asyncio.to_thread(snapshots.write, path, state)
        except (OSError, RuntimeError, TypeError) as error:  # no space; changed while it was written
            logger.warning("The state could not be saved (%s); the last snapshot is kept.", error)
