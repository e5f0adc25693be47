"""Pages that show a file of the repository, or list a folder of it, for the links of other pages."""

import posixpath

from tests.documentation.links import site_path
from tests.local.deploying import CHECKOUT

_LANGUAGES = {".py": "python", ".ts": "typescript", ".tsx": "tsx", ".json": "json", ".sh": "bash"}
_HIDDEN = ("__pycache__", "node_modules", "package-lock.json")


def page(path: str) -> str:
    """The page of a file or a folder, with the repository's path as its title."""
    place = CHECKOUT / path
    if not place.is_dir():
        text = place.read_text(encoding="utf-8")
        return f"# {path}\n\n{_FENCE}{_LANGUAGES.get(place.suffix, 'text')}\n{text.rstrip()}\n{_FENCE}\n"
    names = sorted(child.name for child in place.iterdir() if child.name not in _HIDDEN and child.name[0] != ".")
    return "\n".join([f"# {path}/", "", *(f"- `{name}`" for name in names), ""])


def place(path: str) -> str:
    """Where that page is on the site."""
    return posixpath.normpath(site_path(path))


# longer than any fence inside a file
_FENCE = "`" * 8
