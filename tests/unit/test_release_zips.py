"""Function zips: deterministic, named by content, holding what Lambda runs and nothing else."""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from mraa.errors import UsageError
from mraa.release import zips
from tests.unit.release_checkout import make_checkout


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    return make_checkout(tmp_path) / "functions"


def names_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


def test_functions_are_the_folders_with_a_handler(functions: Path) -> None:
    assert zips.function_names(functions) == ["photo_book", "state_keeper"]


def test_a_folder_without_functions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no functions"):
        zips.function_names(tmp_path)


def test_a_zip_holds_its_function_and_what_functions_share_at_its_root(functions: Path) -> None:
    assert names_in(zips.zip_function(functions, "state_keeper")) == [
        "shared/__init__.py",
        "shared/log.py",
        "state_keeper/__init__.py",
        "state_keeper/handler.py",
    ]


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
