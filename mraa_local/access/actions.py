"""The IAM action that a request needs, read from where its service reads the operation.

Each protocol has one place for it (https://smithy.io/2.0/aws/protocols/): a form's ``Action``, the header
``X-Amz-Target``, a path of the service's model. A request that names operations in two places, or parameters that could
be read from two, is undetermined: what is evaluated must be what is served.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import botocore.loaders

from mraa_local.access import object_actions
from mraa_local.engine.authorization import Call, UndeterminedError

# Operations that IAM knows by another name:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
_OTHER_NAMES = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeAsync": "lambda:InvokeFunction",
    "lambda:InvokeWithResponseStream": "lambda:InvokeFunction",
    "lambda:GetLayerVersionByArn": "lambda:GetLayerVersion",
    "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
    "cloudfront:CreateStreamingDistributionWithTags": "cloudfront:CreateStreamingDistribution",
    "cloudfront:UpdateDistributionWithStagingConfig": "cloudfront:UpdateDistribution",
}
# PartiQL names its tables in a statement, which nothing here reads; the engine takes a token of a web identity or an
# assertion as they are, from anybody.
_UNSUPPORTED = {
    "dynamodb:BatchExecuteStatement",
    "dynamodb:ExecuteStatement",
    "dynamodb:ExecuteTransaction",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
}

# The engine finds some of Lambda's operations by words anywhere in the path: a name that has one would be another call.
_MISLEADING = re.compile(r"event-invoke-config|provisioned-concurrency|code-signing-config|account-settings|^urls?")

_VERBS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


class _Route(NamedTuple):
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]
    """Parameters that must be there; with this value, if it is not empty."""
    literals: int
    operation: str


def action_of(call: Call) -> str:
    """The action, such as ``dynamodb:PutItem``; raises UndeterminedError."""
    read = _READERS.get(call.service)
    if read is None:
        raise UndeterminedError(call.service, f"the local cloud does not know the actions of {call.service}")
    action = read(call)
    if action in _UNSUPPORTED:
        raise UndeterminedError(call.service, f"{action} is not supported with authentication")
    return _OTHER_NAMES.get(action, action)


def _targeted(namespace: str) -> Callable[[Call], str]:
    """JSON protocols: ``X-Amz-Target``; everything else is in the body."""

    def read(call: Call) -> str:
        operation = call.headers.get("x-amz-target", "").rpartition(".")[2]
        if not operation or set(_parameters(call)):
            raise _undetermined(call, "its operation must be in the header X-Amz-Target, its parameters in the body")
        return f"{namespace}:{operation}"

    return read


def _query(namespace: str) -> Callable[[Call], str]:
    """The query protocol: ``Action`` in a form or in the query string; parameters in one of the two."""

    def read(call: Call) -> str:
        actions = list(call.query.get("Action") or [])
        if call.body:
            if not call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                raise _undetermined(call, "its body must be a form (application/x-www-form-urlencoded)")
            form = parse_qs(call.body.decode("utf-8", "replace"), keep_blank_values=True)
            # the engine merges both into ``call.query``, where the query string wins; the form wins where it serves
            if any(call.query.get(name) != values for name, values in form.items()):
                raise _undetermined(call, "a parameter is in its query string and in its form")
        if call.headers.get("x-amz-target") or len(actions) != 1:
            raise _undetermined(call, "it must name one Action")
        return f"{namespace}:{actions[0]}"

    return read


def _either(namespace: str) -> Callable[[Call], str]:
    """Services that speak several protocols: the header, the path of the CBOR protocol, or a form."""
    targeted, query = _targeted(namespace), _query(namespace)

    def read(call: Call) -> str:
        path = re.fullmatch(r"/service/\w+/operation/(\w+)", call.path)
        if not path:
            return targeted(call) if call.headers.get("x-amz-target") else query(call)
        if call.headers.get("x-amz-target") or set(_parameters(call)):
            raise _undetermined(call, "it names an operation in its path, and more elsewhere")
        return f"{namespace}:{path[1]}"

    return read


def _routed(namespace: str) -> Callable[[Call], str]:
    """REST protocols: method and path, by the service's model."""

    def read(call: Call) -> str:
        path = call.path.rstrip("/")
        found = [route for route in _routes(namespace) if route.method == call.method and _fits(route, path, call)]
        if not found:
            raise _undetermined(call, "no operation of the service has this method and path")
        best = max(found, key=lambda route: route.literals + len(route.query))
        labels = best.path.fullmatch(path)
        if labels and any(map(_MISLEADING.search, labels.groups())):
            raise _undetermined(call, "a name in its path is taken for an operation")
        return f"{namespace}:{best.operation}"

    return read


def _verb(call: Call) -> str:
    """API Gateway's actions are the HTTP methods."""
    if call.method not in _VERBS:
        raise _undetermined(call, "the service has no such method")
    return f"apigateway:{call.method}"


_READERS: dict[str, Callable[[Call], str]] = {
    "apigateway": _verb,
    "cloudformation": _query("cloudformation"),
    "cloudfront": _routed("cloudfront"),
    "cognito-identity": _targeted("cognito-identity"),
    "cognito-idp": _targeted("cognito-idp"),
    "dynamodb": _targeted("dynamodb"),
    "dynamodbstreams": _targeted("dynamodb"),
    "events": _targeted("events"),
    "iam": _query("iam"),
    "kinesis": _targeted("kinesis"),
    "lambda": _routed("lambda"),
    "logs": _targeted("logs"),
    "monitoring": _either("cloudwatch"),
    "s3": lambda call: object_actions.checks_of(call)[0].action,
    "scheduler": _routed("scheduler"),
    "secretsmanager": _targeted("secretsmanager"),
    "sns": _query("sns"),
    "sqs": _either("sqs"),
    "ssm": _targeted("ssm"),
    "states": _targeted("states"),
    "sts": _query("sts"),
    "tagging": _targeted("tag"),
}


def _parameters(call: Call) -> Iterator[str]:
    """The names in the query string that are not the signature's."""
    return (name for name in call.query if not name.lower().startswith("x-amz-"))


def _fits(route: _Route, path: str, call: Call) -> bool:
    if not route.path.fullmatch(path):
        return False
    given = {name: (values if isinstance(values, list) else [values])[:1] for name, values in call.query.items()}
    return all(name in given and (not value or given[name] == [value]) for name, value in route.query.items())


@functools.cache
def _routes(service: str) -> list[_Route]:
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    return [_route(name, operation["http"]) for name, operation in model["operations"].items()]


def _route(operation: str, http: Mapping[str, Any]) -> _Route:
    path, _, query = http["requestUri"].partition("?")
    required = dict(part.partition("=")[::2] for part in query.split("&") if part)
    segments = [segment for segment in path.rstrip("/").split("/") if segment]
    pattern = "".join(f"/{_segment(segment)}" for segment in segments)
    literals = sum(not segment.startswith("{") for segment in segments)
    return _Route(http["method"], re.compile(pattern), required, literals, operation)


def _segment(segment: str) -> str:
    if segment.startswith("{"):
        return "(.+)" if segment.endswith("+}") else "([^/]+)"
    return re.escape(segment)


def _undetermined(call: Call, reason: str) -> UndeterminedError:
    return UndeterminedError(call.service, f"{call.method} {call.path}: {reason}")
