"""The bill of materials: valid CycloneDX, everything that ships in it, and the same bytes for the same release."""

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from mraa.errors import UsageError
from mraa.release import sbom
from mraa.release.manifest import ReleaseFile
from mraa.templates.release import Release
from tests.unit.release_checkout import build_checkout, make_checkout

WEBAPP = Path(__file__).parents[2] / "webapp"
RELEASE = Release("code", "application", "v1.0.0", functions={"photos_api": "photos-api-1.zip"}, console_hash="")
ZIPS = {"photos_api": ReleaseFile("regional-s3-assets", "photos-api-1.zip", "ab" * 32, "", 1, "application/zip")}
LOCK = {
    "packages": {
        "": {"name": "site", "version": "2.0.0", "dependencies": {"a": "1", "@s/b": "1", "d": "1"}},
        "node_modules/a": {"version": "1.0.0", "license": "MIT", "dependencies": {"@s/b": "1", "not-installed": "1"}},
        "node_modules/a/node_modules/@s/b": {"version": "1.5.0", "license": "(MIT OR Apache-2.0)"},
        "node_modules/@s/b": {"version": "1.0.0", "integrity": f"sha512-{'A' * 86}==", "license": "ISC"},
        "node_modules/d": {"version": "1.0.0", "dev": True},
    }
}  # fmt: skip


def bill(webapp: Path) -> dict[str, Any]:
    text = sbom.bill_of_materials(RELEASE, ZIPS, webapp)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found: dict[str, Any] = json.loads(text)
    return found


def needs(document: dict[str, Any]) -> dict[str, list[str]]:
    return {of["ref"]: of["dependsOn"] for of in document["dependencies"]}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "package-lock.json").write_text(json.dumps(LOCK))
    return tmp_path


def test_every_package_that_the_web_app_is_installed_with_is_listed_with_its_hash_and_licence() -> None:
    locked = json.loads((WEBAPP / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    expected = {
        (place.rpartition("node_modules/")[2], of["version"])
        for place, of in locked.items()
        if place and not of.get("dev")
    }
    libraries = [of for of in bill(WEBAPP)["components"] if of["type"] == "library"]
    assert {
        (f"{of['group']}/{of['name']}" if "group" in of else of["name"], of["version"]) for of in libraries
    } == expected
    assert all(of["licenses"] and of["hashes"][0]["alg"] == "SHA-512" for of in libraries)


def test_everything_listed_is_reached_from_the_release() -> None:
    document = bill(WEBAPP)
    edges, reached, left = needs(document), set[str](), ["release"]
    while left:
        ref = left.pop()
        if ref not in reached:
            reached.add(ref)
            left += edges.get(ref, [])
    assert {of["bom-ref"] for of in document["components"]} <= reached


def test_functions_are_listed_by_their_zip_s_hash(small: Path) -> None:
    [function, site, *_] = bill(small)["components"]
    assert (function["name"], function["hashes"]) == ("photos-api", [{"alg": "SHA-256", "content": "ab" * 32}])
    assert (site["name"], site["version"]) == ("site", "2.0.0")


def test_a_package_is_found_as_node_finds_it_and_nothing_for_development_is_listed(small: Path) -> None:
    document = bill(small)
    inner, outer = "pkg:npm/%40s/b@1.5.0", "pkg:npm/%40s/b@1.0.0"
    assert needs(document) == {
        "release": ["function/photos-api", "webapp"],
        "webapp": [outer, "pkg:npm/a@1.0.0"],
        inner: [],
        outer: [],
        "pkg:npm/a@1.0.0": [inner],
    }
    by_ref = {of["bom-ref"]: of for of in document["components"]}
    assert by_ref[inner]["licenses"] == [{"expression": "(MIT OR Apache-2.0)"}]
    assert by_ref[outer]["hashes"] == [{"alg": "SHA-512", "content": "00" * 64}]


def test_a_site_of_one_s_own_has_no_packages(tmp_path: Path) -> None:
    assert [of["bom-ref"] for of in bill(tmp_path)["components"]] == ["function/photos-api", "webapp"]


@pytest.mark.parametrize("text", ["", "[]", '{"packages": 5}', '{"packages": {"x": 1}}'])
def test_a_lock_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "package-lock.json").write_text(text)
    with pytest.raises(UsageError, match=r"package-lock\.json cannot be read as npm's lock file"):
        bill(tmp_path)


def test_the_release_contains_it_and_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    source = make_checkout(tmp_path / "checkout")
    first, second = (build_checkout(source, tmp_path / name).regional_folder for name in ("one", "two"))
    written = (first / sbom.FILE_NAME).read_bytes()
    assert written == (second / sbom.FILE_NAME).read_bytes()
    assert {of["name"] for of in json.loads(written)["components"]} == {"photo-book", "state-keeper", "webapp"}
