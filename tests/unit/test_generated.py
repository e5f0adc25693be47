"""Parts of pages that commands write."""

from pathlib import Path

import pytest

from tests.generated import write_part

PAGE = """# Page

<!-- one: written by `make one` -->
old
<!-- end of one -->

between

<!-- two: written by `make two` -->
<!-- end of two -->
"""


def test_a_part_is_replaced_and_the_others_are_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    write_part(page, "two", "make two", "\nsecond\n")
    write_part(page, "one", "make one", "first")
    write_part(page, "one", "make one", "newer")
    text = page.read_text()
    assert text.count("newer") == text.count("second") == text.count("between") == 1
    assert "old" not in text and "first" not in text
    assert text.index("newer") < text.index("between") < text.index("second")


def test_a_page_without_the_part_is_not_touched(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    with pytest.raises(ValueError, match="three"):
        write_part(page, "three", "make three", "third")
    assert page.read_text() == PAGE
