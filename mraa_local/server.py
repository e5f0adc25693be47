"""The child process: the engine with our extensions, served on 127.0.0.1 until it is stopped.

Started by ``process`` with a bound socket and one line of JSON (``Options``) on standard input: no secret is ever on
a command line or in the environment. Steps: environment, lock, engine, check, install, serve.
"""

import asyncio
import dataclasses
import fcntl
import gc
import json
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterable
from types import ModuleType
from typing import IO, Any

from mraa_local import environment, extensions
from mraa_local.asgi import App, Message, Receive, Scope, Send
from mraa_local.engine import check
from mraa_local.environment import Options
from mraa_local.errors import LocalCloudError


def with_started(app: App, extensions: Iterable[ModuleType]) -> App:
    """Run each extension's ``started`` when the engine has started, before the first request."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                try:
                    for extension in extensions:
                        if hasattr(extension, "started"):
                            extension.started()
                except BaseException as error:
                    # an exception alone would be taken for an application without a lifespan, and served
                    await send({"type": "lifespan.startup.failed", "message": repr(error)})
                    raise
            await send(message)

        await app(scope, receive, sending if scope["type"] == "lifespan" else send)

    return wrapped


def build_app() -> App:
    """The engine's application inside our extensions; raises EngineError on an engine we do not know."""
    gc.disable()  # everything that is loaded stays: looking through it for garbage takes a fifth of the start
    check.check()
    from mraa_local.engine import application  # it imports the engine, which must be the right one

    installed = extensions.load()
    for extension in installed.values():
        if hasattr(extension, "install"):
            extension.install()
    app = with_started(application.load(), installed.values())
    for extension in reversed(extensions.middleware(installed)):
        app = extension.wrap(app)
    gc.freeze()
    gc.enable()
    return app


def forget_closed_connections() -> None:
    """Let go of a connection when its client closes it; Hypercorn keeps it until the keep-alive time-out."""
    from hypercorn.asyncio.tcp_server import TCPServer

    server: Any = TCPServer
    read = server._read_data

    async def read_to_the_end(connection: Any) -> None:
        await read(connection)
        await connection.idle_task.stop()

    server._read_data = read_to_the_end


async def serve(app: App, options: Options, socket_fd: int, control: IO[str]) -> None:
    """Serve until SIGTERM, SIGINT, or (attached) until the parent ends."""
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    forget_closed_connections()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def wait_for_parent() -> None:
        control.read()  # returns at end of file: the other end is closed
        loop.call_soon_threadsafe(stop.set)

    if options.attached:
        threading.Thread(target=wait_for_parent, daemon=True, name="parent-watch").start()

    config = Config()
    config.bind = [f"fd://{socket_fd}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2
    config.loglevel = "WARNING"
    served: Any = app  # hypercorn spells out every ASGI event in its types
    await hypercorn_serve(served, config, shutdown_trigger=stop.wait)


def take_lock(options: Options) -> IO[str]:
    """Lock the state folder for as long as this process lives; a folder that is not locked is a stale one."""
    lock = (options.path / environment.LOCK_FILE).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise LocalCloudError(f"Another local cloud is using {options.folder}.", "mraa local stop") from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def write_state(options: Options) -> None:
    """Write the state file, readable by its owner alone: it contains the operator's key."""
    target = options.path / environment.STATE_FILE
    draft = target.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({**dataclasses.asdict(options), "pid": os.getpid()}), encoding="utf-8")
    draft.replace(target)


def run(socket_fd: int, control: IO[str]) -> None:
    """Read the options, become the local cloud, and clean up at the end."""
    options = Options(**json.loads(control.readline()))
    lock = take_lock(options)
    environment.set_current(options)
    tmp = options.path / "tmp"
    shutil.rmtree(tmp, ignore_errors=True)  # code folders of a server that was killed
    tmp.mkdir(mode=0o700)
    try:
        app = build_app()
        write_state(options)
        # not asyncio.run(): it waits for threads, and one that creates a stack would run on for minutes
        asyncio.new_event_loop().run_until_complete(serve(app, options, socket_fd, control))
    finally:
        (options.path / environment.STATE_FILE).unlink(missing_ok=True)
        shutil.rmtree(tmp, ignore_errors=True)
        lock.close()


def main() -> int:
    """Entry point of the child: ``python -m mraa_local.server <socket's file descriptor>``."""
    try:
        run(int(sys.argv[1]), sys.stdin)
    except LocalCloudError as error:
        sys.stderr.write(f"Error: {error.message}\n{error.hint}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # as above: no waiting for the engine's threads; its functions' workers end when their pipes close
    os._exit(code)
