"""The drills that must turn red find the safeguards that they take out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checkout import copy_functions
from tests.drills.chaos import safeguards


@pytest.mark.parametrize("alter", safeguards.ALL)
def test_a_safeguard_is_where_it_is_taken_out_and_what_is_left_is_python(
    alter: Callable[[Path], None], tmp_path: Path
) -> None:
    copy_functions(tmp_path)
    alter(tmp_path)
    for source in tmp_path.rglob("*.py"):
        compile(source.read_text(), str(source), "exec")
