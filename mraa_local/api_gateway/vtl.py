"""Mapping templates: Velocity as API Gateway speaks it, rendered by airspeed-ext.

The library has the language, but not API Gateway's variables, nor all of Java's methods.
"""

import base64
import json
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

from mraa_local.engine import velocity
from mraa_local.engine.velocity import TemplateFailedError

_JSON_PATH = re.compile(r"\$(?:\.[A-Za-z_][\w-]*|\['[^']+'\]|\[\d+\])*")
_JSON_PATH_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\[(\d+)\]")
_JAVA_GROUP = re.compile(r"\\(.)|\$(\d)", re.DOTALL)
_JS_ESCAPES = {
    '"': '\\"',
    "'": "\\'",
    "\\": "\\\\",
    "/": "\\/",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}


class BodyNotJsonError(TemplateFailedError):
    """A template asked for a part of a body that is not JSON."""


class Input:
    """``$input``: the body the template works on, and the parameters of the method request."""

    def __init__(self, body: str, params: Mapping[str, Mapping[str, str]]) -> None:
        self.body = body
        self._params = {place: dict(values) for place, values in params.items()}

    def path(self, path: str) -> Any:
        """The value at a JSON path; an empty string if it does not exist, as on AWS."""
        value = self._document()
        if not _JSON_PATH.fullmatch(path):
            raise TemplateFailedError(f"the local cloud does not support the JSON path {path!r}")
        for name, quoted, index in _JSON_PATH_STEP.findall(path):
            try:
                value = value[int(index)] if index else value[name or quoted]
            except (KeyError, IndexError, TypeError):
                return ""
        return value

    def json(self, path: str) -> str:
        """The value at a JSON path as JSON text."""
        return json.dumps(self.path(path), ensure_ascii=False, separators=(",", ":"))

    def params(self, name: str | None = None) -> Any:
        """One parameter (path before query string before header), or all of them by place."""
        if name is None:
            return self._params
        for place in ("path", "querystring"):
            if name in self._params[place]:
                return self._params[place][name]
        return next((v for k, v in self._params["header"].items() if k.lower() == name.lower()), "")

    def _document(self) -> Any:
        if not self.body:
            return {}
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise BodyNotJsonError(str(error)) from error


class Util:
    """``$util``."""

    @staticmethod
    def escapeJavaScript(text: Any) -> str:
        """As commons-lang does it: a single quote is escaped too, which JSON does not allow."""
        return "".join(_js_escape(char) for char in _text(text))

    @staticmethod
    def parseJson(text: Any) -> Any:
        """A JSON text as an object."""
        return json.loads(_text(text))

    @staticmethod
    def urlEncode(text: Any) -> str:
        """Form encoding."""
        return urllib.parse.quote_plus(_text(text), safe="*-._")

    @staticmethod
    def urlDecode(text: Any) -> str:
        """Form decoding."""
        return urllib.parse.unquote_plus(_text(text))

    @staticmethod
    def base64Encode(text: Any) -> str:
        """Base 64 of the UTF-8 text."""
        return base64.b64encode(_text(text).encode()).decode()

    @staticmethod
    def base64Decode(text: Any) -> str:
        """UTF-8 text from base 64."""
        return base64.b64decode(_text(text)).decode()


def render(template: str, source: Input, context: dict[str, Any], stage_variables: Mapping[str, str]) -> str:
    """Render a mapping template. It may set ``context["responseOverride"]``."""
    namespace = {"input": source, "util": Util, "context": context, "stageVariables": dict(stage_variables)}
    return velocity.render(template, namespace)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _java_text(value)


def _js_escape(char: str) -> str:
    if char in _JS_ESCAPES:
        return _JS_ESCAPES[char]
    if " " <= char <= "~":
        return char
    units = char.encode("utf-16-be", "surrogatepass")  # Java escapes half of a pair, too
    return "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))


def _java_text(value: Any) -> str:
    """``toString`` of Java's types."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_java_text(item) for item in value) + "]"
    return str(value)


def _python_replacement(java: str) -> str:
    """Java writes a group as ``$1`` and escapes with a backslash; Python reads neither."""
    return _JAVA_GROUP.sub(lambda found: f"\\g<{found[2]}>" if found[2] else found[1].replace("\\", r"\\"), java)


class _Entry:
    """An entry of a Java map."""

    def __init__(self, key: str, value: Any) -> None:
        self.key, self.value = key, value

    def getKey(self) -> str:
        return self.key

    def getValue(self) -> Any:
        return self.value


_COMMON: dict[str, Any] = {"toString": _java_text, "equals": lambda self, other: self == other}
_JAVA_METHODS: dict[type, dict[str, Any]] = {
    str: {
        **_COMMON,
        "replaceAll": lambda self, regex, text: re.sub(regex, _python_replacement(text), self),
        "replaceFirst": lambda self, regex, text: re.sub(regex, _python_replacement(text), self, count=1),
        "isEmpty": lambda self: not self,
        "toUpperCase": str.upper,
        "toLowerCase": str.lower,
        "trim": str.strip,
        "endsWith": str.endswith,
        "equalsIgnoreCase": lambda self, other: self.lower() == str(other).lower(),
        "concat": lambda self, other: self + other,
        "charAt": lambda self, at: self[at],
        "indexOf": str.find,
        "lastIndexOf": str.rfind,
    },
    dict: {
        **_COMMON,
        "size": len,
        "isEmpty": lambda self: not self,
        "containsKey": lambda self, key: key in self,
        "containsValue": lambda self, value: value in self.values(),
        "keySet": lambda self: list(self),
        "entrySet": lambda self: [_Entry(key, value) for key, value in self.items()],
    },
    list: {**_COMMON, "indexOf": lambda self, item: self.index(item) if item in self else -1},
    int: _COMMON,
    float: _COMMON,
    bool: _COMMON,
}


velocity.teach(_JAVA_METHODS, _java_text)
