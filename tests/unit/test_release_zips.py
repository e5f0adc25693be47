"""Function zips: deterministic, named by content, holding what Lambda runs and nothing else."""

import ast
import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from mraa.errors import UsageError
from mraa.release import sources, zips
from tests.unit.release_checkout import make_checkout

ROOT = Path(__file__).parents[2]
FUNCTION_FILES = sorted((ROOT / "functions").rglob("*.py"))


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    return make_checkout(tmp_path) / "functions"


def names_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


def program(source: str) -> str:
    """The syntax tree with where each thing begins, and without docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for body in [value for name, value in ast.iter_fields(node) if name == "body" and isinstance(value, list)]:
            body[:] = [statement for statement in body if not is_text(statement)]
        if isinstance(node, ast.expr | ast.stmt):
            node.end_lineno = node.end_col_offset = 0
    return ast.dump(tree, include_attributes=True)


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def test_functions_are_the_folders_with_a_handler(functions: Path) -> None:
    assert zips.function_names(functions) == ["photo_book", "state_keeper"]


def test_a_folder_without_functions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no functions"):
        zips.function_names(tmp_path)


def test_a_zip_holds_its_function_and_what_functions_share_at_its_root(functions: Path) -> None:
    assert names_in(zips.zip_function(functions, "photo_book")) == [
        "photo_book/handler.py",
        "shared/__init__.py",
        "shared/log.py",
    ]


@pytest.mark.parametrize(
    "line", ["from shared import log", "from shared.log import LEVEL", "import shared.log", "import json, shared.log"]
)
def test_a_shared_module_is_there_however_it_is_imported(functions: Path, line: str) -> None:
    (functions / "state_keeper/handler.py").write_text(f"def handle(event, context):\n    {line}\n")
    assert "shared/log.py" in names_in(zips.zip_function(functions, "state_keeper"))


def test_what_a_shared_module_imports_is_there_too(functions: Path) -> None:
    (functions / "shared/words.py").write_text("from shared import log\n")
    (functions / "state_keeper/handler.py").write_text("from shared import words\n")
    names = names_in(zips.zip_function(functions, "state_keeper"))
    assert {"shared/words.py", "shared/log.py"} <= set(names)


def test_a_change_to_a_shared_module_reaches_only_the_functions_that_use_it(functions: Path) -> None:
    before = {name: zips.zip_function(functions, name) for name in ("photo_book", "state_keeper")}
    (functions / "shared/log.py").write_text("LEVEL = 'debug'\n")
    assert zips.zip_function(functions, "photo_book") != before["photo_book"]
    assert zips.zip_function(functions, "state_keeper") == before["state_keeper"]


def test_a_file_that_is_not_python_is_named(functions: Path) -> None:
    (functions / "state_keeper/handler.py").write_text("def handle(:\n")
    with pytest.raises(UsageError, match=r"state_keeper/handler\.py is not valid Python"):
        zips.zip_function(functions, "state_keeper")


def test_comments_and_docstrings_go_and_every_line_keeps_its_number() -> None:
    source = '''"""What it is.

And why.
"""  # a comment after it

import os  # of the system


class Refused(Exception):
    """A body of its own."""


async def handle(event, context):
    """One line."""; return "# not a comment"


# alone
def other(value="""not a docstring # nor a comment"""):
    # first
    return f"{value}#{os.sep}é"  # last
'''
    stripped = sources.without_comments(source)
    assert stripped.splitlines() == [
        '""',
        "",
        "",
        "",
        "",
        "import os",
        "",
        "",
        "class Refused(Exception):",
        '    ""',
        "",
        "",
        "async def handle(event, context):",
        '    ""; return "# not a comment"',
        "",
        "",
        "",
        'def other(value="""not a docstring # nor a comment"""):',
        "",
        '    return f"{value}#{os.sep}é"',
    ]


@pytest.mark.parametrize("path", FUNCTION_FILES, ids=[str(path.relative_to(ROOT)) for path in FUNCTION_FILES])
def test_a_stripped_function_is_the_same_program(path: Path) -> None:
    """Position for position, docstrings aside."""
    source = path.read_text(encoding="utf-8")
    assert program(sources.without_comments(source)) == program(source)


@pytest.mark.parametrize(
    "leftover",
    [
        "state_keeper/__pycache__/handler.cpython-313.pyc",
        "state_keeper/tests/test_handler.py",
        "state_keeper/handler.pyi",
        "state_keeper/handler.py~",
        "state_keeper/.handler.py.swp",
        "state_keeper/.mypy_cache/1.json",
        "shared/__pycache__/log.cpython-313.pyc",
    ],
)
def test_leftovers_and_tests_do_not_change_a_zip(functions: Path, leftover: str) -> None:
    before = zips.zip_function(functions, "state_keeper")
    (functions / leftover).parent.mkdir(exist_ok=True)
    (functions / leftover).write_bytes(b"leftover")
    assert zips.zip_function(functions, "state_keeper") == before


def test_data_beside_the_code_is_taken_along(functions: Path) -> None:
    (functions / "state_keeper" / "limits.json").write_text("{}")
    assert "state_keeper/limits.json" in names_in(zips.zip_function(functions, "state_keeper"))


def test_neither_time_nor_mode_nor_environment_changes_a_zip(functions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = zips.zip_function(functions, "state_keeper")
    handler = functions / "state_keeper" / "handler.py"
    os.utime(handler, (1_700_000_000, 1_700_000_000))
    handler.chmod(0o755)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert zips.zip_function(functions, "state_keeper") == before


def test_every_entry_is_readable_by_lambda(functions: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(zips.zip_function(functions, "state_keeper"))) as archive:
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_the_name_is_the_folder_and_the_hash_of_the_bytes() -> None:
    assert zips.zip_name("state_keeper", b"zip") == f"state-keeper-{hashlib.sha256(b'zip').hexdigest()[:12]}.zip"
