"""Shell completion as the README sets it up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_MRAA = Path(sys.executable).with_name("mraa")


def _completing(**environment: str) -> str:
    run = subprocess.run(
        [_MRAA], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=True
    )
    return run.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_documented_shell_gets_its_script(shell: str) -> None:
    variable = f"_MRAA_COMPLETE={shell}_source"
    assert variable in (Path(__file__).parents[2] / "README.md").read_text()
    assert f"_MRAA_COMPLETE={shell}_complete" in _completing(_MRAA_COMPLETE=f"{shell}_source")


def test_verbs_and_options_are_completed() -> None:
    verbs = _completing(_MRAA_COMPLETE="zsh_complete", COMP_WORDS="mraa fail", COMP_CWORD="1")
    assert [line for line in verbs.splitlines() if line.startswith("fail")] == ["failover", "failback"]
    options = _completing(_MRAA_COMPLETE="zsh_complete", COMP_WORDS="mraa status --pro", COMP_CWORD="2")
    assert "--probe" in options.splitlines()
