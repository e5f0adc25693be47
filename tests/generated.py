"""Parts of pages that a command writes: each between two marks, so that one command leaves the others' parts alone."""

from pathlib import Path


def write_part(page: Path, name: str, command: str, text: str) -> None:
    """Replace the part ``name`` of the page by ``text``. The page has its two marks already."""
    begin, end = f"<!-- {name}: written by `{command}` -->", f"<!-- end of {name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{page} has no part between {begin} and {end}")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
