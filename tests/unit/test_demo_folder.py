"""The demo's folder: removed at its end, but never what somebody may want, nor the folder of another demo."""

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from mraa.cli.demo_folder import DemoFolder
from mraa.settings_file import FILE_NAME


def entered(checkout: Path, port: int, kept: list[Path], project: Path | None = None) -> AbstractContextManager[None]:
    return DemoFolder(checkout / ".mraa", port, kept).entered(project, lambda: ["a line"])


def test_it_is_a_copy_of_the_project_and_gone_afterwards(tmp_path: Path) -> None:
    project, before = tmp_path / "project", Path.cwd()
    (project / "drill").mkdir(parents=True)
    (project / FILE_NAME).write_text("# ours")
    kept: list[Path] = []
    with entered(tmp_path, 1, kept, project):
        assert Path.cwd() == tmp_path / ".mraa" / "demo-1"
        assert (Path.cwd() / FILE_NAME).read_text() == "# ours"
    assert Path.cwd() == before
    assert list((tmp_path / ".mraa").iterdir()) == kept == []


def test_reports_written_in_it_are_moved_out(tmp_path: Path) -> None:
    kept: list[Path] = []
    with entered(tmp_path, 1, kept):
        Path("drill").mkdir()
        Path("drill/drill.html").write_text("report")
    [folder] = kept
    assert (folder / "drill" / "drill.html").read_text() == "report"
    assert not (folder / "demo.log").exists()


def test_a_demo_that_fails_leaves_what_its_commands_printed(tmp_path: Path) -> None:
    kept: list[Path] = []
    with pytest.raises(KeyboardInterrupt), entered(tmp_path, 1, kept):
        raise KeyboardInterrupt
    assert (kept[0] / "demo.log").read_text() == "a line\n"


def test_what_a_killed_demo_left_is_removed_but_for_its_reports(tmp_path: Path) -> None:
    left = tmp_path / ".mraa" / "demo-2"
    (left / "recovery-reports").mkdir(parents=True)
    kept: list[Path] = []
    with entered(tmp_path, 1, kept):
        assert not left.exists()
    assert [path.name for path in kept[0].iterdir()] == ["recovery-reports"]


def test_the_folder_of_another_demo_that_runs_is_left_alone(tmp_path: Path) -> None:
    with entered(tmp_path, 1, []):
        with entered(tmp_path, 2, []):
            assert (tmp_path / ".mraa" / "demo-1" / FILE_NAME).exists()
        assert Path.cwd() == tmp_path / ".mraa" / "demo-1"
