"""The processes that functions run in: how long the engine waits for their logs, and what they answer."""

import functools
from collections.abc import Callable
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
