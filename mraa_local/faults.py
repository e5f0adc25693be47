"""Faults on request: a Region that is down, a service that throttles, replication that lags or is cut.

A Region that is down serves nothing: not at the door (middleware), and not inside either (functions, stack
operations and CloudFront origins that would reach it without passing the door). Replication asks ``is_down`` too.
Faults are not kept over a restart.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import ministack.services.cloudformation.handlers as stack_handlers
import ministack.services.cloudformation.helpers as stack_helpers
import ministack.services.cloudfront as cloudfront
import ministack.services.lambda_svc as functions
from ministack.core.responses import get_region

from mraa.names import REGION_PATTERN
from mraa_local import refusals, replication, request_facts
from mraa_local.asgi import App, Message, Receive, Scope, Send, answer, headers_of
from mraa_local.cfn import failing

HOOKED = (
    *request_facts.HOOKED,
    "ministack.services.cloudformation.handlers._create_stack",
    "ministack.services.cloudformation.handlers._delete_stack",
    "ministack.services.cloudformation.handlers._update_stack",
    "ministack.services.cloudfront.OriginUnreachable",
    "ministack.services.cloudfront._serve_s3_origin",
    "ministack.services.lambda_svc._execute_function",
)

PATH = "/_mraa/faults"

_down: set[str] = set()
_throttles: dict[str, "Throttle"] = {}


class Throttle:
    """Refuses a share of requests, spread evenly: at 0.25 every fourth."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._due = 0.0

    def refuses(self) -> bool:
        """Whether the next request is one too many."""
        self._due += self.rate
        if self._due < 1:
            return False
        self._due -= 1
        return True


class BadRequestError(ValueError):
    """A fault that makes no sense; the message says why."""


class Path(NamedTuple):
    """One direction of replication."""

    source: str
    destination: str


def is_down(region: str) -> bool:
    """Whether the Region serves nothing at present."""
    return region in _down


def describe() -> dict[str, Any]:
    """The faults that are set, and how replication stands."""
    return {
        "down": sorted(_down),
        "throttle": {service: throttle.rate for service, throttle in sorted(_throttles.items())},
        "failing": failing.describe(),
        "replication": replication.describe(),
    }


def set_region(region: str, *, is_up: bool) -> None:
    """Take a Region down, or bring it back with everything it stored."""
    if is_up:
        _down.discard(region)
    else:
        _down.add(region)


def set_throttle(service: str, rate: float) -> None:
    """Refuse this share (0 to 1) of the service's requests; 0 ends it."""
    if rate:
        _throttles[service] = Throttle(rate)
    else:
        _throttles.pop(service, None)


def change(request: dict[str, Any]) -> None:
    """Carry out one request of the control endpoint; raises BadRequestError."""
    match request:
        case {"fault": "region", "region": region, "state": "up" | "down" as state, **rest} if not rest:
            set_region(_region(region), is_up=state == "up")
        case {"fault": "throttle", "service": service, "rate": int() | float() as rate, **rest} if not rest:
            if service not in refusals.THROTTLEABLE:
                raise BadRequestError(f"There is no service {service!r}: one of {', '.join(refusals.THROTTLEABLE)}.")
            if not 0 <= rate <= 1:
                raise BadRequestError("The rate is the share of requests to refuse, 0 to 1.")
            set_throttle(service, rate)
        case {
            "fault": "resource",
            "region": region,
            "logicalId": str() as logical_id,
            "state": "fails" | "sticks" | "works" as state,
            **rest,
        } if not rest:
            failing.set_state(_region(region), logical_id, state)
        case {"fault": "lag", "from": source, "to": destination, "ms": int() as ms, **rest} if not rest:
            if ms < 0:
                raise BadRequestError("A lag is 0 ms or more.")
            replication.set_lag(*_path(source, destination), ms)
        case {"fault": "cut", "from": source, "to": destination, **rest} if not rest:
            replication.cut(*_path(source, destination))
        case {"fault": "heal", "from": source, "to": destination, **rest} if not rest:
            replication.heal(*_path(source, destination))
        case _:
            raise BadRequestError("Not a fault: region, resource, throttle, lag, cut or heal, with its own words.")


def install() -> None:
    """Close the ways into a Region that do not pass the door."""
    execute, serve_origin = functions._execute_function, cloudfront._serve_s3_origin

    def executed(func: dict[str, Any], event: Any) -> Any:
        arn = (func.get("config") or func).get("FunctionArn", "")
        region = arn.split(":")[3] if arn.count(":") >= 6 else ""
        if not is_down(region):
            return execute(func, event)
        reason = {"errorType": "ServiceUnavailable", "errorMessage": f"{region} is down."}
        return {"body": reason, "error": True, "log": ""}

    def served(origin: dict[str, Any], *rest: Any, **named: Any) -> Any:
        region = request_facts.bucket_region(origin["s3_bucket"])
        if is_down(region):
            raise cloudfront.OriginUnreachable(f"{region} is down")
        return serve_origin(origin, *rest, **named)

    functions._execute_function = executed
    cloudfront._serve_s3_origin = served
    for name in ("_create_stack", "_update_stack", "_delete_stack"):
        setattr(stack_handlers, name, _unless_down(getattr(stack_handlers, name)))


def wrap(app: App) -> App:
    """The door: the control endpoint, then the faults."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"] == PATH:
            await _control(scope, receive, send)
        elif scope["path"].startswith("/_mraa/") or not (_down or _throttles):
            await app(scope, receive, send)
        else:
            headers = headers_of(scope)
            body = b""
            if request_facts.needs_body(headers):
                body = await _read(receive)
                receive = _replay(body, receive)
            refused = _refusal(scope, headers, body)
            if refused is None:
                await app(scope, receive, send)
            else:
                content_type, *others = refused.headers
                await answer(scope, send, refused.status, refused.body, content_type[1], others)

    return faulty


def _refusal(scope: Scope, headers: dict[str, str], body: bytes) -> refusals.Refusal | None:
    query = scope.get("query_string", b"").decode("latin-1")
    facts = request_facts.read(scope["path"], query, headers, body)
    if lost := sorted(facts.regions & _down):
        return refusals.region_down(facts.service, lost[0], headers)
    throttle = _throttles.get(facts.service)
    if throttle and scope["method"] != "OPTIONS" and throttle.refuses():
        return refusals.throttled(facts.service, headers)
    return None


def _unless_down(action: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def guarded(params: Any) -> Any:
        if is_down(get_region()):
            return stack_helpers._error("ServiceUnavailable", f"{get_region()} is down.", 503)
        return action(params)

    return guarded


async def _control(scope: Scope, receive: Receive, send: Send) -> None:
    status, said = 200, None
    if scope["method"] == "POST":
        try:
            request = json.loads(await _read(receive))
            change(request)
        except ValueError as error:  # bad JSON, or BadRequestError
            status, said = 400, {"message": str(error)}
    elif scope["method"] != "GET":
        status, said = 405, {"message": "GET lists faults, POST sets one."}
    await answer(scope, send, status, json.dumps(said or describe()), "application/json")


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


def _region(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(REGION_PATTERN, value):
        raise BadRequestError(f"{value!r} is not a Region.")
    return value


def _path(source: Any, destination: Any) -> Path:
    if source == destination:
        raise BadRequestError("Replication goes from one Region to another.")
    return Path(_region(source), _region(destination))
