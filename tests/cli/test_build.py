"""`mraa build` in this checkout: the folders contain all files that the templates name."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mraa.cli.main import cli
from mraa.errors import MraaError, UsageError
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
    "state-guard",
}
# a name with a hash, as the templates write it
ADDRESSED = re.compile(r"[a-z][a-z-]+-[0-9a-f]{12}\.(?:zip|template)")
ZIPS_LIMIT_BYTES = 60_000


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


def test_json_shows_what_was_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    lines = [json.loads(line) for line in build("--output", str(tmp_path), "--json").output.splitlines()]
    assert lines[-1]["type"] == "result"
    assert lines[-1]["regionalAssets"] == str(tmp_path / "regional-s3-assets")
    assert len(lines[-1]["functions"]) == len(FUNCTIONS)


def test_by_default_it_writes_into_the_checkouts_deployment_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "functions", tmp_path / "functions")
    (tmp_path / "webapp").mkdir()
    (tmp_path / "webapp/index.html").write_text("<!doctype html>\n")
    monkeypatch.chdir(tmp_path / "webapp")
    assert build().exit_code == 0
    assert set(tree(tmp_path / "deployment/global-s3-assets")) == TEMPLATES


def test_outside_of_a_checkout_it_says_so_and_exits_two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    error = build().exception
    assert isinstance(error, UsageError)
    assert "is not in a checkout of the repository" in error.message


def test_without_a_bucket_prefix_nothing_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MRAA_BUCKET_PREFIX", raising=False)
    error = CliRunner().invoke(cli, ["build", "--output", str(tmp_path / "out")]).exception
    assert isinstance(error, MraaError)
    assert error.message == "--bucket-prefix is not set."
    assert not (tmp_path / "out").exists()
