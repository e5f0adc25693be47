"""Who may talk to the local cloud: the first thing every request meets."""

import hmac
import json
from urllib.parse import parse_qs

from mraa.local import environment
from mraa.local.asgi import App, Receive, Scope, Send, answer

HOOKED: tuple[str, ...] = ()


def install() -> None:
    """Nothing to hook."""


def wrap(app: App) -> App:
    """Guard ``app``."""
    options = environment.current()

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/_mraa/health":
            given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
            if hmac.compare_digest(given, options.token):
                await answer(send, 200, json.dumps({"status": "ok"}), "application/json")
                return
        await app(scope, receive, send)

    return guarded
