"""The calls of a service that a resource's steps consist of; what a service refuses is the resource's status reason."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from mraa_local.cfn.reasons import refuse
from mraa_local.engine import operations
from mraa_local.engine.operations import OperationRefused

# as the SDK of CloudFormation's handlers names the services
_SDK_NAMES = {
    "apigatewayv2": "ApiGatewayV2",
    "events": "CloudWatchEvents",
    "kinesis": "Kinesis",
    "scheduler": "Scheduler",
    "secretsmanager": "SecretsManager",
    "sns": "Sns",
    "sqs": "Sqs",
    "states": "Sfn",
}
_GONE = {"NotFound", "NotFoundException", "ResourceNotFoundException", "StateMachineDoesNotExist"}
_EXISTS = {"ConflictException", "ResourceExistsException", "ResourceInUseException", "StateMachineAlreadyExists"}


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """The operation's result; numbers and booleans may be text, as in templates, and None is left out.

    Raises ValueError, the resource's status reason, for what the service refuses.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    shape = operations.service_model(service).operation_model(operation).input_shape
    try:
        return operations.call(service, operation, **_typed(given, shape))
    except OperationRefused as refused:
        code = "NotFound" if refused.code in _GONE else "AlreadyExists" if refused.code in _EXISTS else "InvalidRequest"
        refuse(refused.message, _SDK_NAMES[service], refused.status, code)


def exists(service: str, operation: str, **parameters: Any) -> bool:
    """Whether what the operation describes exists."""
    try:
        operations.call(service, operation, **parameters)
    except OperationRefused as refused:
        if refused.code in _GONE:
            return False
        raise
    return True


def refuse_existing(service: str, resource_type: str, identifier: str) -> NoReturn:
    """Raise ValueError, the resource's status reason: a creation does not take over what exists."""
    message = f"Resource of type '{resource_type}' with identifier '{identifier}' already exists."
    refuse(message, _SDK_NAMES[service], 409, "AlreadyExists")


@contextlib.contextmanager
def already_gone() -> Iterator[None]:
    """What a deletion does not find is deleted."""
    try:
        yield
    except ValueError as error:
        if "HandlerErrorCode: NotFound" not in str(error):
            raise


def tags(props: Mapping[str, Any]) -> dict[str, str]:
    """The resource's tags; templates write them as a list or as a map."""
    given = props.get("Tags") or {}
    return dict(given) if isinstance(given, Mapping) else {tag["Key"]: str(tag["Value"]) for tag in given}


def tag_list(named: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as most services take them."""
    return [{"Key": key, "Value": value} for key, value in named.items()]


def update_tags(service: str, old: Mapping[str, Any], new: Mapping[str, Any], **of: str) -> None:
    """Change the tags of the resource that ``of`` names, for services with UntagResource and TagResource."""
    gone, added = changed_tags(old, new)
    if gone:
        call(service, "UntagResource", **of, TagKeys=gone)
    if added:
        call(service, "TagResource", **of, Tags=tag_list(added))


def changed_tags(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The keys that an update drops, and the tags that it sets."""
    before, after = tags(old), tags(new)
    return sorted(before.keys() - after.keys()), {name: of for name, of in after.items() if before.get(name) != of}


def _typed(value: Any, shape: Any) -> Any:
    if shape is None:
        return value
    if isinstance(value, Mapping):
        members = getattr(shape, "members", None)
        of_map = getattr(shape, "value", None)
        return {
            name: _typed(of, members.get(name) if members is not None else of_map)
            for name, of in value.items()
            if of is not None
        }
    if isinstance(value, list):
        return [_typed(of, getattr(shape, "member", None)) for of in value]
    kind = shape.type_name
    if isinstance(value, str) and kind == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, str) and kind in ("integer", "long") and value.lstrip("-").isdecimal():
        return int(value)
    if kind == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
