"""Cross-origin answers as AWS gives them.

The engine lets every origin read every answer, which would hide a forgotten CORS rule until the day it meets AWS.
Here Cognito answers every origin (as AWS does: browsers call it unsigned), a bucket answers by its own CORS rules,
an API by its own methods, and nothing else says anything.
"""

from typing import Any

import ministack.app as engine
import ministack.services.s3 as s3

HOOKED = (
    "ministack.app._dispatch_service_request",
    "ministack.app._handle_options_request",
    "ministack.app._routing_params",
    "ministack.app._s3_cors_target",
    "ministack.app.detect_service",
    "ministack.services.s3.cors_preflight",
    "ministack.services.s3.cors_response_headers",
)

_OPEN_SERVICES = {"cognito-idp", "cognito-identity"}
_OPEN_PATHS = ("/oauth2/", "/logout", "/login")

Answer = tuple[int, dict[str, Any], Any]


def install() -> None:
    """Wrap the engine's dispatcher and its answer to preflights."""
    dispatch = engine._dispatch_service_request
    preflight = engine._handle_options_request

    async def dispatched(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any], request_id: str
    ) -> Answer:
        # asked first: the handler may consume what tells the service
        service = engine.detect_service(
            method, path, headers, engine._routing_params(method, path, headers, body, query_params)
        )
        status, answered, data = await dispatch(method, path, headers, body, query_params, request_id)
        if service in _OPEN_SERVICES:
            return status, answered, data
        kept = {name: value for name, value in answered.items() if not name.lower().startswith("access-control-")}
        if service == "s3" and (target := engine._s3_cors_target(headers.get("host", ""), path)):
            kept |= s3.cors_response_headers(target[0], method, headers)
        return status, kept, data

    def preflighted(
        method: str, path: str, headers: dict[str, str], query_params: dict[str, Any], request_id: str
    ) -> Answer | None:
        if method != "OPTIONS":
            return None
        target = engine._s3_cors_target(headers.get("host", ""), path)
        if target and engine.detect_service(method, path, headers, query_params) == "s3":
            status, answered, data = s3.cors_preflight(*target, headers)
            return status, {**answered, "x-amzn-requestid": request_id}, data
        # every service but S3 and the APIs is called at "/", so its preflight looks like Cognito's; its answer is
        # still kept from the page, for it says nothing about origins
        if path == "/" or path.startswith(_OPEN_PATHS) or "/.well-known/" in path:
            opened: Answer = preflight(method, path, headers, query_params, request_id)
            return opened
        return 403, {"Content-Length": "0", "x-amzn-requestid": request_id}, b""

    engine._dispatch_service_request = dispatched
    engine._handle_options_request = preflighted
