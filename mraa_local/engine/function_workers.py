"""The processes that functions run in: how many there are, the wait for their logs, what they answer."""

import functools
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from mraa_local.engine.check import rebind


def wait_for_first_log_line(seconds: float) -> None:
    """Wait this long after each invocation for a first line of the function's log."""
    lambda_runtime.Worker._drain_stderr_bounded = functools.partialmethod(
        lambda_runtime.Worker._drain_stderr_bounded, first_line_wait=seconds
    )


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
