"""``mraa app init``: what it writes passes every check, and it overwrites nothing."""

from pathlib import Path

import pytest

from mraa.application_settings import read_applications
from mraa.errors import UsageError
from mraa.release.applications.package import check, package_all
from mraa.release.applications.skeleton import init
from mraa.settings import load
from mraa.settings_file import FILE_NAME
from tests.unit.application_project import RELEASE


def test_nothing_is_found_in_what_is_written_and_its_code_has_the_fence(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / FILE_NAME).write_text('[deployment]\nstack_name = "shop"\n')
    assert init(project / FILE_NAME, "orders") == [
        "orders/global.yaml",
        "orders/regional.yaml",
        "orders/src/app.py",
        "mraa.toml",
    ]
    init(project / FILE_NAME, "bills")
    for name in ("orders", "bills"):
        checked = check(read_applications(project / FILE_NAME), name)
        assert (checked.findings, checked.derived.underived) == ((), {})
    files = package_all(read_applications(project / FILE_NAME), RELEASE)
    (zipped, _) = [content for path, content in files.items() if path.endswith(".zip")]
    assert b"mraa_fence/__init__.py" in zipped and b"mraa_fence/fence.py" in zipped
    assert load({}, project / FILE_NAME, {}).stack_name == "shop"


def test_a_fence_library_in_the_code_of_ones_own_is_kept(tmp_path: Path) -> None:
    init(tmp_path / FILE_NAME, "orders")
    own = tmp_path / "orders" / "src" / "mraa_fence"
    own.mkdir()
    (own / "__init__.py").write_text("# theirs\n")
    files = package_all(read_applications(tmp_path / FILE_NAME), RELEASE)
    (zipped,) = [content for path, content in files.items() if path.endswith(".zip")]
    assert b"# theirs" in zipped and b"mraa_fence/fence.py" not in zipped


@pytest.mark.parametrize("path", ["orders/regional.yaml", "orders/src/app.py"])
def test_a_file_that_exists_is_not_overwritten(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text("mine")
    with pytest.raises(UsageError, match=f"{path} exists already"):
        init(tmp_path / FILE_NAME, "orders")
    assert [of.read_text() for of in tmp_path.rglob("*") if of.is_file()] == ["mine"]


@pytest.mark.parametrize("name", ["Orders", "../orders", "web", ""])
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        init(tmp_path / FILE_NAME, name)
    assert list(tmp_path.iterdir()) == []


def test_an_application_that_exists_is_refused(tmp_path: Path) -> None:
    init(tmp_path / FILE_NAME, "orders")
    with pytest.raises(UsageError, match="has an application orders already"):
        init(tmp_path / FILE_NAME, "orders")
