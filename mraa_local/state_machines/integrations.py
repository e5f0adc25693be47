"""What the resource of a task means: which operation of which service, and how its words become the task's.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html and supported-services-awssdk.html.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mraa_local.access.role_calls import CallFailed
from mraa_local.engine import operations, state_machines
from mraa_local.engine.state_machines import TaskFailed
from mraa_local.environment import SERVICES

_FUNCTION = re.compile(r"arn:aws:lambda:[a-z0-9-]+:\d{12}:function:.+")
_OPTIMIZED = re.compile(r"arn:aws:states:::(?P<service>[a-z]+):(?P<operation>[A-Za-z]+)")
_SDK = re.compile(r"arn:aws:states:::aws-sdk:(?P<service>[a-z0-9]+):(?P<operation>[A-Za-z0-9]+)")
_SDK_SERVICES = {"sfn": "states", "eventbridge": "events", "cloudwatch": "monitoring", "cloudwatchlogs": "logs"}
# optimized integrations: service -> operations, the prefix of their errors, the error that has no name of its own
_OPTIMIZED_SERVICES = {
    "dynamodb": (("getItem", "putItem", "updateItem", "deleteItem"), "DynamoDB", "AmazonDynamoDBException"),
    "events": (("putEvents",), "EventBridge", "EventBridgeException"),
    "lambda": (("invoke",), "Lambda", "AWSLambdaException"),
    "sns": (("publish",), "SNS", "AmazonSNSException"),
    "sqs": (("sendMessage",), "SQS", "AmazonSQSException"),
    "states": (("startExecution",), "StepFunctions", "AWSStepFunctionsException"),
}
# the SDK's name for the one member that Java has a word for
_NUL = "Nul"
_NULL = ("AttributeValue", "NULL", state_machines.sdk_name)
# members that take text, and of which an optimized integration makes text
_TEXTS = {"MessageBody", "Message", "Detail", "Payload", "input"}


@dataclass(frozen=True)
class Integration:
    """An operation that a task performs; ``function``: the ARN that is the resource itself, if it is."""

    service: str
    operation: str
    error_prefix: str
    other_error: str
    function: str = ""
    is_sdk: bool = False

    def parameters(self, given: Any) -> dict[str, Any]:
        """The operation's parameters; raises ValueError for what are none."""
        if self.function:
            return {"FunctionName": self.function, "Payload": json.dumps(given)}
        if not isinstance(given, Mapping):
            raise ValueError("The Parameters of a task must be an object.")
        shape = operations.service_model(self.service).operation_model(self.operation).input_shape
        made: dict[str, Any] = _to_api(given, shape, makes_text=not self.is_sdk)
        return made

    def result(self, found: Mapping[str, Any]) -> Any:
        """The task's result; raises TaskFailed for a function that failed."""
        answer = dict(found)
        if self.operation == "Invoke":
            payload = answer["Payload"].read().decode()
            if answer.get("FunctionError"):
                raise TaskFailed(_error_type(payload), payload)
            answer["Payload"] = payload if self.is_sdk else json.loads(payload or "null")
            if self.function:
                return answer["Payload"]
        shape = operations.service_model(self.service).operation_model(self.operation).output_shape
        return _to_task(answer, shape, state_machines.sdk_name if self.is_sdk else _capitalized)

    def error(self, code: str) -> str:
        """The error's name: the service's own if its model has it."""
        known = {shape.name for shape in operations.service_model(self.service).error_shapes}
        codes = {getattr(shape, "error_code", "") for shape in operations.service_model(self.service).error_shapes}
        return f"{self.error_prefix}.{code if code in known | codes else self.other_error}"

    def cause(self, failed: CallFailed) -> str:
        """The cause, with what the service's SDK adds to the message."""
        return (
            f"{failed.message} (Service: {self.error_prefix}, Status Code: {failed.status}, Error Code: {failed.code})"
        )


def parse(resource: str) -> Integration | None:
    """The integration that a task's resource names; None for one that is not supported."""
    if _FUNCTION.fullmatch(resource):
        return Integration("lambda", "Invoke", "Lambda", "AWSLambdaException", function=resource)
    if found := _SDK.fullmatch(resource):
        service = _SDK_SERVICES.get(found["service"], found["service"])
        prefix = state_machines.sdk_error_prefix(found["service"])
        made = Integration(service, _capitalized(found["operation"]), prefix, f"{prefix}Exception", is_sdk=True)
        is_served = service in SERVICES and made.operation in operations.service_model(service).operation_names
        return made if is_served else None
    if found := _OPTIMIZED.fullmatch(resource):
        allowed, prefix, other = _OPTIMIZED_SERVICES.get(found["service"], ((), "", ""))
        if found["operation"] in allowed:
            return Integration(found["service"], _capitalized(found["operation"]), prefix, other)
    return None


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]


def _to_api(value: Any, shape: Any, *, makes_text: bool, name: str = "") -> Any:
    """Parameters in the API's names, which a task writes in Pascal case."""
    if makes_text and name in _TEXTS and not isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, Mapping) and getattr(shape, "members", None) is not None:
        members = {member.lower(): member for member in shape.members}
        members |= {state_machines.sdk_name(member).lower(): member for member in shape.members}
        named: dict[str, Any] = {str(members.get(str(key).lower(), key)): of for key, of in value.items()}
        if shape.name == _NULL[0]:
            named = {"NULL" if key == _NUL else key: of for key, of in named.items()}
        return {key: _to_api(of, shape.members.get(key), makes_text=makes_text, name=key) for key, of in named.items()}
    if isinstance(value, Mapping):
        return {key: _to_api(of, getattr(shape, "value", None), makes_text=makes_text) for key, of in value.items()}
    if isinstance(value, list):
        return [_to_api(of, getattr(shape, "member", None), makes_text=makes_text) for of in value]
    return value


def _to_task(value: Any, shape: Any, name_of: Callable[[str], str]) -> Any:
    """A result in JSON's types and Step Functions' names; the keys of maps are data."""
    if isinstance(value, Mapping):
        members = getattr(shape, "members", None)
        if members is None:
            return {key: _to_task(of, getattr(shape, "value", None), name_of) for key, of in value.items()}
        names = {name: _NUL if (shape.name, name, name_of) == _NULL else name_of(name) for name in value}
        return {names[name]: _to_task(of, members.get(name), name_of) for name, of in value.items()}
    if isinstance(value, list):
        return [_to_task(of, getattr(shape, "member", None), name_of) for of in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def _error_type(payload: str) -> str:
    try:
        document = json.loads(payload)
    except ValueError:
        document = None
    return str(document.get("errorType") or "Lambda.Unknown") if isinstance(document, dict) else "Lambda.Unknown"
