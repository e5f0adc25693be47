"""What mkdocs asks while it builds the site: the pages that are generated, the links, and llms.txt."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

from tests.documentation import llms, sources
from tests.documentation.links import ROOT_PAGES, linked, repository_path, rewritten
from tests.documentation.reference import PAGES
from tests.local.deploying import CHECKOUT

_TABLE_CODE = re.compile(r"(?<=[| ])`[^`\n]*\\\|[^`\n]*`")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are no files of docs/."""
    for path, page in ROOT_PAGES.items():
        files.append(File.generated(config, page, content=(CHECKOUT / path).read_text(encoding="utf-8")))
    for page, write in PAGES.items():
        files.append(File.generated(config, f"reference/{page}.md", content=write()))
    shown = {path for page, text in _pages(files) for path in linked(repository_path(page), text)}
    for path in sorted(shown):
        files.append(
            File.generated(config, sources.place(path), content=sources.page(path), inclusion=InclusionLevel.NOT_IN_NAV)
        )
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Turn the repository's links into the site's."""
    name = page.file.src_uri
    if name.startswith("source/"):
        return markdown
    # in a table's code a repository's page needs the backslash, and the site would show it
    shown = _TABLE_CODE.sub(lambda code: code[0].replace("\\|", "|"), markdown)
    return rewritten(repository_path(name), shown)


def on_post_build(config: MkDocsConfig) -> None:
    """Write the pages' list for programs that read them."""
    (Path(config.site_dir) / "llms.txt").write_text(llms.text(config.nav or []), encoding="utf-8")


def _pages(files: Files) -> Iterator[tuple[str, str]]:
    for file in files.documentation_pages():
        yield file.src_uri, file.content_string
