"""Event source mappings: their records, the API's operations on them, and the streams they read.

A mapping's record is the engine's own dictionary, in the words of GetEventSourceMapping, with ``FunctionName``,
``Qualifier`` and ``Enabled`` besides. The engine polls for all mappings in one thread, one after the other, and knows
neither retries nor permissions; ``poll_by`` takes its place.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ministack.core import concurrency, iam_actions
from ministack.services import dynamodb, lambda_svc

from mraa_local.engine import streams
from mraa_local.engine.scope import Answer

Mapping = dict[str, Any]
Record = dict[str, Any]


class Place(NamedTuple):
    """Where a mapping is: its account, its Region, and its record."""

    account_id: str
    region: str
    mapping: Mapping


def create(request: dict[str, Any]) -> Answer:
    """CreateEventSourceMapping."""
    answer: Answer = lambda_svc._create_esm(request)
    return answer


def update(mapping_id: str, request: dict[str, Any]) -> Answer:
    """UpdateEventSourceMapping."""
    answer: Answer = lambda_svc._update_esm(mapping_id, request)
    return answer


def delete(mapping_id: str) -> Answer:
    """DeleteEventSourceMapping."""
    answer: Answer = lambda_svc._delete_esm(mapping_id)
    return answer


def find(mapping_id: str) -> Mapping | None:
    """The mapping here."""
    mapping: Mapping | None = lambda_svc._esms.get(mapping_id)
    return mapping


def is_current(place: Place) -> bool:
    """Whether the mapping has not been deleted."""
    return lambda_svc._esms.get_scoped(place.account_id, place.region, place.mapping["UUID"]) is place.mapping


def of_answer(answer: Answer) -> Mapping:
    """The mapping that CreateEventSourceMapping has answered with."""
    mapping: Mapping = lambda_svc._esms[json.loads(answer[2])["UUID"]]
    return mapping


def here() -> list[Mapping]:
    """The mappings of this account and Region."""
    return list(lambda_svc._esms.values())


def everywhere() -> Iterator[Place]:
    """The mappings of every account and Region."""
    for account_id, region, mapping in lambda_svc._iter_all_esms():
        yield Place(str(account_id), str(region), mapping)


def around_create(around: Callable[[dict[str, Any], Callable[[dict[str, Any]], Answer]], Answer]) -> None:
    """Have ``around(request, go on)`` answer CreateEventSourceMapping."""
    original = lambda_svc._create_esm
    lambda_svc._create_esm = lambda request: around(request, original)


def before_update(check: Callable[[Mapping, dict[str, Any]], Answer | None]) -> None:
    """Have ``check(mapping, request)`` see UpdateEventSourceMapping of a mapping that exists; it may refuse."""
    original = lambda_svc._update_esm

    def updated(mapping_id: str, request: dict[str, Any]) -> Answer:
        mapping = find(mapping_id)
        refused = check(mapping, request) if mapping is not None else None
        answer: Answer = refused or original(mapping_id, request)
        return answer

    lambda_svc._update_esm = updated


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """Lambda's refusal of a request."""
    answer: Answer = lambda_svc.error_response_json(code, message, status)
    return answer


def function_of(request_or_mapping: dict[str, Any]) -> dict[str, Any] | None:
    """The configuration (``FunctionArn``, ``Role``) of the function that is named; None if it does not exist."""
    name = str(request_or_mapping.get("FunctionName") or "")
    resolved, qualifier = lambda_svc._resolve_request_scoped_name_and_qualifier(name)
    qualifier = qualifier or request_or_mapping.get("Qualifier")
    record, config = lambda_svc._get_func_record_for_qualifier(resolved, qualifier)
    return None if record is None else dict(config)


def invoke(mapping: Mapping, records: list[Record]) -> dict[str, Any]:
    """Invoke the mapping's function with the records; body, log, and error or throttle."""
    record, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    if record is None:
        return {"error": True, "body": {"errorMessage": "no function"}, "log": ""}
    result: dict[str, Any] = lambda_svc._execute_function(record, {"Records": records})
    return result


def poll_by(poll: Callable[[], bool]) -> None:
    """Let ``poll`` look after all sources in the engine's place: woken by writes, and once a second.

    Called in the engine's polling thread; it answers whether there was work to do.
    """
    lambda_svc._poll_dynamodb_streams = poll
    lambda_svc._poll_kinesis = lambda_svc._poll_sqs = lambda: False


def wake() -> None:
    """Poll soon."""
    concurrency.esm_wake.set()


def read(mapping: Mapping) -> tuple[int, list[Record]]:
    """The mapping's position in its stream and the records from there on, a batch at most; none if it reads none."""
    table = streams.table_of(str(mapping["EventSourceArn"]))
    if table is None:
        return 0, []
    table_name = str(table["TableName"])
    with lambda_svc._dynamodb_stream_positions_lock:
        position = lambda_svc._dynamodb_stream_positions.get(mapping["UUID"])
    # what is a day old is no longer in the stream
    horizon = int(dynamodb.stream_start_position(table_name))
    position = horizon if position is None else max(position, horizon)
    return position, list(dynamodb.stream_records_since(table_name, position, int(mapping["BatchSize"])))


def advance(mapping: Mapping, position: int) -> None:
    """Set the mapping's position, unless it has been deleted."""
    with lambda_svc._dynamodb_stream_positions_lock:
        if mapping["UUID"] in lambda_svc._esms:
            lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position


def is_selected(mapping: Mapping, record: Record) -> bool:
    """Whether the mapping's filters, if it has any, let the record through."""
    return bool(lambda_svc._apply_filter_criteria([record], mapping))


def name_actions() -> None:
    """Let policies decide on the calls for one mapping; the engine knows none of them, or takes it for another one."""
    original = iam_actions._lambda_action
    verbs = {"GET": "Get", "PUT": "Update", "DELETE": "Delete"}

    def action(method: str, path: str) -> str | None:
        parts = [part for part in path.split("/") if part]
        if len(parts) == 3 and parts[1] == "event-source-mappings" and method in verbs:
            return f"{verbs[method]}EventSourceMapping"
        named: str | None = original(method, path)
        return named

    iam_actions._lambda_action = action
