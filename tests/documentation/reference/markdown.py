"""Tables and code in Markdown."""

import json
from collections.abc import Iterable, Sequence
from typing import Any


def document(*parts: str) -> str:
    """Parts of a page, a blank line between them."""
    return "\n\n".join(part.strip() for part in parts) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, its cells on one line each."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def code(text: str) -> str:
    """Text as code; nothing for no text."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Several of them, in their order."""
    return ", ".join(code(text) for text in texts)


def block(value: Any) -> str:
    """A block of JSON."""
    return f"```json\n{json.dumps(value, indent=2)}\n```"


def _cell(text: str) -> str:
    escaped = text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;") if "`" not in text else text
    return " ".join(escaped.split())
