"""Function zips: deterministic, named by content, with only the files that Lambda runs."""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from mraa.errors import UsageError
from mraa.release import zips
from tests.unit.release_checkout import make_checkout

ROOT = Path(__file__).parents[2]


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    return make_checkout(tmp_path) / "functions"


def names_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


def test_functions_are_the_folders_with_a_handler(functions: Path) -> None:
    assert zips.function_names(functions) == ["photo_book", "state_keeper"]


def test_the_bytes_are_the_same_from_every_python(functions: Path) -> None:
    """A changed hash here is a deployment of every function: whichever Python runs this test expects the same."""
    content = zips.zip_function(functions, "photo_book")
    assert hashlib.sha256(content).hexdigest() == "2bb9053ed45ce8698d4806eae0cd14a8b2ce747d790ec204c79cd1a6951e2833"


def test_a_folder_without_functions_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="contains no functions"):
        zips.function_names(tmp_path)


def test_a_zip_contains_its_function_and_shared_modules_at_its_root(functions: Path) -> None:
    assert names_in(zips.zip_function(functions, "photo_book")) == [
        "photo_book/handler.py",
        "shared/__init__.py",
        "shared/log.py",
    ]


@pytest.mark.parametrize(
    "line", ["from shared import log", "from shared.log import LEVEL", "import shared.log", "import json, shared.log"]
)
def test_a_shared_module_is_included_however_it_is_imported(functions: Path, line: str) -> None:
    (functions / "state_keeper/handler.py").write_text(f"def handle(event, context):\n    {line}\n")
    assert "shared/log.py" in names_in(zips.zip_function(functions, "state_keeper"))


@pytest.mark.parametrize(
    "block",
    [
        "try:\n    pass\nexcept OSError:\n    {}",
        "try:\n    pass\nfinally:\n    {}",
        "if True:\n    pass\nelif True:\n    {}",
        "for _ in ():\n    pass\nelse:\n    {}",
        "while True:\n    with open('x'):\n        {}",
        "match 1:\n    case 1:\n        {}",
        "class A:\n    async def b(self):\n        {}",
    ],
)
def test_a_shared_module_is_included_in_whatever_block_it_is_imported(functions: Path, block: str) -> None:
    (functions / "state_keeper/handler.py").write_text(block.format("from shared import log") + "\n")
    assert "shared/log.py" in names_in(zips.zip_function(functions, "state_keeper"))


def test_imports_of_a_shared_module_are_included_too(functions: Path) -> None:
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


@pytest.mark.parametrize("name", zips.function_names(ROOT / "functions"))
def test_code_is_zipped_as_it_is_for_whoever_reads_it_in_the_lambda_console(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(zips.zip_function(ROOT / "functions", name))) as archive:
        for path in archive.namelist():
            folder = "fence/python" if path.startswith("mraa_fence/") else "functions"
            assert archive.read(path) == (ROOT / folder / path).read_bytes()


@pytest.fixture
def fenced(functions: Path) -> Path:
    """A checkout with the fence library and a function that uses it."""
    library = functions.parent / "fence" / "python" / "mraa_fence"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("from mraa_fence.fence import Fence\n")
    (library / "fence.py").write_text("class Fence: ...\n")
    (functions / "state_keeper/handler.py").write_text("from mraa_fence import Fence\n")
    return functions


def test_the_fence_library_is_included_where_it_is_used(fenced: Path) -> None:
    library = {"mraa_fence/__init__.py", "mraa_fence/fence.py"}
    assert library <= set(names_in(zips.zip_function(fenced, "state_keeper")))
    assert not library & set(names_in(zips.zip_function(fenced, "photo_book")))


def test_a_checkout_without_the_fence_library_is_named_as_such(fenced: Path) -> None:
    (fenced.parent / "fence/python/mraa_fence/__init__.py").unlink()
    with pytest.raises(UsageError, match=r"mraa_fence is missing: a function imports it"):
        zips.zip_function(fenced, "state_keeper")


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


def test_data_beside_the_code_is_included(functions: Path) -> None:
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
