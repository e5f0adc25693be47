"""Values as the query protocol writes them."""

from typing import Any
from xml.sax.saxutils import escape

# AWS answers these also where they are empty: that is their value
_MAY_BE_EMPTY = {"AfterValue", "BeforeValue", "ParameterValue"}


def to_xml(value: Any) -> str:
    """A value in XML; nothing for None, and for empty text unless that is a value, as on AWS."""
    if isinstance(value, dict):
        given = {name: of for name, of in value.items() if of is not None and (of != "" or name in _MAY_BE_EMPTY)}
        return "".join(f"<{name}>{to_xml(of)}</{name}>" for name, of in given.items())
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(of)}</member>" for of in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))
