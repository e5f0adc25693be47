"""Where the pages lie in the repository, and what their links mean on the site.

In the repository a link leads to any file; on the site to a page, or to a copy of a file in the folder ``source``.
"""

import posixpath
import re
from pathlib import PurePosixPath

from tests.local.deploying import CHECKOUT

# in the repository -> on the site; everything in docs/ keeps its path
ROOT_PAGES = {
    "README.md": "index.md",
    "fence/README.md": "fence-protocol.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
# a link or a picture, in Markdown or in HTML; not where code shows one
_LINK = re.compile(r'(\]\(|(?:src|srcset|href)=")([^)\s"#]+)')
_CODE = re.compile(r"(^```.*?^```|^(?: {4}|\t).*?$|`[^`\n]*`)", re.DOTALL | re.MULTILINE)


def site_path(path: str) -> str:
    """Where a file of the repository is on the site."""
    if path in ROOT_PAGES:
        return ROOT_PAGES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"source/{path}.md"


def repository_path(page: str) -> str:
    """Where a page of the site is in the repository."""
    for path, place in ROOT_PAGES.items():
        if page == place:
            return path
    return f"docs/{page}"


def linked(path: str, text: str) -> set[str]:
    """The repository's files and folders outside its pages to which the page ``path`` links."""
    found = {target for _, target in _targets(path, text)}
    return {target for target in found if site_path(target).startswith("source/") and (CHECKOUT / target).exists()}


def rewritten(path: str, text: str) -> str:
    """The page ``path`` with its links as they are on the site. A link to nothing stays, and fails the build."""
    here = posixpath.dirname(site_path(path))
    places = {
        written: posixpath.relpath(site_path(target), here or ".")
        for written, target in _targets(path, text)
        if (CHECKOUT / target).exists()
    }
    parts = _CODE.split(text)
    return "".join(
        part if index % 2 else _LINK.sub(lambda link: link[1] + places.get(link[2], link[2]), part)
        for index, part in enumerate(parts)
    )


def _targets(path: str, text: str) -> set[tuple[str, str]]:
    """Each relative link as it is written, and the repository's path that it means."""
    parts = _CODE.split(text)[::2]
    written = {link[2] for part in parts for link in _LINK.finditer(part) if "://" not in link[2]}
    folder = str(PurePosixPath(path).parent)
    return {(link, posixpath.normpath(posixpath.join(folder, link))) for link in written if ":" not in link}
