"""Function workers answer as soon as they are done, and name an error as the function raised it.

After each invocation the engine waits 50 ms for a first line of the function's log, also where the function logs
nothing: most of the time of a request through a proxy. The log was written before the answer, so a line that comes at
all is there within a few milliseconds; one that is later is logged with the next invocation.

The engine calls every error of a function ``Runtime.HandlerError``; Lambda gives the exception's class in
``errorType``. The class is in the traceback, which the engine puts into the log.
"""

import functools
import re
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from mraa_local import hooks

HOOKED = (
    "ministack.core.lambda_runtime.Worker._drain_stderr_bounded",
    "ministack.services.lambda_svc._execute_function_warm",
)

_FIRST_LINE_WAIT_S = 0.005


def install() -> None:
    """Wait less for a log's first line; give errors their class."""
    lambda_runtime.Worker._drain_stderr_bounded = functools.partialmethod(
        lambda_runtime.Worker._drain_stderr_bounded, first_line_wait=_FIRST_LINE_WAIT_S
    )
    execute = lambda_svc._execute_function_warm

    def execute_and_name(func: dict[str, Any], event: dict[str, Any], request_id: str) -> dict[str, Any]:
        result: dict[str, Any] = execute(func, event, request_id)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            body["errorType"] = error_class(result.get("log", ""), body["errorMessage"]) or body["errorType"]
        return result

    hooks.rebind(execute, execute_and_name)


def error_class(log: str, message: str) -> str:
    """The class of the exception whose traceback ends in ``message``, without its module; empty where there is none."""
    first = re.escape(message.partition("\n")[0])
    found = re.findall(rf"^(?:\w+\.)*(\w+){f': {first}' if first else ''}$", log, re.MULTILINE)
    return found[-1] if found else ""
