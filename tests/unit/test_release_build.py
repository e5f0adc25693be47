"""The two folders of a release: complete, reproducible, never partial."""

import fcntl
import json
import os
from pathlib import Path

import pytest

from mraa.errors import MraaError, UsageError
from mraa.events import Event
from mraa.release import build, manifest
from mraa.templates.release import Release
from tests.unit.release_checkout import FILES, MAIN, REGIONAL, build_checkout, make_checkout, render, tree


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "checkout")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "deployment"


def test_the_folders_contain_what_the_release_layout_says(source: Path, target: Path) -> None:
    built = build_checkout(source, target)
    zips = set(built.release.functions.values())
    addressed = next(name for name in render(built.release) if name not in (MAIN, REGIONAL))
    assert set(tree(built.global_folder)) == {MAIN, REGIONAL}
    assert set(tree(built.regional_folder)) == {
        MAIN,
        REGIONAL,
        addressed,
        *zips,
        "console-manifest.json",
        "sbom.cdx.json",
        "console/index.html",
        "console/style.css",
        "console/assets/index-D4f8aB_d.js",
    }
    assert list(built.release.functions) == ["photo_book", "state_keeper"]


def test_the_templates_are_rendered_for_this_release(source: Path, target: Path) -> None:
    built = build_checkout(source, target, version="v2")
    main = json.loads((built.global_folder / MAIN).read_text())
    assert main["Version"] == "v2"
    assert main["Console"] == built.release.console_hash
    assert (built.regional_folder / main["TemplateURL"]).is_file()
    code = json.loads((built.regional_folder / main["TemplateURL"]).read_text())["Code"]
    assert all((built.regional_folder / name).is_file() for name in code.values())


def test_building_twice_gives_the_same_bytes(source: Path, target: Path, tmp_path: Path) -> None:
    first = tree(build_checkout(source, target).target)
    assert tree(build_checkout(source, target).target) == first
    elsewhere = make_checkout(tmp_path / "elsewhere", dict(reversed(FILES.items())))
    assert tree(build_checkout(elsewhere, tmp_path / "other").target) == first


def test_a_changed_function_gets_a_new_name_and_the_others_keep_theirs(source: Path, target: Path) -> None:
    before = build_checkout(source, target).release.functions
    (source / "functions/photo_book/handler.py").write_text("changed = True\n")
    built = build_checkout(source, target)
    assert built.release.functions["photo_book"] != before["photo_book"]
    assert built.release.functions["state_keeper"] == before["state_keeper"]
    assert before["photo_book"] not in tree(built.regional_folder)


def test_stale_files_and_leftovers_of_a_killed_build_are_removed(source: Path, target: Path) -> None:
    fresh = tree(build_checkout(source, target).target)
    (target / "regional-s3-assets/old.zip").write_bytes(b"old")
    (target / "global-s3-assets/deep").mkdir()
    (target / "global-s3-assets/deep/old.template").write_text("{}")
    (target / ".build-killed").mkdir()
    (target / ".build-killed/half").write_text("")
    build_checkout(source, target)
    assert tree(target) == fresh


def test_other_files_beside_the_release_are_left_alone(source: Path, target: Path) -> None:
    target.mkdir()
    (target / "build-s3-dist.sh").write_text("#!/bin/sh\n")
    build_checkout(source, target)
    assert (target / "build-s3-dist.sh").is_file()


def test_a_build_that_fails_leaves_the_old_release(source: Path, target: Path) -> None:
    before = tree(build_checkout(source, target).target)
    (source / "webapp/index.html").unlink()
    with pytest.raises(UsageError):
        build_checkout(source, target)
    assert tree(target) == before


def test_a_build_killed_between_the_two_folders_is_detected_and_fixed(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_checkout(source, target)
    (source / "webapp/index.html").write_text("changed")
    rename = Path.rename

    def dies_at_the_second_folder(self: Path, new: Path) -> Path:
        if new == target / "regional-s3-assets":
            raise KeyboardInterrupt
        return rename(self, new)

    monkeypatch.setattr(Path, "rename", dies_at_the_second_folder)
    with pytest.raises(KeyboardInterrupt):
        build_checkout(source, target)
    monkeypatch.undo()
    with pytest.raises(UsageError, match=r"missing from the release|not what was built"):
        manifest.read(target)
    assert manifest.read(build_checkout(source, target).target)


def test_a_concurrent_build_is_rejected(source: Path, target: Path) -> None:
    target.mkdir()
    folder = os.open(target, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="Another build is writing"):
            build_checkout(source, target)
    finally:
        os.close(folder)
    build_checkout(source, target)


def test_a_target_that_is_a_file_is_rejected(source: Path, target: Path) -> None:
    target.write_text("")
    with pytest.raises(UsageError, match="not a folder that a release can be built into"):
        build_checkout(source, target)


def test_a_full_disk_ends_in_one_line(source: Path, target: Path) -> None:
    def fails(release: Release) -> dict[str, str]:
        raise OSError(28, "No space left on device")

    def ignore(event: Event) -> None: ...

    with pytest.raises(MraaError, match=r"cannot be built in .*No space left on device"):
        build.build(source, target, bucket_prefix="b", solution_name="s", version="v", render=fails, on_event=ignore)


def test_what_was_built_is_read_back(source: Path, target: Path) -> None:
    assert manifest.read(build_checkout(source, target).target) == build_checkout(source, target)


@pytest.mark.parametrize("damage", ["{", "[]", '{"release": {}, "files": []}', '{"release": {"x": 1}, "files": []}'])
def test_a_damaged_record_ends_in_one_line(source: Path, target: Path, damage: str) -> None:
    build_checkout(source, target)
    (target / "release.json").write_text(damage)
    with pytest.raises(UsageError, match="cannot be read as a release"):
        manifest.read(target)


def test_nothing_built_yet_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Nothing is built") as caught:
        manifest.read(tmp_path)
    assert "mraa build" in caught.value.hint


@pytest.mark.parametrize("other", [{"bucket_prefix": "x"}, {"solution_name": "x"}, {"version": "x"}])
def test_a_release_for_another_location_is_rejected_and_both_are_named(
    source: Path, target: Path, other: dict[str, str]
) -> None:
    built = build_checkout(source, target)
    asked = {"bucket_prefix": "code", "solution_name": "app", "version": "v1.0.0"}
    manifest.require(built, **asked)
    with pytest.raises(UsageError, match=r"was built for code app v1\.0\.0, not for "):
        manifest.require(built, **{**asked, **other})
