"""Function workers: a few for each function, which answer as soon as they are done, and name an error as it was raised.

The engine starts another process for every invocation that finds none free. Two hundred at once, as many cold starts,
take longer than any client waits. Here an invocation waits for one of the function's few processes; one that waits too
long is throttled, so that functions that wait for each other end.

After each invocation the engine waits 50 ms for a first line of the function's log, also if the function logs nothing:
most of the time of a request through a proxy. Here the log is read to its end, which needs no wait.

The engine calls every error of a function ``Runtime.HandlerError``; Lambda gives the exception's class in
``errorType``. The class is in the traceback, which the engine puts into the log.
"""

import re
from typing import Any

from mraa_local.engine import function_workers
from mraa_local.forked import Forked

WORKERS_PER_FUNCTION = 8
_WAIT_FOR_WORKER_S = 20.0


def install() -> None:
    """Start few workers, and those by forking; read their logs without waiting; give errors their class."""
    function_workers.start_by(Forked.start)
    function_workers.limit(WORKERS_PER_FUNCTION, _WAIT_FOR_WORKER_S)
    function_workers.read_logs_to_their_end()
    function_workers.amend_results(_name_error)


def _name_error(result: dict[str, Any]) -> None:
    body = result.get("body")
    if result.get("error") and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
        body["errorType"] = error_class(result.get("log", ""), body["errorMessage"]) or body["errorType"]


def error_class(log: str, message: str) -> str:
    """The class of the exception whose traceback ends in ``message``, without its module; empty if there is none."""
    first = re.escape(message.partition("\n")[0])
    found = re.findall(rf"^(?:\w+\.)*(\w+){f': {first}' if first else ''}$", log, re.MULTILINE)
    return found[-1] if found else ""
