"""docs/messages.md: every error that the tool can end with, and what to do about it; `make docs`.

Read from the sources: each place that makes one of the tool's errors gives the message and the hint. What is filled in
when it happens is shown in angle brackets.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mraa import errors
from tests.generated import write_part
from tests.local.deploying import CHECKOUT

PAGE = CHECKOUT / "docs" / "messages.md"
NAME, COMMAND = "messages", "make docs"
KINDS = {
    name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, errors.MraaError)
}

_NO_HINT = {
    "Cancelled; no changes made.": "Nothing: the question was not answered with yes.",
    "<where> failed: <said>": "The reason is AWS's own. Settle what it names, and run the command again.",
}


@dataclass(frozen=True, order=True)
class Message:
    """One error as the sources make it. ``exit_code`` is its kind's."""

    exit_code: int
    text: str
    hint: str


def messages(package: Path) -> list[Message]:
    """Those of a package, each once, by exit code and text."""
    found = {
        message
        for path in sorted(package.rglob("*.py"))
        for message in _messages_in(_with_constants(ast.parse(path.read_text(encoding="utf-8"))))
    }
    return sorted(found)


def _with_constants(tree: ast.Module) -> ast.AST:
    """The module with the texts that it names in the places where they are used."""
    texts = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    class Filled(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return texts.get(node.id, node) if isinstance(node.ctx, ast.Load) else node

    return Filled().visit(tree)  # type: ignore[no-any-return]


def _messages_in(tree: ast.AST) -> Iterator[Message]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args):
            continue
        hint = node.args[1] if len(node.args) > 1 else None
        hints = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
        text, what_to_do = _template(node.args[0]), _template(hint or (hints[0] if hints else None))
        # what is said inside another message begins like that one's end
        is_whole = what_to_do or text[:1].isupper() or text in _NO_HINT
        if is_whole and re.search(r"[a-z]{3}", re.sub(r"<.*?>", "", text)):
            yield Message(KINDS[node.func.id].exit_code, text, what_to_do)


def _template(node: ast.expr | None) -> str:
    """A text with ``<what>`` for what is filled in."""
    match node:
        case None:
            return ""
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=parts):
            return "".join(_template(part) for part in parts)
        case ast.FormattedValue(value=ast.IfExp() as choice):
            return _template(choice)
        case ast.FormattedValue(value=value):
            return f"<{_name(value)}>"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _template(left) + _template(right)
        case ast.IfExp(body=body, orelse=other):
            return f"<{_template(body)} | {_template(other)}>"
        case _:
            return f"<{_name(node)}>"


def _name(node: ast.expr) -> str:
    """What a reader understands of an expression: its last name."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Attribute):
            name = part.id if isinstance(part, ast.Name) else part.attr
            return name.strip("_").replace("_", " ").lower()
    return "..."


def page(found: Sequence[Message]) -> str:
    """The tables, one an exit code."""
    parts = []
    for exit_code in sorted({message.exit_code for message in found}):
        rows = [
            f"| {_cell(message.text)} | {_cell(message.hint or _NO_HINT[message.text])} |"
            for message in found
            if message.exit_code == exit_code
        ]
        parts.append("\n".join([f"## Exit code {exit_code}", "", "| it says | do |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def main() -> int:
    """Write the page."""
    write_part(PAGE, NAME, COMMAND, page(messages(CHECKOUT / "mraa")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
