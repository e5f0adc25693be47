"""Parameters that a service's model does not allow are refused before the service, which looks at few, sees them."""

import json
from collections.abc import Awaitable, Callable

from mraa_local import constraints
from mraa_local.engine import application, operations
from mraa_local.engine.application import Request
from mraa_local.engine.scope import Answer

_CHECKED = ("kinesis", "secretsmanager", "states")


def install() -> None:
    """Check before the engine's dispatcher."""
    application.around_dispatch(_checked)


async def _checked(request: Request, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    problem = _problem(request) if request.service in _CHECKED else ""
    if not problem:
        return await proceed()
    answer = {"__type": "ValidationException", "message": problem}
    return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()


def _problem(request: Request) -> str:
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    model = operations.service_model(request.service)
    try:
        parameters = json.loads(request.body or b"{}")
    except ValueError:
        return ""  # which its handler says, or CBOR
    if operation not in model.operation_names or not isinstance(parameters, dict):
        return ""
    return constraints.problem(model.operation_model(operation), parameters)
