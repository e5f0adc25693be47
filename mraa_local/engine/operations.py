"""Any operation of any service, called from inside the cloud: as a request to its handler, with its model's protocol.

What resource handlers of CloudFormation do for their caller goes through the services' own checks that way. Policies
are not evaluated here; who calls has done it.
"""

import functools
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs, urlencode

import botocore.parsers
import botocore.serialize
import botocore.session
import botocore.validate
import ministack.app as engine
from botocore.model import ServiceModel

from mraa_local import constraints
from mraa_local.engine.scope import Answer


class OperationRefused(Exception):
    """A service refuses an operation, in its own words."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """The operation's result in this account and Region; raises OperationRefused.

    On the event loop only, and for operations whose handlers do not wait for anything.
    """
    model = service_model(service)
    described = model.operation_model(operation)
    problems = botocore.validate.ParamValidator().validate(parameters, described.input_shape)
    if problems.has_errors():
        raise OperationRefused("ValidationException", problems.generate_report(), 400)
    if problem := constraints.problem(described, parameters):
        raise OperationRefused("ValidationException", problem, 400)
    protocol = model.resolved_protocol
    request = botocore.serialize.create_serializer(protocol).serialize_to_request(parameters, described)
    body = request["body"]
    if isinstance(body, dict):  # the query protocol
        body = urlencode(body)
    content = body.encode() if isinstance(body, str) else body
    headers = {"host": "localhost", **{name.lower(): str(value) for name, value in request["headers"].items()}}
    query = parse_qs(urlencode(request["query_string"], doseq=True), keep_blank_values=True)
    handler = engine.SERVICE_HANDLERS[_HANDLERS.get(service, service)]
    status, answered, answer = _driven(handler(request["method"], request["url_path"], headers, content, query))
    received = {
        "status_code": status,
        "headers": {name.lower(): str(value) for name, value in answered.items()},
        "body": answer.encode() if isinstance(answer, str) else answer or b"",
    }
    result: dict[str, Any] = botocore.parsers.create_parser(protocol).parse(received, described.output_shape)
    if status >= 400:
        error = result.get("Error", {})
        raise OperationRefused(str(error.get("Code")), str(error.get("Message")), status)
    result.pop("ResponseMetadata", None)
    return result


@functools.cache
def service_model(service: str) -> ServiceModel:
    """The service's model, of which its operations' shapes are read."""
    return botocore.session.get_session().get_service_model(model_name(service))


def model_name(service: str) -> str:
    """The name that botocore has for a service."""
    return _MODELS.get(service, service)


_HANDLERS = {"apigatewayv2": "apigateway"}
_MODELS = {"states": "stepfunctions", "monitoring": "cloudwatch"}


def _driven(handling: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        handling.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    handling.close()
    raise RuntimeError("the operation waits for something")
