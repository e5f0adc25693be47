"""Where a release comes from: the checkout around the current folder, else what came with the tool."""

import shutil
from pathlib import Path

import pytest

from mraa.errors import MraaError
from mraa.release import npm, origin, webapp
from tests.checkout import CHECKOUT
from tests.unit.release_checkout import make_checkout


@pytest.fixture
def carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose web app is not built yet."""
    folder = make_checkout(tmp_path / "site-packages" / "carried")
    (folder / "webapp" / npm.PACKAGE).write_text("{}")
    monkeypatch.setattr(origin, "CARRIED", folder)
    monkeypatch.setenv("MRAA_HOME", str(tmp_path / "home"))
    return folder


def test_a_checkout_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "checkout")
    assert origin.find_checkout(checkout / "functions/shared") == checkout
    assert origin.find_checkout(tmp_path) is None


def test_a_release_is_built_in_the_checkout_or_in_the_folder_of_the_project(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "checkout")
    assert origin.default_target(checkout / "functions") == checkout / "deployment"
    assert origin.default_target(tmp_path) == tmp_path / "deployment"


def test_a_tool_that_runs_from_a_checkout_has_the_sources_of_that() -> None:
    assert origin.came_with_tool() == CHECKOUT
    assert not origin.has_another_tool(CHECKOUT)


def test_a_checkout_with_a_tool_of_its_own_has_another_one(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "checkout")
    assert not origin.has_another_tool(checkout)
    (checkout / "mraa").mkdir()
    (checkout / "mraa/__init__.py").write_text("")
    assert origin.has_another_tool(checkout)


def test_an_installed_tool_has_the_sources_that_it_carries(carried: Path) -> None:
    assert origin.came_with_tool() == carried


def test_an_installation_without_sources_is_not_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "CARRIED", tmp_path / "nowhere")
    monkeypatch.setattr(origin, "_PACKAGE", tmp_path / "site-packages" / "mraa")
    with pytest.raises(MraaError, match="lacks the sources of a release"):
        origin.came_with_tool()


def test_a_web_app_that_is_built_already_is_used_where_it_is(carried: Path) -> None:
    (npm.cache(carried / "webapp") / webapp.sources_hash(carried / "webapp")).mkdir(parents=True)
    assert origin.buildable(carried) == carried


def test_a_web_app_is_built_in_a_copy_that_is_made_once(carried: Path) -> None:
    copy = origin.buildable(carried)
    assert copy.is_relative_to(carried.parents[1] / "home" / "sources")
    assert webapp.sources_hash(copy) == webapp.sources_hash(carried)
    (copy / "build").mkdir()
    assert origin.buildable(carried) == copy and (copy / "build").is_dir()
    (carried / "functions/shared/log.py").write_text("LEVEL = 'debug'\n")
    assert origin.buildable(carried) != copy


def test_a_checkout_is_built_where_it_is(tmp_path: Path, carried: Path) -> None:
    checkout = Path(shutil.copytree(carried, tmp_path / "checkout"))
    assert origin.buildable(checkout) == checkout


def test_a_copy_that_cannot_be_made_ends_in_one_line(carried: Path) -> None:
    (carried.parents[1] / "home").write_text("a file")
    with pytest.raises(MraaError, match="sources cannot be copied"):
        origin.buildable(carried)
