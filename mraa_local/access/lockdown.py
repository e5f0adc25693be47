"""Who may send requests to the local cloud: checked before anything else.

It runs functions, so whoever can send it a request can run code on this laptop. A web page can send requests to a
loopback port, and by DNS rebinding read the answers too. So the Host must be a loopback name with our port (a
rebound page comes with its own name), and a request that a browser sends for a page of another origin is refused:
by Origin, or without one by the Fetch Metadata headers, which a page cannot set.

The engine's and our own control endpoints additionally require the token of this start.
"""

import hmac
import json
import re
from urllib.parse import parse_qs, urlsplit

from mraa_local import environment
from mraa_local.asgi import App, Receive, Scope, Send, answer, headers_of

HEALTH_PATH = "/_mraa/health"

_CONTROL_PREFIXES = ("/_mraa/", "/_ministack/", "/_localstack/")
# the site is public, as a CloudFront distribution is
_SITE_PREFIX = "/_mraa/site/"
# answers of custom resources and wait conditions: the address itself is the secret, as a presigned URL is on AWS
_CAPABILITY_PREFIXES = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")
_LOOPBACK_NAME = re.compile(r"127\.0\.0\.1|localhost|\[::1\]|(?:[a-z0-9-]+\.)+localhost")
_OWN_FETCHES = {"", "none", "same-origin"}


def wrap(app: App) -> App:
    """Guard ``app``."""
    options = environment.current()

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await app(scope, receive, send)
            return
        reason = refusal(scope, options.port, options.token)
        if reason:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await answer(scope, send, 403, json.dumps({"message": reason}), "application/json")
        elif scope["path"] == HEALTH_PATH:
            await answer(scope, send, 200, json.dumps({"status": "ok"}), "application/json")
        else:
            await app(scope, receive, send)

    return guarded


def refusal(scope: Scope, port: int, token: str) -> str:
    """Why a request may not pass, or the empty string."""
    headers = headers_of(scope)
    if not is_own_host(headers.get("host", ""), port):
        return f"The local cloud only answers requests to loopback names on port {port}."
    if is_foreign_page(headers, port) and not _is_link_to_site(scope, headers):
        return "The local cloud does not answer requests from web pages of other origins."
    if _needs_token(scope) and not hmac.compare_digest(_given_token(scope, headers).encode(), token.encode()):
        return "This endpoint requires the token of this start (mraa local env)."
    return ""


def is_own_host(host: str, port: int) -> bool:
    """Whether ``host`` (name:port) is a loopback name with our port; ``localhost`` may have names in front."""
    host = host.lower()
    if _LOOPBACK_NAME.fullmatch(host):
        host += ":80"  # HTTP's own port goes unnamed
    name, _, number = host.rpartition(":")
    return number == str(port) and _LOOPBACK_NAME.fullmatch(name) is not None


def is_foreign_page(headers: dict[str, str], port: int) -> bool:
    """Whether a browser sends this for a page of another origin."""
    if "origin" in headers:
        return not _is_own_origin(headers["origin"], port)
    if headers.get("sec-fetch-site", "") in _OWN_FETCHES:
        return False
    # pictures and links between our own names, such as the site's and 127.0.0.1, carry no Origin
    return not _is_own_origin(headers.get("referer", ""), port)


def _is_link_to_site(scope: Scope, headers: dict[str, str]) -> bool:
    """Whether a person followed a link to the site from elsewhere, as opposed to a page reading it."""
    is_visit = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return is_visit and scope.get("method") == "GET" and scope["path"].startswith(_SITE_PREFIX)


def _is_own_origin(url: str, port: int) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and is_own_host(parts.netloc, port)


def _needs_token(scope: Scope) -> bool:
    # ASGI's path is decoded already, so an escaped slash or letter does not get around this
    path = scope["path"]
    if path.startswith(_CAPABILITY_PREFIXES):
        return bool(scope.get("method") != "PUT")
    if path.startswith(_SITE_PREFIX):
        return False
    return bool(path.startswith(_CONTROL_PREFIXES) or path in {"/health", "/_mraa", "/_ministack", "/_localstack"})


def _given_token(scope: Scope, headers: dict[str, str]) -> str:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return headers.get("x-mraa-token", "") or query.get("token", [""])[0]
