"""What is evaluated for a request before it is served: the action, the resource and the condition keys of each check.

The engine serves what it finds no action for, and reads action and parameters from other places than its services do.
So an extension determines them, and raises UndeterminedError for what it cannot; nothing of that is served.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import ministack.app as engine
from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services import s3

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer


class Call(NamedTuple):
    """A request as policies see it: header names in lower case, a list of values for each query parameter."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, Any]


class Check(NamedTuple):
    """One action on one resource, with condition keys of its own beside the request's."""

    action: str
    resource_arn: str
    keys: Mapping[str, Any] = {}


class UndeterminedError(Exception):
    """It cannot be said which action a request needs."""

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(reason)
        self.service, self.reason = service, reason


class _DeniedError(Exception):
    """A further check of a request was denied."""

    def __init__(self, service: str, check: Check, denied: Any) -> None:
        super().__init__(check.action)
        self.service, self.check, self.denied = service, check, denied

    def answer(self, headers: dict[str, str], request_id: str) -> Answer:
        """The service's answer."""
        if isinstance(self.denied, iam_evaluator.AuthError):
            failure: Answer = engine._credential_failure(
                self.service, self.check.action, request_id, self.denied, headers
            )
            return failure
        answer: Answer = iam_actions.access_denied_response(
            self.service,
            self.check.action,
            self.denied.principal_arn,
            request_id,
            headers=headers,
            resource_arn=self.check.resource_arn,
            explicit_deny=self.denied.decision == "Deny",
        )
        return answer


class _Resource(str):
    """A resource's ARN on its way through the engine, with the condition keys of its check."""

    keys: Mapping[str, Any]

    def __new__(cls, check: Check) -> "_Resource":
        made = super().__new__(cls, check.resource_arn)
        made.keys = check.keys
        return made

    def __str__(self) -> str:
        return self


def determine_actions_by(
    action_of: Callable[[Call], str],
    also_of: Callable[[str, Call], Sequence[Check]],
    refuse: Callable[[UndeterminedError, Call], Answer],
) -> None:
    """Evaluate each request as ``action_of(call)``, and ``also_of(action, call)`` before it.

    ``refuse`` answers for one whose action is undetermined.
    """

    def extract_iam_action(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> str:
        call = Call(service, method, path, headers, body, query_params)
        action = action_of(call)
        for check in also_of(action, call):
            # one that fails ends the request: the signature is verified at the first check only
            if denied := _evaluate(check, service, headers, query_params):
                raise _DeniedError(service, check, denied)
        return action

    read_field = iam_actions._safe_json_field

    def read_field_of_json(body: bytes, field: str) -> str:
        try:
            return str(read_field(body, field))
        except UnicodeDecodeError:  # CBOR
            return ""

    iam_actions.extract_iam_action, iam_actions._safe_json_field = extract_iam_action, read_field_of_json
    dispatch, serve_bucket_host = engine._dispatch_service_request, engine._handle_s3_vhost_request

    async def refusing(request_id: str, call: Call, serve: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await serve()
        except _DeniedError as error:
            return error.answer(dict(call.headers), request_id)
        except UndeterminedError as error:
            headers, query = dict(call.headers), dict(call.query)
            if iam_evaluator._anonymous.get():
                return refuse(error, call)
            return engine._authenticate_only(error.service, headers, query, request_id) or refuse(error, call)

    async def dispatched(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
    ) -> Any:
        call = Call("", method, path, headers, body, query)
        return await refusing(request_id, call, lambda: dispatch(method, path, headers, body, query, request_id))

    async def served(
        host: str, path: str, method: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Any:
        call = Call("s3", method, path, headers, body, query)
        return await refusing("", call, lambda: serve_bucket_host(host, path, method, headers, body, query))

    engine._dispatch_service_request, engine._handle_s3_vhost_request = dispatched, served


def check_objects_by(action_of: Callable[[Call], str], checks_of: Callable[[Call], Sequence[Check]]) -> None:
    """Make ``checks_of(call)`` of each S3 request; the first of them is that of ``action_of(call)``."""
    extract = iam_actions.extract_resource_arn

    def s3_action(method: str, path: str, query_params: dict[str, Any]) -> str:
        return action_of(Call("s3", method, path, {}, b"", query_params or {})).removeprefix("s3:")

    def extract_resource_arn(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        if service != "s3":
            return str(extract(service, method, path, headers, body, query_params, region, account_id))
        merged = s3._merge_hoisted_amz_headers(headers, query_params)
        return _Resource(checks_of(Call(service, method, path, merged, body, query_params))[0])

    def additional_checks(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> list[tuple[str, str]]:
        checks = checks_of(Call("s3", method, path, headers, body, query_params))
        return [(check.action, _Resource(check)) for check in checks[1:]]

    iam_actions._s3_action, iam_actions.s3_additional_checks = s3_action, additional_checks
    iam_actions.extract_resource_arn = extract_resource_arn
    _let_resources_carry_keys()


def deleted_objects(bucket: str, body: bytes) -> list[tuple[str, str]]:
    """ARN and version of each object that a DeleteObjects request names."""
    return list(iam_actions._s3_batch_delete_targets(bucket, body))


def check_items_by(checks_of: Callable[[str, bytes, str, str], Sequence[Check]]) -> None:
    """Make ``checks_of(operation, request, Region, account)`` of each transaction, and those of the empty operation
    of any other request, with the request's own action."""
    arns_of = iam_actions.dynamodb_resource_arns

    def resource_arns(body: bytes, region: str, account_id: str) -> list[str]:
        return [_Resource(check) for check in checks_of("", body, region, account_id)] or list(
            arns_of(body, region, account_id)
        )

    def transaction_checks(iam_action: str, body: bytes, region: str, account_id: str) -> list[tuple[str, str]]:
        operation = iam_action.partition(":")[2]
        if not operation.startswith("Transact"):
            return []
        return [(check.action, _Resource(check)) for check in checks_of(operation, body, region, account_id)]

    iam_actions.dynamodb_resource_arns = resource_arns
    iam_actions.dynamodb_transaction_checks = transaction_checks
    _let_resources_carry_keys()


def is_allowed(check: Check, headers: Mapping[str, str], query: Mapping[str, Any]) -> bool:
    """Whether the caller of a request that was authorized may do something else as well."""
    return _evaluate(check, check.action.partition(":")[0], headers, query) is None


def _evaluate(check: Check, service: str, headers: Mapping[str, str], query: Mapping[str, Any]) -> Any:
    key_id = engine.extract_access_key_id(dict(headers), dict(query))
    keys, region = dict(check.keys), responses.get_region()
    return iam_evaluator.enforce(key_id, check.action, service, region, check.resource_arn, service_context=keys)


def _let_resources_carry_keys() -> None:
    """Once: evaluate a check with the condition keys that its resource carries."""
    original = iam_evaluator.enforce
    if getattr(original, "carries_keys", False):
        return

    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        keys = {**(service_context or {}), **getattr(resource_arn, "keys", {})}
        return original(access_key_id, iam_action, service, region, str(resource_arn), keys)

    enforce.carries_keys = True  # type: ignore[attr-defined]
    rebind(original, enforce)
