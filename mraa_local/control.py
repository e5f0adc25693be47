"""The other end of the control endpoint: set and list faults by ``MRAA_FAULT_URL``."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from mraa_local.errors import LocalCloudError, RefusedError, UnreachableError

TIMEOUT_S = 10


def faults(fault_url: str) -> dict[str, Any]:
    """The faults that are set: ``{"down": [Region], "throttle": {service: rate}, "replication": {...}}``."""
    return _ask("GET", fault_url, None)


def set_fault(fault_url: str, **request: Any) -> dict[str, Any]:
    """Set one fault (``fault="region", region=..., state="down"`` and so on) and return what is set then.

    ``from`` and ``to`` are written ``**{"from": ..., "to": ...}``. Raises RefusedError with the cloud's reason.
    """
    return _ask("POST", fault_url, request)


def _ask(method: str, fault_url: str, request: dict[str, Any] | None) -> dict[str, Any]:
    url = urlsplit(fault_url)
    if url.scheme != "http" or not url.hostname:
        raise RefusedError(f"{url.scheme}://{url.netloc} is not a local cloud.", 'eval "$(mraa local env)"')
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT_S)
    try:
        body = None if request is None else json.dumps(request)
        connection.request(method, f"{url.path}?{url.query}", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(
            f"The local cloud at {url.hostname}:{url.port} does not answer ({error}).", "mraa local start"
        ) from error
    finally:
        connection.close()
    try:
        said = json.loads(text)
    except ValueError as error:
        raise LocalCloudError(f"{url.hostname}:{url.port} is not a local cloud.") from error
    if answer.status == 400:
        raise RefusedError(said["message"])
    if answer.status != 200:
        raise LocalCloudError(
            f"The local cloud refused: {said.get('message', answer.status)}", 'eval "$(mraa local env)"'
        )
    return dict(said)
