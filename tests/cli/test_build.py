"""`mraa build` in this checkout: the folders contain all files that the templates name."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mraa.cli.main import cli
from mraa.errors import MraaError, NotReadyError, UsageError
from tests.checkout import copy_functions
from tests.unit.release_checkout import tree

ROOT = Path(__file__).parents[2]
NAME = "multi-region-application-architecture"
TEMPLATES = {f"{NAME}.template", f"{NAME}-stackset-instance.template", f"{NAME}-demo-ui.template"}
FUNCTIONS = {
    "app-state-updater",
    "photos-api",
    "output-consolidator",
    "replication-configurer",
    "console-deployer",
    "secondary-bucket",
    "state-guard",
}
# a name with a hash, as the templates write it
ADDRESSED = re.compile(r"[a-z][a-z-]+-[0-9a-f]{12}\.(?:zip|template)")
ZIPS_LIMIT_BYTES = 300_000


def build(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["build", "--bucket-prefix", "my-bucket", *arguments])


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    target = tmp_path_factory.mktemp("release")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        answer = build("--output", str(target))
    assert answer.exit_code == 0, answer.output
    yield target


def test_the_folders_contain_templates_zips_console_and_manifest(release: Path) -> None:
    regional = tree(release / "regional-s3-assets")
    assert set(tree(release / "global-s3-assets")) == TEMPLATES
    top = {name for name in regional if not name.startswith("console/")}
    zips = {name for name in top if name.endswith(".zip")}
    assert {name[: -len("-0123456789ab.zip")] for name in zips} == FUNCTIONS
    addressed = {name for name in top if ADDRESSED.fullmatch(name) and name.endswith(".template")}
    assert len(addressed) == 1
    assert top == TEMPLATES | zips | addressed | {"console-manifest.json", "sbom.cdx.json"}
    assert "console/index.html" in regional


def test_every_file_that_the_templates_name_is_uploaded_and_every_zip_is_named(release: Path) -> None:
    regional = tree(release / "regional-s3-assets")
    text = b"".join(content for name, content in regional.items() if name.endswith(".template")).decode()
    named = set(ADDRESSED.findall(text))
    assert named == {name for name in regional if ADDRESSED.fullmatch(name)}
    assert "console-manifest.json" in text


def test_the_manifest_lists_every_file_of_the_console(release: Path) -> None:
    regional = tree(release / "regional-s3-assets")
    listed = {file["path"] for file in json.loads(regional["console-manifest.json"])["files"]}
    assert listed == {name.removeprefix("console/") for name in regional if name.startswith("console/")}


def test_the_function_zips_stay_small(release: Path) -> None:
    assert sum(path.stat().st_size for path in release.rglob("*.zip")) < ZIPS_LIMIT_BYTES


def test_building_again_gives_the_same_bytes(release: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT / "functions")
    assert build("--output", str(tmp_path / "again")).exit_code == 0
    assert tree(tmp_path / "again") == tree(release)


def test_clock_umask_time_zone_locale_and_hash_seed_leave_no_trace(release: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    copy_functions(elsewhere)
    for path in (elsewhere / "functions").rglob("*.py"):
        path.chmod(0o700)
        os.utime(path, (1e9, 1e9))
    shutil.copytree(ROOT / "webapp", elsewhere / "webapp", ignore=shutil.ignore_patterns("node_modules", "dist"))
    shutil.copytree(ROOT / "build/webapp", elsewhere / "build/webapp")  # the site that the same sources were built to
    environment = {"TZ": "Pacific/Chatham", "LC_ALL": "C", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    place = ["--bucket-prefix", "my-bucket", "--output", str(tmp_path / "again")]
    subprocess.run(
        ["sh", "-c", 'umask 077 && exec "$@"', "sh", sys.executable, "-m", "mraa", "build", *place],
        cwd=elsewhere,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        timeout=250,
    )
    assert tree(tmp_path / "again") == tree(release)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of the functions, with a small site, in which a release is built."""
    copy_functions(tmp_path)
    (tmp_path / "webapp").mkdir()
    (tmp_path / "webapp/index.html").write_text("<!doctype html>\n")
    monkeypatch.chdir(tmp_path)
    assert build().exit_code == 0
    return tmp_path


def test_a_check_confirms_what_this_checkout_builds_and_changes_nothing(checkout: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in checkout.rglob("*")}
    answer = build("--check", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.output.splitlines()[-1])["isCurrent"] is True
    assert {path: path.stat().st_mtime_ns for path in checkout.rglob("*")} == before


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("webapp/index.html", "regional-s3-assets/console/index.html"),
        ("functions/photos_api/handler.py", "photos-api-"),
    ],
)
def test_a_check_names_the_files_that_a_build_would_make_otherwise(checkout: Path, edited: str, expected: str) -> None:
    with (checkout / edited).open("a") as file:
        file.write("\n")
    error = build("--check").exception
    assert isinstance(error, NotReadyError)
    assert error.exit_code == 3
    assert expected in error.message
    assert "app-state-updater-" not in error.message


def test_a_check_of_another_version_names_the_templates(checkout: Path) -> None:
    error = build("--check", "--solution-version", "v9").exception
    assert isinstance(error, NotReadyError)
    assert f"global-s3-assets/{NAME}.template" in error.message


def test_a_check_where_nothing_is_built_exits_two(checkout: Path) -> None:
    error = build("--check", "--output", str(checkout / "none")).exception
    assert isinstance(error, UsageError)
    assert "Nothing is built" in error.message


def test_json_shows_what_was_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    lines = [json.loads(line) for line in build("--output", str(tmp_path), "--json").output.splitlines()]
    assert lines[-1]["type"] == "result"
    assert lines[-1]["regionalAssets"] == str(tmp_path / "regional-s3-assets")
    assert len(lines[-1]["functions"]) == len(FUNCTIONS)


def test_by_default_it_writes_into_the_checkouts_deployment_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy_functions(tmp_path)
    (tmp_path / "webapp").mkdir()
    (tmp_path / "webapp/index.html").write_text("<!doctype html>\n")
    monkeypatch.chdir(tmp_path / "webapp")
    assert build().exit_code == 0
    assert set(tree(tmp_path / "deployment/global-s3-assets")) == TEMPLATES


def test_outside_of_a_checkout_the_release_has_the_same_bytes(
    release: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert build().exit_code == 0
    assert tree(tmp_path / "deployment") == tree(release)


def test_without_a_bucket_prefix_nothing_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MRAA_BUCKET_PREFIX", raising=False)
    error = CliRunner().invoke(cli, ["build", "--output", str(tmp_path / "out")]).exception
    assert isinstance(error, MraaError)
    assert error.message == "--bucket-prefix is not set."
    assert not (tmp_path / "out").exists()


def test_the_next_command_has_the_flags_that_this_one_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert build("--output", str(tmp_path / "a release")).output.splitlines()[-1] == (
        "Next: mraa publish --bucket-prefix my-bucket --secondary-region REGION"
        f" --from '{tmp_path / 'a release'}' --create-buckets"
    )
