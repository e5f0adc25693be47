"""What a service's model says of the values of its parameters, and the words in which AWS refuses others.

SDKs check types and lengths at most. https://smithy.io/2.0/spec/constraint-traits.html
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import OperationModel


def problem(operation: OperationModel, parameters: Mapping[str, Any]) -> str:
    """What is wrong with the parameters, empty if nothing; types are not looked at."""
    found = list(_of_value(parameters, operation.input_shape, ""))
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
    return count + "; ".join(found) if found else ""


def _of_value(value: Any, shape: Any, path: str) -> Iterator[str]:
    if shape is None:
        return
    if shape.type_name == "structure" and isinstance(value, Mapping):
        for name in shape.required_members:
            if name not in value:
                yield _violation("null", _below(path, name), "Member must not be null")
        for name, of in value.items():
            yield from _of_value(of, shape.members.get(name), _below(path, name))
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for key, of in value.items():
            yield from _of_value(of, shape.value, _below(path, str(key)))
    elif shape.type_name == "list" and isinstance(value, list):
        for number, of in enumerate(value, 1):
            yield from _of_value(of, shape.member, f"{path}.{number}.member")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from _of_text(value, shape, path)
    elif shape.type_name in ("integer", "long") and isinstance(value, int) and not isinstance(value, bool):
        yield from _of_number(value, shape, path)


def _of_text(value: str, shape: Any, path: str) -> Iterator[str]:
    allowed, pattern = shape.enum, shape.metadata.get("pattern")
    if allowed and value not in allowed:
        yield _violation(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    if pattern and not _matches(pattern, value):
        yield _violation(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _violation(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _violation(value[:100], path, f"Member must have length less than or equal to {most}")


def _of_number(value: int, shape: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _violation(str(value), path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _violation(str(value), path, f"Member must have value less than or equal to {most}")


def _violation(value: str, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _below(path: str, name: str) -> str:
    named = name[:1].lower() + name[1:]
    return f"{path}.{named}" if path else named


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for a pattern of Java's that Python does not have."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
