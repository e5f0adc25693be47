"""Values as the query protocol writes them."""

from typing import Any
from xml.sax.saxutils import escape


def to_xml(value: Any) -> str:
    """A value in XML; nothing for what is empty text or None, as on AWS."""
    if isinstance(value, dict):
        return "".join(f"<{name}>{to_xml(of)}</{name}>" for name, of in value.items() if of is not None and of != "")
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(of)}</member>" for of in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))
