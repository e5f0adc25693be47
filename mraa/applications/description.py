"""``[application.NAME.drill]`` of ``mraa.toml``: how a drill writes to an application of one's own.

[application.orders.drill]
url     = "OrdersApiUrl"       # the output of the regional template that is the API's address
write   = { method = "PUT", path = "/orders/{id}", body = { note = "drill {id}" } }
read    = { method = "GET", path = "/orders/{id}" }
remove  = { method = "DELETE", path = "/orders/{id}" }
refused = [409]                # what a Region answers that does not write
auth    = "sigv4"              # or headers = { Authorization = "env:ORDERS_TOKEN" }
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mraa.errors import UsageError

_METHODS = {"write": ("PUT", "POST", "PATCH"), "read": ("GET",), "remove": ("DELETE", "POST", "PUT", "PATCH")}
_KEYS = ("url", *_METHODS, "refused", "auth", "headers")
_REQUEST_KEYS = ("method", "path", "body")
_OUTPUT = re.compile(r"[A-Za-z0-9]{1,255}")
_ID = "{id}"
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%{}-]+)+(\?[A-Za-z0-9._~!$'()*+,;=:@%/{}&-]*)?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e]+")
_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_OURS = {"host", "content-length", "content-type", "transfer-encoding", "connection"}
_SIGNED, _UNSIGNED = "sigv4", "none"
_SHOWN = 60


@dataclass(frozen=True)
class ApiRequest:
    """A request with ``{id}`` in its path, and perhaps in the texts of its JSON body."""

    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class DrillDescription:
    """What a drill needs to know of one application's API. ``url`` is the name of an output."""

    url: str
    write: ApiRequest
    read: ApiRequest
    remove: ApiRequest
    refused: frozenset[int]
    is_signed: bool
    headers: Mapping[str, str]


def read_description(name: str, table: Mapping[str, Any], environment: Mapping[str, str]) -> DrillDescription:
    """The table of the application ``name``, checked. UsageError names what is wrong in it.

    The values of headers are taken from ``environment``: what opens an API belongs into no file.
    """
    where = f"[application.{name}.drill]"
    if strangers := [key for key in table if key not in _KEYS]:
        raise UsageError(f"{where}: {_shown(strangers[0])} is not a setting.", f"Settings are: {', '.join(_KEYS)}.")
    url = table.get("url")
    if not isinstance(url, str) or not _OUTPUT.fullmatch(url):
        raise UsageError(
            f"{where}: url must be the name of an output of the regional template.", 'Write url = "OrdersApiUrl".'
        )
    requests = {verb: _request(f"{where}: {verb}", verb, table.get(verb)) for verb in _METHODS}
    headers = _headers(where, table.get("headers", {}), environment)
    auth = table.get("auth", _UNSIGNED if headers else _SIGNED)
    if auth not in (_SIGNED, _UNSIGNED):
        raise UsageError(
            f'{where}: auth must be "{_SIGNED}" or "{_UNSIGNED}".', f'Write auth = "{_SIGNED}" for an API with AWS_IAM.'
        )
    return DrillDescription(
        url, **requests, refused=_refused(where, table.get("refused")), is_signed=auth == _SIGNED, headers=headers
    )


def _request(where: str, verb: str, table: Any) -> ApiRequest:
    example = f'Write {verb} = {{ method = "{_METHODS[verb][0]}", path = "/orders/{_ID}" }}.'
    if not isinstance(table, dict):
        raise UsageError(f"{where} must be a table with method and path.", example)
    if strangers := [key for key in table if key not in _REQUEST_KEYS]:
        raise UsageError(f"{where}: {_shown(strangers[0])} is not a setting.", example)
    method, path, body = (table.get(key) for key in _REQUEST_KEYS)
    if method not in _METHODS[verb]:
        raise UsageError(f"{where}: method must be {' or '.join(_METHODS[verb])}.", example)
    if not isinstance(path, str) or not _PATH.fullmatch(path) or "/../" in f"{path}/":
        raise UsageError(f"{where}: path must be a path such as /orders/{_ID}, not {_shown(path)}.", example)
    if _ID not in path or "{" in path.replace(_ID, "") or "}" in path.replace(_ID, ""):
        raise UsageError(f"{where}: path must contain {_ID}, and nothing else in braces: {_shown(path)}.", example)
    if body is not None and verb == "read":
        raise UsageError(f"{where} has a body, which GET does not have.", "Remove it.")
    try:
        json.dumps(body, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{where}: body is not JSON: {error}.", "Write dates as texts; leave out nan and inf."
        ) from error
    return ApiRequest(method, path, body)


def _headers(where: str, table: Any, environment: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(table, dict):
        raise UsageError(
            f"{where}: headers must be a table.", 'Write headers = { Authorization = "env:ORDERS_TOKEN" }.'
        )
    headers = {}
    for name, source in table.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise UsageError(f"{where}: {_shown(name)} is no header that can be set.", "Remove it.")
        variable = _VARIABLE.fullmatch(source) if isinstance(source, str) else None
        if not variable:
            raise UsageError(
                f"{where}: the header {name} must come from the environment, not from a file.",
                f'Write {name} = "env:NAME", the name of an environment variable.',
            )
        value = environment.get(variable[1], "")
        if not _VALUE.fullmatch(value):
            why = "is not a header's value" if value else "is not set"
            raise UsageError(f"{where}: the environment variable {variable[1]} {why}.", f"Set it to the header {name}.")
        headers[name] = value
    return headers


def _refused(where: str, found: Any) -> frozenset[int]:
    statuses = found if isinstance(found, list) else []
    if not statuses or not all(type(status) is int and 400 <= status < 600 for status in statuses):
        raise UsageError(
            f"{where}: refused must list the statuses, 400 to 599, that a Region answers that does not write.",
            "Write refused = [409].",
        )
    return frozenset(statuses)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
