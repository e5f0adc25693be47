"""The web app's files and their manifest."""

import hashlib
import json
from pathlib import Path

import pytest

from mraa.errors import UsageError
from mraa.release import console
from tests.unit.release_checkout import make_checkout


@pytest.fixture
def webapp(tmp_path: Path) -> Path:
    return make_checkout(tmp_path) / "webapp"


def test_the_manifest_lists_each_file_sorted_by_path(webapp: Path) -> None:
    document = json.loads(console.manifest(console.read(webapp)))
    assert document["schemaVersion"] == 1
    assert [file["path"] for file in document["files"]] == ["assets/index-D4f8aB_d.js", "index.html", "style.css"]
    assert document["files"][1] == {
        "path": "index.html",
        "sha256": hashlib.sha256(b"<!doctype html>\n").hexdigest(),
        "bytes": 16,
        "contentType": "text/html",
        "cacheControl": "no-cache",
    }


def test_only_files_with_a_hash_in_their_name_may_be_cached_by_browsers(webapp: Path) -> None:
    kept = [file.path for file in console.read(webapp) if file.cache_control == "public, max-age=31536000, immutable"]
    assert kept == ["assets/index-D4f8aB_d.js"]


def test_the_hash_changes_with_any_file_and_with_nothing_else(webapp: Path) -> None:
    before = console.console_hash(console.manifest(console.read(webapp)))
    assert console.console_hash(console.manifest(console.read(webapp))) == before
    (webapp / "style.css").write_text("body { margin: 0 }\n")
    assert console.console_hash(console.manifest(console.read(webapp))) != before


def test_a_developers_own_settings_and_hidden_files_are_left_out(webapp: Path) -> None:
    before = console.read(webapp)
    (webapp / "uiConfig.json").write_text("{}")
    (webapp / ".DS_Store").write_bytes(b"\0")
    assert console.read(webapp) == before


def test_a_file_of_unknown_type_is_rejected_by_name(webapp: Path) -> None:
    (webapp / "film.mpeg").write_bytes(b"\0")
    with pytest.raises(UsageError, match=r"film\.mpeg: unknown content type of \.mpeg"):
        console.read(webapp)


def test_a_web_app_without_a_page_is_rejected(webapp: Path) -> None:
    (webapp / "index.html").unlink()
    with pytest.raises(UsageError, match=r"no index\.html"):
        console.read(webapp)
