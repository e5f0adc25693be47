"""The library behind mapping templates (airspeed-ext): compile, render, and teach it what Java's types can do.

A method that the library does not know would silently render as nothing; here it is an error.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import airspeed
from airspeed import operators


class TemplateFailedError(Exception):
    """A mapping template could not be compiled or rendered."""


def check(text: str) -> None:
    """Raise TemplateFailedError unless the text is Velocity."""
    _compiled(text)


def render(text: str, variables: dict[str, Any]) -> str:
    """Render a template; raises TemplateFailedError, or what a variable's own method raised of that kind."""
    try:
        return str(_compiled(text).merge(variables))
    except airspeed.TemplateExecutionError as error:
        raise _ours(error) or TemplateFailedError(str(error)) from error
    except airspeed.TemplateError as error:
        raise TemplateFailedError(str(error)) from error


def teach(methods: Mapping[type, Mapping[str, Callable[..., Any]]], text_of: Callable[[Any], str]) -> None:
    """Give values these methods, by type; write a value out by ``text_of``; refuse any other method."""
    for kind, known in methods.items():
        operators.__additional_methods__.setdefault(kind, {}).update(known)
    operators.value_to_string = text_of
    calculate = operators.NameOrCall.calculate

    def loudly(self: Any, current_object: Any, loader: Any, top_namespace: Any) -> Any:
        result = calculate(self, current_object, loader, top_namespace)
        is_call = self.parameters is not None and current_object is not None
        if result is None and is_call and not _has(current_object, self.name):
            kind = type(current_object).__name__
            raise TemplateFailedError(f"the local cloud does not support {self.name}() of {kind}")
        return result

    operators.NameOrCall.calculate = loudly


def _has(value: Any, name: str) -> bool:
    if isinstance(value, dict) and name in value:
        return True
    return hasattr(value, name) or name in operators.__additional_methods__.get(type(value), {})


@functools.lru_cache(maxsize=256)
def _compiled(text: str) -> Any:
    template = airspeed.Template(text)
    try:
        template.ensure_compiled()
    except airspeed.TemplateError as error:
        raise TemplateFailedError(str(error)) from error
    return template


def _ours(error: BaseException | None) -> TemplateFailedError | None:
    """The failure of ours that the library wrapped, if it was one."""
    while error is not None and not isinstance(error, TemplateFailedError):
        error = error.__cause__
    return error
