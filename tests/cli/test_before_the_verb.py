"""``--json`` and ``--profile`` before the verb are the same as after it."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mraa.cli.main import cli
from tests.cli.deploy_moto import run


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def answers(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, the result without its time, what is said for a person."""
    code = run(*words)
    shown = capsys.readouterr()
    lines = [{key: value for key, value in json.loads(line).items() if key != "at"} for line in shown.out.splitlines()]
    return code, json.dumps(lines), shown.err


@pytest.mark.parametrize(
    ("before", "verb", "after"),
    [
        (["--json"], ["launch-url", "--web", "--bucket-prefix", "abc"], []),
        (["--json"], ["app", "check"], ["orders"]),
        (["--json"], ["logs"], ["--", "-x", "more"]),
        (["--json", "--profile", "nobodys"], ["status"], ["--secondary-region", "eu-west-1"]),
        (["--profile", "nobodys", "--json"], ["webapp", "deploy"], ["--admin-name", "x", "--admin-email", "y"]),
        (["--json"], ["demo"], []),
        (["--json", "--profile", "nobodys"], ["render"], []),
        (["--json", "--profile", ""], ["status"], []),
        (["--json"], ["nonsense"], []),
        (["--json"], ["local", "fault", "lag"], ["a", "b", "x"]),
    ],
)
def test_a_flag_before_the_verb_does_what_it_does_after_it(
    before: list[str], verb: list[str], after: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers(capsys, *before, *verb, *after) == answers(capsys, *verb, *before, *after)


def test_a_flag_after_the_verb_wins_over_one_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = answers(capsys, "--profile", "first", "status", "--profile", "second x", "--json")
    assert code == 2
    assert "--profile 'second x' is not valid" in said


def test_a_flag_without_a_verb_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--profile", "x") == 2
    assert "Missing command" in capsys.readouterr().err


def test_help_of_the_tool_names_them() -> None:
    names = {name for parameter in cli.params if isinstance(parameter, click.Option) for name in parameter.opts}
    assert {"--json", "--profile"} <= names


def test_a_flag_before_the_verb_does_not_stop_completion(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "mraa"],
        env={
            "_MRAA_COMPLETE": "bash_complete",
            "COMP_WORDS": "mraa --profile x local fault region us-east-1 d",
            "COMP_CWORD": "7",
        },
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert shown.stdout.splitlines() == ["plain,down"]
