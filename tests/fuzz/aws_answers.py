"""AWS's answers by botocore's own models, with something missing or odd in them, given to the tool's real clients."""

import copy
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ServiceModel, Shape
from hypothesis import given
from hypothesis import strategies as st

from mraa.answers import refuse_misshapen
from mraa.aws import Aws, Client
from mraa.errors import MraaError
from tests.fuzz.profile import IS_AUDIT, fuzzed
from tests.fuzz.strategies import TEXTS, altered

MOMENT = datetime(2026, 11, 23, 8, tzinfo=UTC)
_DATE = "Mon, 23 Nov 2026 08:00:00 GMT"
# what continues a listing: absent unless it is drawn
_TOKENS = {
    "NextToken", "nextToken", "NextMarker", "Marker", "position", "LastEvaluatedKey", "LastEvaluatedTableName",
    "UnprocessedKeys", "UnprocessedItems", "NextKeyMarker", "NextVersionIdMarker", "ContinuationToken",
    "NextContinuationToken",
}  # fmt: skip
_SCALARS = {
    "integer": 3, "long": 3, "float": 0.5, "double": 0.5, "boolean": True, "blob": b"x", "timestamp": MOMENT,
}  # fmt: skip
_MOST_CALLS = 2000

DYNAMODB_KEYS = st.just({"pk": {"S": "x"}})
_METADATA = st.fixed_dictionaries({}, optional={"date": TEXTS.filter(str.isascii)}).map(
    lambda headers: {"HTTPStatusCode": 200, "HTTPHeaders": headers}
)


class AsksForEver(AssertionError):
    """The tool goes on asking for an answer that never changes."""


def whole(service: str, operation: str, values: Mapping[str, Any]) -> Any:
    """A complete answer: ``values`` by the members' names, anything else by its type."""
    shape = _model(service).operation_model(operation).output_shape
    return _of(shape, "", values, ()) if shape else {}


def words(service: str, operation: str, values: Mapping[str, Any]) -> list[Any]:
    """Right words for a member, but maybe of another one."""
    found = [value for value in values.values() if not isinstance(value, dict | list)]
    shape = _model(service).operation_model(operation).output_shape
    return [*found, *(_enumerated(shape, set()) if shape else []), MOMENT, "", {}, []]


@dataclass
class Answers:
    """What each operation answers, by ``(service, operation)``; ``{}`` what none is named for."""

    given: dict[tuple[str, str], Any] = field(default_factory=dict)
    calls: int = 0

    def answer(self, model: Any, **_: Any) -> tuple[Any, Any]:
        self.calls += 1
        if self.calls > _MOST_CALLS:
            raise AsksForEver(model.name)
        found = self.given.get((model.service_model.service_name, model.name), {})
        # botocore's own, in every answer
        metadata = {"HTTPStatusCode": 200, "HTTPHeaders": {"date": _DATE}, "RequestId": "request", "RetryAttempts": 0}
        answer = {"ResponseMetadata": metadata, **copy.deepcopy(found)}
        response = SimpleNamespace(status_code=200, headers={})
        # here already: botocore decodes S3's and IAM's texts before the tool sees them, and its parser gives it texts
        refuse_misshapen(answer, model, response)
        return response, answer


class AnsweredAws(Aws):
    """Real clients, which send nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = Answers()
        self._answered: set[int] = set()

    def client(self, service: str, region: str, *, fast: bool = False) -> Client:
        made = super().client(service, region, fast=fast)
        if id(made) not in self._answered:
            self._answered.add(id(made))
            made.meta.events.register("before-call", lambda **call: self.answers.answer(**call))
        return made


@dataclass(frozen=True)
class Reader:
    """Something of the tool that reads answers: of which operations, and with which values if all is well."""

    name: str
    operations: tuple[tuple[str, str], ...]
    read: Callable[[AnsweredAws], Any]
    values: Mapping[str, Any] = field(default_factory=dict)
    weight: int = 1  # it gets a part of the inputs: the others are read in more places, or take longer

    def __str__(self) -> str:
        return self.name

    def answers(self) -> st.SearchStrategy[dict[tuple[str, str], Any]]:
        """One answer an operation, most of them right."""
        return st.fixed_dictionaries({of: _drawn(*of, self.values) for of in self.operations})


def require_read(aws: AnsweredAws, reader: Reader) -> None:
    """That the answers are right as they are, or the readers would only ever refuse them."""
    aws.answers = Answers({of: whole(*of, reader.values) for of in reader.operations})
    reader.read(aws)


def require_read_or_refused(aws: AnsweredAws, reader: Reader, number: int) -> None:
    """The property: whatever AWS answers is read, or is an error of the tool. ``number`` of readers share the inputs.

    Only ``make audit`` has time for all inputs for each.
    """

    def read_or_refused(answers: dict[tuple[str, str], Any]) -> None:
        aws.answers = Answers(answers)
        try:
            reader.read(aws)
        except MraaError as error:
            assert error.message
            assert type(error) is not MraaError or error.hint

    share = (1 if IS_AUDIT else 3 / number) / reader.weight
    fuzzed(given(reader.answers())(read_or_refused), share=share)()


def _drawn(service: str, operation: str, values: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    parts = altered(whole(service, operation, values), words(service, operation, values), most=2)
    shape = _model(service).operation_model(operation).output_shape
    continued = dict.fromkeys(_TOKENS & set(shape.members if shape else ()), TEXTS | DYNAMODB_KEYS)
    headers: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries({"ResponseMetadata": _METADATA})

    def joined(drawn: tuple[Any, dict[str, Any], dict[str, Any]]) -> Any:
        answer, tokens, metadata = drawn
        # botocore parses into a dictionary, whatever was sent
        return {**(answer if isinstance(answer, dict) else {}), **tokens, **metadata}

    few: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.just({}) | st.fixed_dictionaries({}, optional=continued)
    return st.tuples(parts, few, headers).map(joined)


def _model(service: str) -> ServiceModel:
    if service not in _MODELS:
        _MODELS[service] = ServiceModel(create_loader().load_service_model(service, "service-2"), service)
    return _MODELS[service]


_MODELS: dict[str, ServiceModel] = {}


def _of(shape: Shape, name: str, values: Mapping[str, Any], above: tuple[str, ...]) -> Any:
    if name in values:
        return values[name]
    if shape.name in above:
        return {} if shape.type_name in ("structure", "map") else []
    inside = (*above, shape.name)
    match shape.type_name:
        case "structure":
            return {
                member: _of(of, member, values, inside) for member, of in shape.members.items() if member not in _TOKENS
            }
        case "list":
            return [_of(shape.member, name, values, inside)]
        case "map":
            return {"key": _of(shape.value, name, values, inside)}
        case "string":
            return shape.enum[0] if shape.enum else f"a-{name}"
    return _SCALARS[shape.type_name]


def _enumerated(shape: Shape, seen: set[str]) -> list[str]:
    if shape.name in seen:
        return []
    seen.add(shape.name)
    match shape.type_name:
        case "structure":
            return list(itertools.chain(*(_enumerated(of, seen) for of in shape.members.values())))
        case "list":
            return _enumerated(shape.member, seen)
        case "string":
            return list(shape.enum)[:20]
    return []
