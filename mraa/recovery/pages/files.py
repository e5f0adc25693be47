"""Writing a report's files: each whole or not at all."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there: nobody reads half of it, and a full disk leaves the old one.

    Raises OSError.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
