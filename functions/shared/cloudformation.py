"""Answer CloudFormation, whatever happens.

A custom resource that does not answer blocks its stack until the ServiceTimeout. So exactly one answer is sent, even
after a bug, and at the latest one second before the time-out.

A successful Create returns the id ``mraa/<name>``, which never changes. Any other id marks a resource whose creation
failed: the id of a failed Create, or the one that CloudFormation generates if no answer came. Its Delete cleans up as
far as possible and succeeds, or the rollback of a failed stack would fail as well.
"""

import json
import re
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from shared.aws import log, remaining_s

CREATED = "mraa/"
MARGIN_S = 1.0

# CloudFormation ignores an answer of more than 4096 bytes; escaping at most doubles a reason
_REASON_LIMIT = 1000
_DATA_LIMIT = 1000
_ID_LIMIT = 200

# Python's own errors: they say nothing to somebody who reads a stack's events
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class NotFromCloudFormation(Exception):
    """The event has no ResponseURL: the function was invoked manually."""


class InvalidRequest(Exception):
    """The request or one of the resource's properties is not what the templates send."""


class IncompleteAnswer(Exception):
    """AWS did not say what the resource is to answer with."""


@dataclass(frozen=True)
class Request:
    """A request of CloudFormation. ``type`` is Create, Update or Delete; ``remaining_s`` returns the time left."""

    type: str
    id: str
    properties: dict[str, Any]
    old_properties: dict[str, Any]
    remaining_s: Callable[[], float]


def text(properties: dict[str, Any], name: str) -> str:
    """``properties[name]``; InvalidRequest unless it is a non-empty string."""
    value = properties.get(name)
    if value and isinstance(value, str):
        return value
    raise InvalidRequest(f"The property {name} must be a non-empty string.")


def section(properties: dict[str, Any], name: str) -> dict[str, Any]:
    """``properties[name]``; InvalidRequest unless it is an object."""
    value = properties.get(name)
    if isinstance(value, dict):
        return value
    raise InvalidRequest(f"The property {name} must be an object.")


def run(event: Any, context: Any, work: Callable[[Request], dict[str, str]], name_property: str) -> None:
    """Do ``work`` and answer with its data; the resource is named by the value of ``name_property``.

    Raises NotFromCloudFormation without a ResponseURL, and urllib3's HTTPError if the answer cannot be delivered: the
    stack then waits until the ServiceTimeout, for the templates disable Lambda's retries.
    """
    url = event.get("ResponseURL") if isinstance(event, dict) else None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise NotFromCloudFormation("No ResponseURL in the event: only CloudFormation invokes this function.")
    echoed = {key: str(event.get(key) or "") for key in ("StackId", "RequestId", "LogicalResourceId")}
    kind, old_id = event.get("RequestType"), str(event.get("PhysicalResourceId") or "")
    lock, sent = threading.Lock(), list[bool]()

    def send(status: str, reason: str, physical_id: str, data: dict[str, str]) -> None:
        where = f"function {context.function_name}, log stream {context.log_stream_name}"
        reason = f"{re.sub('[^ -~]+', ' ', reason)[:_REASON_LIMIT]} ({where})"
        answer = {**echoed, "Status": status, "Reason": reason, "PhysicalResourceId": physical_id, "Data": data}
        # held while sending: if the main thread returned, Lambda would freeze the watchdog's request
        with lock:
            if not sent:
                _put(url, json.dumps(answer).encode(), context)
                sent.append(True)

    def fail(reason: str) -> None:
        if kind == "Delete" and not old_id.startswith(CREATED):
            send("SUCCESS", reason, old_id, {})
        elif kind == "Create" or not old_id:
            send("FAILED", reason, f"never-created/{echoed['RequestId'][:_ID_LIMIT]}", {})
        else:
            send("FAILED", reason, old_id, {})

    watchdog = threading.Timer(max(0.0, remaining_s(context) - MARGIN_S), fail, ["The function timed out."])
    watchdog.daemon = True
    watchdog.start()
    try:
        properties, old = event.get("ResourceProperties"), event.get("OldResourceProperties") or {}
        log("request", type=kind, id=old_id, properties=properties)
        if kind not in ("Create", "Update", "Delete") or (kind != "Create" and not old_id):
            raise InvalidRequest("RequestType must be Create, or Update or Delete with a PhysicalResourceId.")
        if not isinstance(properties, dict) or not isinstance(old, dict):
            raise InvalidRequest("ResourceProperties and OldResourceProperties must be objects.")
        data = work(Request(kind, echoed["RequestId"], properties, old, lambda: remaining_s(context)))
        new_id = old_id or (CREATED + text(properties, name_property))[:_ID_LIMIT]
        if missing := [name for name, value in data.items() if not value or not isinstance(value, str)]:
            raise IncompleteAnswer(f"AWS answered without {', '.join(missing)}.")
        if len(json.dumps(data)) > _DATA_LIMIT:
            raise InvalidRequest("The answer is too long.")
    except Exception as error:  # noqa: BLE001 - the last line of defence: without an answer the stack is blocked
        log("request failed", error=repr(error), traceback=traceback.format_exc())
        fail(_reason_of(error))
    else:
        send("SUCCESS", "Done", new_id, data)
    finally:
        watchdog.cancel()


def _reason_of(error: Exception) -> str:
    """What a person sees in the stack's events, and nothing else."""
    name = f"{type(error).__name__}: {error}"
    if isinstance(error, _UNFORESEEN):
        return f"Not as expected: the request, or what AWS answered ({name}). The function's log has the traceback."
    return name


def _put(url: str, body: bytes, context: Any) -> None:
    headers = {"Content-Type": ""}  # part of ResponseURL's signature
    for is_last in (False, False, True):
        try:
            timeout_s = min(5.0, max(0.4, remaining_s(context) / 2))
            with urllib3.PoolManager() as http:
                answer = http.request(
                    "PUT", url, body=body, headers=headers, timeout=timeout_s, retries=False, redirect=False
                )
            if answer.status >= 300:
                raise HTTPError(f"status {answer.status}")
            return
        except HTTPError as error:
            log("answer not delivered", error=repr(error))
            if is_last:
                raise
        time.sleep(0.2)
