"""The processes that functions run in: how many there are, what they log, what they answer."""

import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from mraa_local.engine.check import rebind


class _Log:
    """A process's standard error: read as it comes, so that the process never waits, and to its end on request."""

    def __init__(self, pipe: Any) -> None:
        self.pipe = pipe
        self._lock = threading.Lock()
        self._read = b""

    def follow(self) -> None:
        """Read until the process closes it."""
        while self._has_more(None) and self._read_on():
            pass

    def take(self) -> str:
        """All that was written until now."""
        self._read_on()
        with self._lock:
            taken, self._read = self._read, b""
        return taken.decode(errors="replace").removesuffix("\n")

    def _has_more(self, timeout_ms: int | None) -> bool:
        poll = select.poll()
        poll.register(self.pipe, select.POLLIN)
        return bool(poll.poll(timeout_ms))

    def _read_on(self) -> bool:
        """Read what is there; False at its end."""
        with self._lock:
            while self._has_more(0):
                piece = os.read(self.pipe.fileno(), 65_536)
                if not piece:
                    return False
                self._read += piece
        return True


def read_logs_to_their_end() -> None:
    """Give each invocation all that its function logged, without waiting: it was written before the answer.

    The engine has a thread that reads, and waits some milliseconds for it: too long for most functions, which log
    nothing, and too short on a busy machine.
    """
    creating, drain = threading.Lock(), lambda_runtime.Worker._drain_stderr_bounded

    def log_of(worker: Any) -> _Log | None:
        with creating:
            # no process once the engine has ended it after an error; one of a custom runtime has no such pipe
            log, pipe = getattr(worker, "_log", None), getattr(worker._proc, "stderr", None)
            if pipe and not (log and log.pipe is pipe):
                log = worker._log = _Log(pipe)
            return log

    def follow(worker: Any) -> None:
        if log := log_of(worker):
            log.follow()

    def taken(worker: Any, **bounds: float) -> str:
        log = log_of(worker)
        return log.take() if log else str(drain(worker, **bounds))

    lambda_runtime.Worker._read_stderr = follow
    lambda_runtime.Worker._drain_stderr = lambda_runtime.Worker._drain_stderr_bounded = taken


def amend_results(amend: Callable[[dict[str, Any]], None]) -> None:
    """Have ``amend`` see each result (body, log, error) before anybody else does."""
    execute = lambda_svc._execute_function_warm

    def amended(function: dict[str, Any], event: dict[str, Any], request_id: str) -> dict[str, Any]:
        result: dict[str, Any] = execute(function, event, request_id)
        amend(result)
        return result

    rebind(execute, amended)


def start_by(start: Callable[[str, str, Mapping[str, str]], Any]) -> None:
    """Have ``start(script, folder, environment)`` start what runs a function, or None if a process is to be made.

    What it returns has the methods and pipes of ``subprocess.Popen``.
    """

    def popen(words: list[str], **options: Any) -> Any:
        started = start(words[-1], options["cwd"], options["env"]) if words[-1].endswith(".py") else None
        return started or subprocess.Popen(words, **options)

    lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": popen})


def limit(workers: int, wait_s: float) -> None:
    """Run a function in at most this many processes; an invocation waits this long for one, then it is throttled."""
    acquire, release = lambda_runtime.acquire_worker, lambda_runtime.release_worker
    released = threading.Condition()

    def acquire_worker(
        name: str, config: dict[str, Any], code: bytes, qualifier: str = "$LATEST", max_concurrency: int | None = None
    ) -> tuple[Any, str]:
        most, deadline = min(max_concurrency or workers, workers), time.monotonic() + wait_s
        with released:
            while True:
                worker, how = acquire(name, config, code, qualifier, most)
                remaining_s = deadline - time.monotonic()
                if worker is not None or remaining_s <= 0:
                    return worker, how
                released.wait(remaining_s)

    def release_worker(worker: Any) -> None:
        release(worker)
        with released:
            released.notify_all()

    rebind(acquire, acquire_worker)
    rebind(release, release_worker)
