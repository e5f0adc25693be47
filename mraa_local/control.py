"""The other end of the control endpoint: set and list faults by ``MRAA_FAULT_URL``."""

from typing import Any
from urllib.parse import urlsplit

import urllib3

from mraa_local.errors import LocalCloudError, RefusedError, UnreachableError

TIMEOUT_S = 10


def faults(fault_url: str) -> dict[str, Any]:
    """The faults that are set: ``{"down": [Region], "throttle": {service: rate}, "replication": {...}}`` and others."""
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
    try:
        with urllib3.HTTPConnectionPool(url.hostname, url.port, timeout=TIMEOUT_S, retries=False) as connection:
            answer = connection.request(method, f"{url.path}?{url.query}", json=request, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        # the system's own words, without urllib3's name of the connection
        reason = error.__context__ or error
        raise UnreachableError(
            f"The local cloud at {url.hostname}:{url.port} does not answer ({reason}).", "mraa local start"
        ) from error
    try:
        said = answer.json()
    except ValueError as error:
        raise LocalCloudError(f"{url.hostname}:{url.port} is not a local cloud.") from error
    if answer.status == 400:
        raise RefusedError(said["message"])
    if answer.status != 200:
        raise LocalCloudError(
            f"The local cloud refused: {said.get('message', answer.status)}", 'eval "$(mraa local env)"'
        )
    return dict(said)
