"""The engine's ASGI application, the dispatcher behind it, and the event loop that serves every request."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

import ministack.app as engine

from mraa_local.asgi import App, Send
from mraa_local.engine.scope import Answer

Result = TypeVar("Result")


class Request(NamedTuple):
    """A request as the dispatcher gets it; ``service`` as detected from it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, Any]
    request_id: str
    service: str


def load() -> App:
    """The engine's application, with everything that was installed so far."""
    app: App = engine.app
    return app


def is_auth_on() -> bool:
    """Whether signatures are verified and policies evaluated."""
    return bool(engine.AUTH)


def has_service(name: str) -> bool:
    """Whether the engine serves it."""
    return name == "unknown_query" or name in engine.SERVICE_HANDLERS


def around_dispatch(around: Callable[[Request, Callable[[], Awaitable[Answer]]], Awaitable[Answer]]) -> None:
    """Have ``around`` answer every request that is not for an API; its second argument calls the engine's own."""
    dispatch = engine._dispatch_service_request

    async def dispatched(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
    ) -> Answer:
        # detected first: the handler may consume what identifies the service
        service = engine.detect_service(
            method, path, headers, engine._routing_params(method, path, headers, body, query)
        )
        request = Request(method, path, headers, body, query, request_id, service)
        return await around(request, lambda: dispatch(method, path, headers, body, query, request_id))

    engine._dispatch_service_request = dispatched


def around_preflight(around: Callable[[Request, Callable[[], Answer]], Answer]) -> None:
    """Have ``around`` answer every OPTIONS request that is not for an API."""
    preflight = engine._handle_options_request

    def preflighted(
        method: str, path: str, headers: dict[str, str], query: dict[str, Any], request_id: str
    ) -> Answer | None:
        if method != "OPTIONS":
            return None
        service = engine.detect_service(method, path, headers, query)
        request = Request(method, path, headers, b"", query, request_id, service)
        return around(request, lambda: preflight(method, path, headers, query, request_id))

    engine._handle_options_request = preflighted


def count_as_secure_transport() -> None:
    """Let ``aws:SecureTransport`` be true for every request."""
    original = engine.pin_request_origin

    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:
        original(source_ip, True)

    engine.pin_request_origin = pin_request_origin


def set_secure_origin(client_ip: str) -> None:
    """Set the origin that policies see of what is read next: this address, over HTTPS."""
    engine.pin_request_origin(client_ip, True)


async def send_answer(send: Send, answer: Answer, *, is_head: bool) -> None:
    """Send an answer of the engine's, streamed ones included."""
    await engine._send_response(send, *answer, head=is_head)


def run_on_loop(callback: Callable[..., None], *arguments: Any) -> None:
    """Call on the event loop, immediately if this is it: the engine's stores have no locks."""
    try:
        is_on_loop = asyncio.get_running_loop() is engine._MAIN_LOOP
    except RuntimeError:
        is_on_loop = False
    if is_on_loop:
        callback(*arguments)
    else:
        engine._MAIN_LOOP.call_soon_threadsafe(callback, *arguments)


def wait_on_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run on the event loop and wait for it, from a thread; the caller's account and Region travel with it."""
    return asyncio.run_coroutine_threadsafe(work, engine._MAIN_LOOP).result()
