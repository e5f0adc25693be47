"""One form for all JSON that the tool writes: keys in camelCase, units kept (``elapsed_s`` is ``elapsedS``)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any


def to_json(value: Any) -> Any:
    """A dataclass, and whatever lies in it, as what ``json.dumps`` takes. Keys of mappings are data: they stay."""
    if is_dataclass(value) and not isinstance(value, type):
        return {camel_case(field.name): to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: to_json(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_json(inner) for inner in value]
    return value


def camel_case(name: str) -> str:
    """``updated_at`` as ``updatedAt``."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
