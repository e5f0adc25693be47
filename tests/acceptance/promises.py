"""The promises, from the tests' own docstrings: the first paragraph is the promise, ``Source:`` where AWS says so.

``python -m tests.acceptance.promises`` writes their table into docs/acceptance.md.
"""

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from tests.generated import write_part

PAGE = Path(__file__).parents[2] / "docs" / "acceptance.md"
PART, COMMAND = "promises", "make docs"

# the files in the order of risk, as a reader wants them
RISK = (
    "test_launch",
    "test_lost_region",
    "test_drain",
    "test_drain_later",
    "test_conflicts",
    "test_updates",
    "test_destroy",
    "test_opt_in",
    "test_drift",
    "test_web_app",
    "test_deletes",
    "test_killed",
)


@dataclass(frozen=True)
class Promise:
    """One test: ``place`` is file and function."""

    place: str
    text: str
    source: str


@functools.cache
def of_file(path: Path) -> dict[str, Promise]:
    """The promises of one file, by the test's name. ValueError for a test without promise or source."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            text = ast.get_docstring(node) or ""
            source = re.search(r"^Source: (https://docs\.aws\.amazon\.com/\S+)$", text, re.MULTILINE)
            if not text or source is None:
                raise ValueError(f"{path.name}: {node.name} does not say what it promises and where AWS says so")
            promise = " ".join(text.split("\n\n")[0].split())
            found[node.name] = Promise(f"{path.stem}::{node.name}", promise, source[1])
    return found


def of(path: Path, name: str) -> Promise:
    """The promise of one test."""
    return of_file(path)[name]


def every() -> list[Promise]:
    """All of them, in the order of risk."""
    folder = Path(__file__).parent
    return [promise for stem in RISK for promise in of_file(folder / f"{stem}.py").values()]


def table() -> str:
    """The table of docs/acceptance.md."""
    rows = [f"| {of.text} | [{of.source.rpartition('/')[2]}]({of.source}) |" for of in every()]
    return "\n".join(["| promise | AWS's documentation |", "|---|---|", *rows])


if __name__ == "__main__":
    write_part(PAGE, PART, COMMAND, table())
