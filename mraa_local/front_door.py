"""What AWS's front doors check and the engine's does not: that there is such a service, and whose bucket it is."""

from typing import Any

import ministack.app as engine

from mraa_local import environment, refusals

HOOKED = (
    "ministack.app.SERVICE_HANDLERS",
    "ministack.app._dispatch_service_request",
    "ministack.app._routing_params",
    "ministack.app._s3_cors_target",
    "ministack.app.detect_service",
)

Answer = tuple[int, dict[str, Any], Any]


def install() -> None:
    """Wrap the engine's dispatcher."""
    dispatch = engine._dispatch_service_request

    async def checked(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any], request_id: str
    ) -> Answer:
        params = engine._routing_params(method, path, headers, body, query_params)
        service = engine.detect_service(method, path, headers, params)
        if service != "unknown_query" and service not in engine.SERVICE_HANDLERS:
            return _answer(refusals.unknown_service(service, headers))
        expected = headers.get("x-amz-expected-bucket-owner", environment.ACCOUNT_ID)
        is_foreign = service == "s3" and expected != environment.ACCOUNT_ID
        if is_foreign and engine._s3_cors_target(headers.get("host", ""), path):
            return _answer(refusals.foreign_bucket(headers))
        answer: Answer = await dispatch(method, path, headers, body, query_params, request_id)
        return answer

    engine._dispatch_service_request = checked


def _answer(refusal: refusals.Refusal) -> Answer:
    return refusal.status, dict(refusal.headers), refusal.body.encode()
