"""What goes into one function's zip: its folder, and the shared modules that it imports, as they are."""

import ast
from collections.abc import Iterator
from pathlib import Path

from mraa.errors import UsageError

SHARED = "shared"

_LEFT_OUT_FOLDERS = {"__pycache__", "tests"}
_LEFT_OUT_SUFFIXES = {".pyc", ".pyi", ".typed"}


def collect(functions: Path, name: str) -> dict[str, bytes]:
    """Path in the zip -> content. UsageError names a file that is not Python."""
    own = [path for path in (functions / name).rglob("*") if path.is_file() and not _is_left_out(path, functions)]
    paths = {*own, functions / SHARED / "__init__.py"}
    unread = [path for path in own if path.suffix == ".py"]
    while unread:
        for module in _shared_imports(_parse(unread.pop())):
            path = functions / SHARED / f"{module}.py"
            if path.is_file() and path not in paths:
                paths.add(path)
                unread.append(path)
    return {path.relative_to(functions).as_posix(): path.read_bytes() for path in sorted(paths)}


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid Python: {error}.", "Fix the file and build again.") from error


def _shared_imports(tree: ast.Module) -> Iterator[str]:
    """Names that may be modules of ``shared``: ``from shared import aws``, ``from shared.aws import log``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == SHARED:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{SHARED}."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{SHARED}."))


def _is_left_out(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return (
        not _LEFT_OUT_FOLDERS.isdisjoint(parts)
        or path.suffix in _LEFT_OUT_SUFFIXES
        or path.name.endswith("~")
        or any(part.startswith(".") for part in parts)
    )
