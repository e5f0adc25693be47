"""What goes into one function's zip: its folder, and the modules that it shares with others, as they are."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from mraa.errors import UsageError

SHARED = "shared"
FENCE_LIBRARY = "mraa_fence"

FENCE_FOLDER = Path("fence", "python")  # of the checkout
_LEFT_OUT_FOLDERS = {"__pycache__", "tests"}
_LEFT_OUT_SUFFIXES = {".pyc", ".pyi", ".typed"}


def collect(functions: Path, name: str) -> dict[str, bytes]:
    """Path in the zip -> content. UsageError names a file that is not Python, or the fence library if it is missing."""
    own = [path for path in (functions / name).rglob("*") if path.is_file() and not _is_left_out(path, functions)]
    found = {path.relative_to(functions).as_posix(): path for path in own}
    found[f"{SHARED}/__init__.py"] = functions / SHARED / "__init__.py"
    folders = {SHARED: functions, FENCE_LIBRARY: functions.parent / FENCE_FOLDER}
    unread = [path for path in own if path.suffix == ".py"]
    while unread:
        for package, module in _imported(unread.pop()):
            _require(folders[package] / package)
            for place in (f"{package}/__init__.py", f"{package}/{module}.py"):
                path = folders[package] / place
                if path.is_file() and place not in found:
                    found[place] = path
                    unread.append(path)
    return {place: found[place].read_bytes() for place in sorted(found)}


def _require(package: Path) -> None:
    if not (package / "__init__.py").is_file():
        raise UsageError(f"{package} is missing: a function imports it.", "Run it in a complete checkout.")


def _imported(path: Path) -> tuple[tuple[str, str], ...]:
    try:
        return _imports(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid Python: {error}.", "Fix the file and build again.") from error


@functools.lru_cache
def _imports(source: str) -> tuple[tuple[str, str], ...]:
    """Shared packages with names that may be modules of them: ``from shared import aws``, ``import shared.aws``.

    Kept, because most functions share the same modules.
    """
    return tuple(_found(ast.parse(source)))


def _found(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in _statements(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name}" for name in names]
        for name in names:
            package, _, rest = name.partition(".")
            if package in (SHARED, FENCE_LIBRARY):
                yield package, rest.partition(".")[0]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements below, in whatever block: ``ast.walk`` would visit every expression too, ten times as many."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, block, ()):
            yield statement
            yield from _statements(statement)


def _is_left_out(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return (
        not _LEFT_OUT_FOLDERS.isdisjoint(parts)
        or path.suffix in _LEFT_OUT_SUFFIXES
        or path.name.endswith("~")
        or any(part.startswith(".") for part in parts)
    )
