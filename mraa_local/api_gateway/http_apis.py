"""HTTP APIs with Lambda proxy integrations: signed where a route says so, and invoking by the function's policy.

The engine checks no Region of a signature and no policy of a function, and would send requests to any address.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mraa_local.access import service_policies, signatures
from mraa_local.engine import http_apis
from mraa_local.engine.http_apis import Invocation
from mraa_local.engine.scope import Answer, scope

SERVICE = "apigateway.amazonaws.com"
_SIGNED_FOR = "execute-api"


def install() -> None:
    """Check integrations, signatures and invocations."""
    http_apis.before_integration(_problem_of_integration)
    http_apis.refuse_signatures(_problem_of_signature)
    http_apis.around_invocation(_invoked)


def _problem_of_integration(integration: dict[str, Any]) -> str:
    if integration.get("integrationType", "AWS_PROXY") != "AWS_PROXY" or integration.get("integrationSubtype"):
        return "The local cloud supports integrations of the type AWS_PROXY with functions only."
    if integration.get("payloadFormatVersion", "2.0") != "2.0":
        return "The local cloud supports the payload format version 2.0 only."
    return ""


def _problem_of_signature(headers: Mapping[str, str], query: Mapping[str, Any], region: str) -> str:
    return signatures.problem(signatures.scope_of(headers, query), region, _SIGNED_FOR)


async def _invoked(invocation: Invocation, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    with scope(invocation.account_id, invocation.region):
        is_allowed = service_policies.may_invoke(SERVICE, _source_arn(invocation), invocation.function_arn)
    return await proceed() if is_allowed else http_apis.failed()


def _source_arn(of: Invocation) -> str:
    """The route's ARN, which a function's policy may ask for: ``GET /orders/{id}`` ends in ``GET/orders/{id}``."""
    route = of.route_key.replace(" ", "", 1)
    return f"arn:aws:execute-api:{of.region}:{of.account_id}:{of.api_id}/{of.stage_name}/{route}"
