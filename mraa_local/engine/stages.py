"""The data plane of REST APIs: requests at a stage, and the engine's own checks and formats for them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import ministack.app as engine
from ministack.services import apigateway_v1 as v1

from mraa_local.engine.scope import Answer

Stage = dict[str, Any]  # deploymentId, variables, accessLogSettings, methodSettings, ...
Query = dict[str, list[str]]


class Rejection(NamedTuple):
    """What API Gateway answers by itself: the kind of its gateway response, and the message."""

    kind: str
    message: str


class Deployed(NamedTuple):
    """The part of a deployed API that a request reaches: the records of its resource and its method."""

    resource: Mapping[str, Any]
    method: dict[str, Any]
    path_params: dict[str, str]


@dataclass
class Arrival:
    """A request at a stage."""

    api_id: str
    stage_name: str
    http_method: str
    path: str
    headers: dict[str, str]
    query: Query
    body: bytes
    account_id: str
    region: str


def serve_by(
    serve: Callable[[Arrival], Awaitable[Answer]], authorization_type: Callable[[str, str, str, str], str | None]
) -> None:
    """Serve every request at a stage in the engine's place, in the API's account and Region.

    ``authorization_type(API id, stage, HTTP method, path)`` says how the method is called; None if none is reached.
    """

    async def handle(
        api_id: str,
        stage_name: str,
        http_method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: Query | None,
        account_id: str,
        region: str,
    ) -> Answer:
        return await serve(
            Arrival(api_id, stage_name, http_method, path, headers, query or {}, body, account_id, region)
        )

    v1._handle_execute_in_scope = handle
    v1.method_authorization_type = authorization_type


def around_authorization(around: Callable[[Arrival, Callable[[], Answer | None]], Answer | None]) -> None:
    """Have ``around`` check the signature and policies of a request at a stage that exists; None lets it pass."""
    enforce = engine._enforce_execute_api

    def enforced(
        api_id: str, stage_name: str, method: str, path: str, headers: dict[str, str], query: Any, **options: Any
    ) -> Answer | None:
        def proceed() -> Answer | None:
            refused: Answer | None = enforce(api_id, stage_name, method, path, headers, query, **options)
            return refused

        scope = scope_of(api_id)
        if scope is None or v1.stages_for_api(api_id).get(stage_name) is None:
            return proceed()
        return around(Arrival(api_id, stage_name, method, path, headers, query or {}, b"", *scope), proceed)

    engine._enforce_execute_api = enforced


def scope_of(api_id: str) -> tuple[str, str] | None:
    """The account and the Region of an API."""
    scope = v1.find_api_scope(api_id)
    return (str(scope[0]), str(scope[1])) if scope else None


def api_name(api_id: str) -> str:
    """The name of an API of the account and Region of the request; empty if there is none."""
    return str((v1._rest_apis.get(api_id) or {}).get("name", ""))


def find(api_id: str, stage_name: str) -> Stage | None:
    """A stage in the account and Region of the request, to be changed in place."""
    stage: Stage | None = v1._stages_v1.get(api_id, {}).get(stage_name)
    return stage


async def check_authorization(arrival: Arrival, stage: Stage, reached: Deployed) -> Rejection | None:
    """What the method's authorization objects to."""
    at = arrival
    return _refused(
        await v1._authorize_request_v1(
            at.api_id, at.stage_name, reached.method, at.http_method, at.path, reached.resource, at.headers, at.body,
            at.query, reached.path_params, stage, at.account_id, at.region,
        )
    )  # fmt: skip


def check_limits(arrival: Arrival, stage: Stage, reached: Deployed) -> Rejection | None:
    """What the method's API key, throttling and quota object to."""
    at, path = arrival, reached.resource["path"]
    error, key = v1._check_api_key(reached.method, at.api_id, at.stage_name, at.headers)
    return (
        _refused(error)
        or _refused(v1._check_throttle(stage, at.api_id, at.stage_name, path, at.http_method, key))
        or _refused(v1._check_quota(key, at.api_id, at.stage_name))
    )


def gateway_response(refused: Rejection, request: dict[str, Any]) -> Answer:
    """The gateway response of the API, mapped from the request."""
    answer: Answer = v1._gateway_error_response(v1._GatewayError(*refused), request)
    return answer


def caller(headers: dict[str, str], query: Query) -> dict[str, Any]:
    """``$context.identity`` of who signed the request."""
    return v1._iam_caller_identity(headers, query) or {}


def missing_parameters(method: dict[str, Any], request: dict[str, Any], headers: dict[str, str], query: Query) -> Any:
    """The names of required parameters that the request does not have."""
    return v1._missing_request_parameters(method, request, headers, query)


def fits_schema(document: Any, schema: dict[str, Any], max_depth: int) -> bool:
    """Whether a JSON document is no deeper than that and valid by the schema."""
    return bool(v1._json_depth(document) <= max_depth and v1._json_schema_valid(schema, document, schema))


def matches_media_type(accept: str, media_types: list[str]) -> bool:
    """Whether one of the media types is accepted."""
    return bool(v1._media_type_matches(accept, media_types))


def proxy_event(arrival: Arrival, stage: Stage, reached: Deployed, binary_media_types: list[str]) -> dict[str, Any]:
    """The event of a Lambda proxy integration (payload format 1.0)."""
    at, resource = arrival, {"id": reached.resource["id"], "path": reached.resource["path"]}
    event: dict[str, Any] = v1._build_lambda_event_v1(
        at.api_id, at.stage_name, stage, resource, at.path, at.http_method, at.headers, at.body, at.query,
        reached.path_params, binary_media_types=binary_media_types,
    )  # fmt: skip
    return event


def _refused(verdict: Any) -> Rejection | None:
    """The engine's checks answer an error, or a pair of an error and a result."""
    error = verdict[0] if isinstance(verdict, tuple) else verdict
    return None if error is None else Rejection(error.response_type, error.message)
