"""llms.txt: what the pages are, one a line, by https://llmstxt.org."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.documentation.links import repository_path
from tests.documentation.reference import PAGES
from tests.local.deploying import CHECKOUT

_ABOUT = (
    "An active/passive serverless architecture over two AWS Regions with fast, fenced failover: CloudFormation "
    "templates, the tool `mraa` that deploys and operates them, a sample web app, and a local cloud to try it all on."
)


def text(nav: Sequence[Any]) -> str:
    """The file, from the site's navigation."""
    lines = ["# Multi-Region Application Architecture", "", f"> {_ABOUT}"]
    for entry in nav:
        for title, below in entry.items():
            lines += ["", f"## {title}", "", *_lines(title, below)]
    return "\n".join(lines) + "\n"


def _lines(title: str, below: Any) -> Iterator[str]:
    if isinstance(below, str):
        yield f"- [{title}]({below.removesuffix('.md')}.html): {_first_sentence(below)}"
        return
    for entry in below:
        assert isinstance(entry, Mapping)
        for name, deeper in entry.items():
            yield from _lines(name, deeper)


def _first_sentence(page: str) -> str:
    """What the page says of itself first, as plain text on one line."""
    generated = PAGES.get(page.removeprefix("reference/").removesuffix(".md"))
    content = generated() if generated else (CHECKOUT / repository_path(page)).read_text(encoding="utf-8")
    for paragraph in re.split(r"\n\s*\n", content):
        if re.match(r"[A-Za-z`\"*\[]", paragraph):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(paragraph.split()))
            return re.split(r"(?<=[.:]) ", plain.replace("**", ""))[0].rstrip(":")
    raise ValueError(f"{page} begins with no sentence that says what it is")
