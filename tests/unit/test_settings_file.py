"""``mraa.toml`` is found from the folders below it, up to where a repository or a home begins."""

import os
from pathlib import Path

import pytest

from mraa import settings_file
from mraa.settings_file import FILE_NAME, find_file


@pytest.fixture
def below(tmp_path: Path) -> Path:
    """A folder three levels below ``tmp_path``."""
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    return folder


def write(folder: Path) -> Path:
    path = folder / FILE_NAME
    path.write_text("")
    return path


def test_the_file_of_the_folder_itself_is_found_first(tmp_path: Path, below: Path) -> None:
    write(tmp_path)
    assert find_file(below) == tmp_path / FILE_NAME
    write(below.parent)
    assert find_file(below) == below.parent / FILE_NAME
    write(below)
    assert find_file(below) == below / FILE_NAME


def test_without_one_it_is_where_a_new_one_is_written(tmp_path: Path, below: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert find_file(below) == below / FILE_NAME


@pytest.mark.parametrize("is_worktree", [False, True])
def test_nothing_above_the_root_of_the_repository_is_looked_at(tmp_path: Path, below: Path, is_worktree: bool) -> None:
    write(tmp_path)
    root = below.parent / ".git"
    root.touch() if is_worktree else root.mkdir()
    assert find_file(below) == below / FILE_NAME
    assert find_file(below.parent) == below.parent / FILE_NAME
    write(below.parent)
    assert find_file(below) == below.parent / FILE_NAME


def test_nothing_above_the_home_folder_is_looked_at(
    tmp_path: Path, below: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    monkeypatch.setenv("HOME", str(below.parent))
    assert find_file(below) == below / FILE_NAME
    write(below.parent)
    assert find_file(below) == below.parent / FILE_NAME


def test_a_parents_file_of_another_user_is_not_used(
    tmp_path: Path, below: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path)
    owner = (tmp_path / FILE_NAME).stat().st_uid
    assert find_file(below) == tmp_path / FILE_NAME
    # nobody can give files away without being root: the file is as it is, and somebody else asks
    monkeypatch.setattr(settings_file, "TRUSTED", {owner + 1})
    assert find_file(below) == below / FILE_NAME
    # that of the folder itself was chosen by going there
    write(below)
    assert find_file(below) == below / FILE_NAME


def test_a_parent_that_may_not_be_looked_into_is_passed_over(
    tmp_path: Path, below: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    lstat = Path.lstat

    def denied(path: Path) -> os.stat_result:
        if path.parent == below.parent:
            raise PermissionError
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", denied)
    assert find_file(below) == tmp_path / FILE_NAME
