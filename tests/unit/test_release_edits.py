"""Whether the sources of a checkout were edited since its release was built."""

from pathlib import Path

import pytest

from mraa.release.edits import edited_since_build
from mraa.templates.release import Release
from tests.unit.release_checkout import MAIN, build_checkout, make_checkout, render

PLACE = {"bucket_prefix": "code", "solution_name": "app", "version": "v1.0.0"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a release built of it."""
    made = make_checkout(tmp_path / "checkout")
    build_checkout(made, made / "deployment")
    return made


def edits(folder: Path) -> list[str]:
    return edited_since_build(folder, render=render, **PLACE)


def test_a_release_of_the_same_sources_is_not_old(checkout: Path) -> None:
    assert edits(checkout) == []
    (checkout / "functions" / "photo_book" / "__pycache__").mkdir()
    (checkout / "functions" / "photo_book" / "__pycache__" / "handler.pyc").write_bytes(b"x")
    assert edits(checkout / "webapp") == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("functions/photo_book/handler.py", "from shared import log\nMORE = 1\n", ["functions/photo_book"]),
        ("functions/photo_book/handler.py", "not python (", ["functions/photo_book"]),
        ("functions/shared/log.py", "LEVEL = 'debug'\n", ["functions/photo_book"]),
        ("functions/another/handler.py", "", ["functions/another"]),
        ("webapp/index.html", "<!doctype html><p>\n", ["webapp"]),
        ("webapp/more.css", "", ["webapp"]),
    ],
)
def test_what_was_edited_is_named(checkout: Path, path: str, text: str, expected: list[str]) -> None:
    (checkout / path).parent.mkdir(exist_ok=True)
    (checkout / path).write_text(text)
    assert edits(checkout) == expected


def test_a_function_that_was_removed_is_named(checkout: Path) -> None:
    (checkout / "functions" / "photo_book" / "handler.py").unlink()
    assert edits(checkout) == ["functions/photo_book"]


def test_templates_that_render_otherwise_are_named(checkout: Path) -> None:
    def other(release: Release) -> dict[str, str]:
        return {**render(release), MAIN: "{}"}

    assert edited_since_build(checkout, render=other, **PLACE) == [MAIN]


def test_nothing_is_known_without_a_checkout_or_without_its_release(checkout: Path, tmp_path: Path) -> None:
    (checkout / "webapp" / "index.html").write_text("edited\n")
    assert edits(tmp_path) == []
    assert edited_since_build(checkout, render=render, **{**PLACE, "version": "v2.0.0"}) == []
    (checkout / "deployment" / "release.json").unlink()
    assert edits(checkout) == []


def test_a_release_of_an_older_tool_does_not_tell_its_web_apps_sources(checkout: Path) -> None:
    record = checkout / "deployment" / "release.json"
    record.write_text(record.read_text().replace('"webappSources"', '"something_else"'))
    (checkout / "webapp" / "index.html").write_text("edited\n")
    assert edits(checkout) == []
