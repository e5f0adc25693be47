"""AWS's answers, checked: every member is of its type, and one that is missing is named in an error of the tool.

botocore takes what comes: a member that AWS left out is absent, one of another type is passed on. Whoever reads an
answer should get AWS's values or one line that says what is wrong, and need not think of it at every member.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from botocore.parsers import ResponseParserError

from mraa.errors import AwsError

T = TypeVar("T")

_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "boolean": (bool,),
    "timestamp": (datetime,),
}
_UNREADABLE = (AttributeError, LookupError, TypeError, RecursionError)
# texts that botocore decodes: a template, IAM's policies
_DECODED = {"TemplateBody", "policyDocumentType"}
# and what they are called: what is in them is their author's, not AWS's; a table's many items too
_DOCUMENTS = {"TemplateBody", "PolicyDocument", "AssumeRolePolicyDocument", "Document", "Items"}
_ITEM_VALUE = "AttributeValue"


class Answer(dict[str, Any]):
    """An object in an answer. ``answer[name]`` is an AwsError if there is no such member; ``get`` is a dict's."""

    def __init__(self, members: Iterable[tuple[str, Any]], doing: str) -> None:
        super().__init__(members)
        self._doing = doing

    def __missing__(self, name: str) -> Any:
        raise self._incomplete(name)

    def first(self, name: str) -> Any:
        """The first of the list ``answer[name]``, for a call that asks for one; an AwsError if the list is empty."""
        if found := self[name]:
            return found[0]
        raise self._incomplete(name)

    def _incomplete(self, name: str) -> AwsError:
        return AwsError(
            f"{self._doing} failed: AWS's answer has no {name}.",
            "Run it again; if it stays so, this version of mraa does not know AWS's answer.",
            code="IncompleteAnswer",
        )


def asked(operation: Callable[..., T], doing: str, arguments: Mapping[str, Any]) -> T:
    """What a client's method answers. ``doing`` begins the error of a member that is missing."""
    try:
        answer = operation(**arguments)
    except _UNREADABLE as error:  # of botocore's parser: it trusts every answer
        raise ResponseParserError(f"{type(error).__name__}: {error}") from error
    named: T = _named(answer, doing)
    return named


def _named(value: Any, doing: str) -> Any:
    if isinstance(value, dict):
        # a null counts as missing, as in botocore's own parsers
        return Answer(
            (
                (name, inner if name in _DOCUMENTS else _named(inner, doing))
                for name, inner in value.items()
                if inner is not None
            ),
            doing,
        )
    if isinstance(value, list):
        return [_named(inner, doing) for inner in value]
    return value


def refuse_misshapen(parsed: dict[str, Any], model: Any, http_response: Any, **_: Any) -> None:
    """botocore's event ``after-call``: ResponseParserError if a member is not of its type."""
    if http_response.status_code < 300 and model.output_shape is not None:
        _check(parsed, model.output_shape, "")


def _is_of(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _check(value: Any, shape: Any, path: str) -> None:
    kind = shape.type_name
    if shape.name in _DECODED and isinstance(value, dict):
        return
    if kind not in _TYPES or getattr(shape, "is_document_type", False) or getattr(shape, "is_eventstream", False):
        return  # bytes, or a stream of them
    if not _is_of(value, kind):
        raise ResponseParserError(f"{path or 'it'} is not a {kind}")
    if kind == "map" and shape.value.name == _ITEM_VALUE:  # a page has thousands: no deeper than their readers rely on
        if not all(isinstance(member, dict) for member in value.values()):
            raise ResponseParserError(f"{path} has an attribute that is not a structure")
    elif kind == "structure":
        members = shape.members
        for name, member in value.items():
            if name in members and member is not None:
                _check(member, members[name], f"{path}.{name}".lstrip("."))
    elif kind == "map":
        for name, member in value.items():
            _check(member, shape.value, f"{path}.{name}")
    elif kind == "list":
        for member in value:
            _check(member, shape.member, f"{path}[]")
