"""The project's own web app, built: what a browser has to load before it can show anything."""

import gzip
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mraa.events import Event
from mraa.release import console, webapp

ROOT = Path(__file__).parents[2]
JS_LIMIT_BYTES = 150_000
CSS_LIMIT_BYTES = 8_000


class Page(HTMLParser):
    """A page's URLs and its inline code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        for name, value in attrs:
            if name in ("src", "href", "action", "srcset"):
                self.addresses.append(value or "")
            elif name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag in ("script", "style") and data.strip():
            self.inline.append(self._tag)


@pytest.fixture(scope="module")
def site() -> Iterator[Path]:
    def ignore(event: Event) -> None: ...

    yield webapp.site(ROOT / "webapp", ignore)


@pytest.fixture(scope="module")
def page(site: Path) -> Page:
    return Page((site / "index.html").read_text())


@pytest.mark.parametrize(("suffix", "limit"), [(".js", JS_LIMIT_BYTES), (".css", CSS_LIMIT_BYTES)])
def test_the_first_load_stays_small(site: Path, page: Page, suffix: str, limit: int) -> None:
    loaded = {site / address for address in page.addresses if address.endswith(suffix)}
    assert loaded or suffix == ".css"
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in loaded) <= limit


def test_the_page_references_only_files_of_the_site_wherever_it_is_served(site: Path, page: Page) -> None:
    assert all(address.startswith("./") for address in page.addresses)
    assert all((site / address).is_file() for address in page.addresses)
    assert "//" not in (site / "index.html").read_text()


def test_the_page_contains_no_inline_code_as_its_security_policy_requires(page: Page) -> None:
    assert page.inline == []


def test_every_built_file_can_be_released_and_code_may_be_cached_by_browsers(site: Path) -> None:
    files = {file.path: file for file in console.read(site)}
    assert files["index.html"].cache_control == console.NO_CACHE
    code = [file for path, file in files.items() if path.endswith((".js", ".css"))]
    assert code
    assert all(file.cache_control == console.IMMUTABLE for file in code)


def test_the_lock_file_pins_each_package_by_content_and_names_no_host() -> None:
    """With URLs it would publish one developer's registry, and make all others use it."""
    packages = json.loads((ROOT / "webapp/package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert fetched
    assert not [name for name, package in fetched.items() if "resolved" in package]
    assert not [name for name, package in fetched.items() if "integrity" not in package]
