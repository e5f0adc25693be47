"""In a checkout with a tool of its own that one builds, whichever is on the PATH."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.unit.release_checkout import make_checkout

SAYS_WHAT_IT_GOT = "import sys, pathlib\nprint(pathlib.Path(__file__).parent.parent, *sys.argv[1:])\n"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A checkout whose tool prints where it is and its arguments."""
    checkout = make_checkout(tmp_path / "other")
    (checkout / "mraa").mkdir()
    (checkout / "mraa/__init__.py").write_text("")
    (checkout / "mraa/__main__.py").write_text(SAYS_WHAT_IT_GOT)
    return checkout


def mraa(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    code = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r})\nfrom mraa.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("words", [("build", "--bucket-prefix", "code", "--json"), ("render", "--output", "here")])
def test_the_tool_of_the_checkout_builds_and_renders_it(other: Path, words: tuple[str, ...]) -> None:
    answer = mraa(other / "functions", *words)
    assert (answer.returncode, answer.stdout) == (0, f"{other} {' '.join(words)}\n")
    assert answer.stderr == f"mraa: built by the tool of {other}, in which you are\n"
    assert not (other / "deployment").exists()


def test_a_tool_that_cannot_be_run_ends_in_one_line(other: Path) -> None:
    answer = mraa(other, "build", "--bucket-prefix", "code", PYTHONPATH=str(other))
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"Error: The tool of {other} cannot be run.")


def test_a_demo_does_not_mix_two_tools(other: Path) -> None:
    answer = mraa(other, "demo", "--exit")
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"Error: {other} has a tool of its own")
    assert "`make demo`" in answer.stderr
