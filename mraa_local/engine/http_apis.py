"""HTTP APIs (API Gateway v2): whom they belong to, who may call them, and how they invoke functions."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import ministack.app as engine
from ministack.services import apigateway as v2

from mraa_local.engine.scope import Answer


class Invocation(NamedTuple):
    """A request that is about to reach a function: the function's ARN, and of which route, in which account."""

    function_arn: str
    api_id: str
    stage_name: str
    route_key: str
    account_id: str
    region: str


def scope_of(api_id: str) -> tuple[str, str] | None:
    """The account and the Region of an API; None if it is no HTTP API."""
    scope = v2.find_api_scope(api_id)
    return (str(scope[0]), str(scope[1])) if scope else None


def around_invocation(around: Callable[[Invocation, Callable[[], Awaitable[Answer]]], Awaitable[Answer]]) -> None:
    """Have ``around`` answer every request whose route invokes a function."""
    original = v2._invoke_lambda_proxy

    async def invoke(
        integration: dict[str, Any], api_id: str, stage: str, path: str, method: str, headers: Any, body: bytes,
        query: Any, route_key: str, path_params: Any, **named: Any
    ) -> Answer:  # fmt: skip
        function = str(v2._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", "")))
        account, region = str(named["owner_account_id"]), str(named["owner_region"])
        invocation = Invocation(function, api_id, stage, route_key, account, region)

        async def proceed() -> Answer:
            answer: Answer = await original(
                integration, api_id, stage, path, method, headers, body, query, route_key, path_params, **named
            )
            return answer

        return await around(invocation, proceed)

    v2._invoke_lambda_proxy = invoke


def refuse_signatures(problem: Callable[[Mapping[str, str], Mapping[str, Any], str], str]) -> None:
    """Refuse a request to an HTTP API for whose signature ``problem(headers, query, the API's Region)`` gives one."""
    enforce = engine._enforce_execute_api

    def enforced(
        api_id: str, stage: str, method: str, path: str, headers: dict[str, str], query: Any, **options: Any
    ) -> Answer | None:
        scope = scope_of(api_id)
        is_signed = scope is not None and v2.route_authorization_type(api_id, stage, method, path) == "AWS_IAM"
        if scope and is_signed and problem(headers, query or {}, scope[1]):
            return forbidden()
        refused: Answer | None = enforce(api_id, stage, method, path, headers, query, **options)
        return forbidden() if is_signed and refused is not None else refused

    engine._enforce_execute_api = enforced


def before_integration(check: Callable[[dict[str, Any]], str]) -> None:
    """Refuse CreateIntegration and UpdateIntegration for which ``check(request)`` gives a reason."""
    create, update = v2._create_integration, v2._update_integration

    def created(api_id: str, request: dict[str, Any]) -> Answer:
        answer: Answer = _refused(check(request)) or create(api_id, request)
        return answer

    def updated(api_id: str, integration_id: str, request: dict[str, Any]) -> Answer:
        answer: Answer = _refused(check(request)) or update(api_id, integration_id, request)
        return answer

    v2._create_integration, v2._update_integration = created, updated


def forbidden() -> Answer:
    """What an HTTP API answers to a caller who may not call it."""
    answer: Answer = v2._jwt_forbidden()
    return answer


def failed() -> Answer:
    """What an HTTP API answers where its function cannot be invoked."""
    return 500, {"Content-Type": "application/json"}, b'{"message":"Internal Server Error"}'


def _refused(reason: str) -> Answer | None:
    answer: Answer | None = v2._apigw_error("BadRequestException", reason, 400) if reason else None
    return answer
