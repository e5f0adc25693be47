"""The child process: the engine with our extensions, served on 127.0.0.1 until told to stop.

Started by ``process`` with a bound socket and one line of JSON (``Options``) on standard input: no secret is ever on
a command line or in the environment. Steps: environment, lock, engine, check, install, serve.
"""

import asyncio
import dataclasses
import fcntl
import importlib
import json
import logging
import os
import shutil
import signal
import sys
import threading
from types import ModuleType
from typing import IO, Any

from mraa.errors import MraaError
from mraa_local import environment, hooks
from mraa_local.asgi import App, Message, Receive, Scope, Send
from mraa_local.environment import Options

# Installed in this order. A module has HOOKED and install(); it may have wrap(app) -> app, ASGI middleware (the
# first one listed is the outermost), and started(), called on the event loop once the engine has its state.
EXTENSIONS = (
    "mraa_local.lockdown",
    "mraa_local.faults",
    "mraa_local.identity",
    "mraa_local.front_door",
    "mraa_local.cors",
    "mraa_local.transport",
    "mraa_local.checksums",
    "mraa_local.workers",
    "mraa_local.cfn.lifecycle",
    "mraa_local.cfn.exports",
    "mraa_local.cfn.conditions",
    "mraa_local.cfn.template_url",
    "mraa_local.cfn.stack_sets",
    "mraa_local.cfn.global_tables",
    "mraa_local.cfn.buckets",
    "mraa_local.cfn.user_pool_users",
    "mraa_local.new_passwords",
    "mraa_local.queries",
    "mraa_local.cfn.provisioning",
    "mraa_local.cfn.custom_resources",
    "mraa_local.cfn.roles",
    "mraa_local.cfn.failing",
    "mraa_local.cfn.deletions",
    "mraa_local.cfn.stack_ids",
    "mraa_local.cfn.strict",
    "mraa_local.api_gateway",
    "mraa_local.replication",
    "mraa_local.site",
)


def load_extensions() -> list[ModuleType]:
    """The extension modules, in order; importing one imports the parts of the engine that it needs."""
    try:
        return [importlib.import_module(name) for name in EXTENSIONS]
    except (ImportError, AttributeError) as error:
        if hooks.version() == hooks.ENGINE_VERSION:
            raise  # a bug of ours
        raise hooks.unfit([str(error)]) from error


def hooking_modules() -> list[ModuleType]:
    """Every module of ours, loaded so far, that relies on private names of the engine."""
    ours = [module for name, module in sorted(sys.modules.items()) if name.startswith("mraa_local.")]
    return [module for module in ours if hasattr(module, "HOOKED")]


def with_started(app: App, extensions: list[ModuleType]) -> App:
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
    extensions = load_extensions()
    hooks.check(hooking_modules())
    for extension in extensions:
        extension.install()
    app: App = with_started(importlib.import_module("ministack.app").app, extensions)
    for extension in reversed(extensions):
        if hasattr(extension, "wrap"):
            app = extension.wrap(app)
    return app


async def serve(app: App, options: Options, socket_fd: int, control: IO[str]) -> None:
    """Serve until SIGTERM, SIGINT, or (attached) until the parent has gone."""
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def wait_for_parent() -> None:
        control.read()  # returns at end of file: nobody holds the other end any more
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
    """Hold the state folder for as long as this process lives; ``process`` tells a stale folder by the free lock."""
    lock = (options.path / environment.LOCK_FILE).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise MraaError(f"Another local cloud holds {options.folder}.", "mraa local stop") from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def write_state(options: Options) -> None:
    """Write the state file, readable by its owner alone: it holds the operator's key."""
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
        # not asyncio.run(): it waits for threads, and one that creates a stack goes on for minutes, seen by nobody
        asyncio.new_event_loop().run_until_complete(serve(app, options, socket_fd, control))
    finally:
        (options.path / environment.STATE_FILE).unlink(missing_ok=True)
        shutil.rmtree(tmp, ignore_errors=True)
        lock.close()


def main() -> int:
    """Entry point of the child: ``python -m mraa_local.server <socket's file descriptor>``."""
    try:
        run(int(sys.argv[1]), sys.stdin)
    except MraaError as error:
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
