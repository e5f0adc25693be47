"""The site is built without a warning: every link of every page leads somewhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documentation import links
from tests.local.deploying import CHECKOUT


def build(config: Path, output: Path) -> "subprocess.CompletedProcess[str]":
    # quiet would not count warnings
    environment = {
        **os.environ,
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONPATH": os.pathsep.join(str(CHECKOUT / folder) for folder in (".", "functions", "fence/python")),
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(config)]
    return subprocess.run(
        [*command, "--site-dir", str(output)],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does."""
    output = tmp_path_factory.mktemp("site")
    ended = build(CHECKOUT / "mkdocs.yml", output)
    assert ended.returncode == 0 and "WARNING" not in ended.stderr, ended.stderr
    return output


def test_a_link_to_nothing_fails_the_build(tmp_path: Path) -> None:
    pages = tmp_path / "docs"
    shutil.copytree(CHECKOUT / "docs", pages, ignore=shutil.ignore_patterns("*.png"))
    page = pages / "json.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[gone](gone.md) and [no such heading](limits.md#nowhere)\n")
    config = (CHECKOUT / "mkdocs.yml").read_text(encoding="utf-8")
    changed = config.replace("docs_dir: docs", f"docs_dir: {pages}").replace("- tests/", f"- {CHECKOUT}/tests/")
    (tmp_path / "mkdocs.yml").write_text(changed, encoding="utf-8")
    ended = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert ended.returncode != 0
    assert "gone.md" in ended.stderr and "nowhere" in ended.stderr


def test_a_page_asks_nothing_of_another_host(site: Path) -> None:
    loads = re.compile(
        r'<(?:script|img|iframe|source)[^>]+src="(https?:|//)|<link[^>]+href="(?:https?:|//)|@import|url\((?:https?:|//)'
    )
    for path in [*site.rglob("*.html"), *site.rglob("*.css")]:
        assert not loads.search(path.read_text(encoding="utf-8")), path


def test_every_page_is_in_llms_txt_with_what_it_is(site: Path) -> None:
    text = (site / "llms.txt").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[[^]]+\]\(([^)]+)\): \S.*$", text, re.M)
    assert len(listed) == len(set(listed)) > 30
    pages = {str(path.relative_to(site)) for path in site.rglob("*.html")} - {"404.html"}
    assert set(listed) == {page for page in pages if not page.startswith("source/")}


def test_the_repositorys_own_links_lead_to_files_and_headings() -> None:
    """The site's are checked by its build; these are what a reader of the repository clicks."""
    for page in [*links.ROOT_PAGES, *(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "docs").rglob("*.md"))]:
        text = (CHECKOUT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)", re.sub(r"```.*?```", "", text, flags=re.S)):
            if "://" not in target:
                assert (CHECKOUT / page).parent.joinpath(target).exists(), f"{page}: {target}"


@pytest.mark.parametrize(
    ("page", "link", "on_site"),
    [
        ("README.md", "docs/json.md#x", "json.md#x"),
        ("docs/security.md", "../CONTRIBUTING.md", "contributing.md"),
        ("docs/how-to/own-back-end.md", "../../mraa/names.py", "../source/mraa/names.py.md"),
        ("docs/architecture.md", "images/architecture.svg", "images/architecture.svg"),
        ("docs/architecture.md", "https://aws.amazon.com/", "https://aws.amazon.com/"),
        ("docs/architecture.md", "gone.md", "gone.md"),
    ],
)
def test_a_link_of_the_repository_becomes_the_sites(page: str, link: str, on_site: str) -> None:
    assert links.rewritten(page, f"see [this]({link})") == f"see [this]({on_site})"
    assert links.rewritten(page, f"`[this]({link})`") == f"`[this]({link})`"


def test_lists_tables_and_code_of_the_pages_are_shown_as_such(site: Path) -> None:
    """What the site's Markdown takes for running text where a repository's page has a list or a table."""
    for path in site.rglob("*.html"):
        if not str(path.relative_to(site)).startswith("source"):
            text = re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", path.read_text(encoding="utf-8"), flags=re.S)
            left = re.findall(r"^(?:<p>)?(?:- |\d\. |\| ?[-\w]).*$", text, re.M)
            assert not left, f"{path.name}: {left[0]}"
    assert "up|down [--hang]</code>" in (site / "local-cloud.html").read_text(encoding="utf-8")
