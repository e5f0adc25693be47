"""Middleware: refuse requests to a Region that is down or a service that throttles; serve the control endpoint.

A Region that hangs takes requests and does not answer them, as one that is lost: what clients do then is decided by
their time-outs. When the fault ends, what still waits is refused.
"""

import asyncio
import json

from mraa_local import refusals, regions
from mraa_local.asgi import App, Message, Receive, Scope, Send, answer, headers_of
from mraa_local.faults import requested, requests, throttles
from mraa_local.faults.requests import Target

INSIDE = ("access.body_limit", "access.lockdown")

PATH = "/_mraa/faults"
_POLL_S = 0.1


def wrap(app: App) -> App:
    """The control endpoint, then the faults."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"] == PATH:
            await _control(scope, receive, send)
        elif scope["path"].startswith("/_mraa/") or not (regions.down() or throttles.describe()):
            await app(scope, receive, send)
        else:
            headers = headers_of(scope)
            body = b""
            if requests.needs_body(headers):
                body = await _read(receive)
                receive = _replay(body, receive)
            target = _target(scope, headers, body)
            if hanging := sorted(filter(regions.hangs, target.regions)):
                if not await _outlasts(hanging[0], receive):
                    return
                # not served late: the client may have sent it elsewhere since
                refused: refusals.Refusal | None = refusals.region_down(target.service, hanging[0], headers)
            else:
                refused = _refusal(scope, target, headers)
            if refused is None:
                await app(scope, receive, send)
            else:
                content_type, *others = refused.headers
                await answer(scope, send, refused.status, refused.body, content_type[1], others)

    return faulty


def _target(scope: Scope, headers: dict[str, str], body: bytes) -> Target:
    query = scope.get("query_string", b"").decode("latin-1")
    return requests.read(scope["path"], query, headers, body)


def _refusal(scope: Scope, target: Target, headers: dict[str, str]) -> refusals.Refusal | None:
    if lost := sorted(filter(regions.is_down, target.regions)):
        return refusals.region_down(target.service, lost[0], headers)
    if target.service == "execute-api":
        return None  # an API refuses by itself: with the gateway response that its template gives
    throttle = throttles.find(target.service)
    if throttle and scope["method"] != "OPTIONS" and throttle.refuses():
        return refusals.throttled(target.service, headers)
    return None


async def _outlasts(region: str, receive: Receive) -> bool:
    """Wait until the Region no longer hangs; False if the client gives up before."""
    gone = asyncio.ensure_future(_gone(receive))
    try:
        while regions.hangs(region) and not gone.done():
            await asyncio.wait({gone}, timeout=_POLL_S)
        return not gone.done()
    finally:
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _control(scope: Scope, receive: Receive, send: Send) -> None:
    status, said = 200, None
    if scope["method"] == "POST":
        try:
            requested.change(json.loads(await _read(receive)))
        except ValueError as error:  # bad JSON, or BadRequestError
            status, said = 400, {"message": str(error)}
    elif scope["method"] != "GET":
        status, said = 405, {"message": "GET lists faults, POST sets one."}
    await answer(scope, send, status, json.dumps(said or requested.describe()), "application/json")


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
